/** Signing in: a token is pasted once and kept by this tab. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from './ask.js';

export function SignIn({
  notice,
  signIn,
}: {
  readonly notice: string | null;
  readonly signIn: (token: string) => Promise<void>;
}) {
  const [trouble, setTrouble] = useState(notice);
  const [isAsking, setAsking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    if (token === '') return setTrouble('Paste a token first.');
    setAsking(true);
    try {
      await signIn(token);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setTrouble(error.message);
      setAsking(false);
      field.current?.select();
    }
  };

  return (
    <main class="sign-in">
      <h1>Sluice</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label for="token">Token</label>
        <input
          id="token"
          ref={field}
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="token-hint"
          aria-invalid={trouble !== null}
        />
        <button type="submit" disabled={isAsking}>
          Sign in
        </button>
        {trouble !== null && <p role="alert">{trouble}</p>}
        <p id="token-hint" class="soft">
          It stays in this tab and is gone when the tab is closed. A token that only reads:{' '}
          <code>sluice token create --owner "me" --scopes read</code>
        </p>
      </form>
    </main>
  );
}
