/** The commands that a thing would take now and the token may give: each asks for a reason before it is sent. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CommandAccepted } from '../api/schemas/command.js';
import { ask, Refusal } from './ask.js';
import { useSession } from './hooks.js';
import { mayCommand } from './session.js';

interface CommandText {
  readonly label: string;
  readonly says: string;
  readonly isGrave?: true;
}

const texts: Readonly<Record<string, CommandText>> = {
  approve: { label: 'Approve', says: 'The release goes on into this environment.' },
  reject: { label: 'Reject', says: 'The release ends here.', isGrave: true },
  pause: { label: 'Pause', says: 'It holds at the present weight; health is still watched.' },
  resume: { label: 'Resume', says: 'It goes on.' },
  promote: { label: 'Next step', says: 'It goes on to the next step without waiting.' },
  promoteFull: {
    label: 'Promote fully',
    says: 'The remaining steps are skipped and the candidate gets all of the traffic.',
    isGrave: true,
  },
  abort: {
    label: 'Abort',
    says: 'All traffic goes back to the stable revision at once.',
    isGrave: true,
  },
  retry: { label: 'Retry', says: 'The present environment is tried again.' },
  rollBack: {
    label: 'Roll back',
    says: 'The previous revision gets all of the traffic, whatever is locked or running.',
    isGrave: true,
  },
  lock: { label: 'Lock', says: 'No rollout begins any more; rolling back still passes.' },
  unlock: { label: 'Unlock', says: 'Rollouts may begin again.' },
};

export interface Place {
  readonly service: string;
  readonly environment: string | null;
}

/** One time that a reason is asked for: a dialog that closes late ends its own asking and no later one. */
interface Asking {
  readonly command: string;
  readonly nth: number;
}

interface CommandsProps {
  readonly commands: readonly string[];
  readonly at: Place;
  /** What it is about, as a person would say it. */
  readonly name: string;
  readonly pathOf: (command: string) => string;
  /** Beside the reason. */
  readonly more?: Readonly<Record<string, string>>;
}

export function Commands({ commands, at, name, pathOf, more }: CommandsProps) {
  const { me, announce } = useSession();
  const [asked, setAsked] = useState<Asking | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const offered = commands.filter((command) => command in texts && mayCommand(me, command, at));
  const over = (message: string | null): void => {
    setAsked((now) => (now === asked ? null : now));
    if (message === null) return;
    setTold(message);
    announce(message);
  };
  if (offered.length === 0 && told === null && asked === null) return null;
  return (
    <div class="commands">
      {offered.map((command) => (
        <button
          key={command}
          type="button"
          class={texts[command]?.isGrave ? 'grave' : ''}
          onClick={() => setAsked((was) => ({ command, nth: (was?.nth ?? 0) + 1 }))}
        >
          {texts[command]?.label}
        </button>
      ))}
      {told !== null && <span class="soft">{told}</span>}
      {asked !== null && (
        <ReasonDialog
          key={asked.nth}
          command={asked.command}
          name={name}
          path={pathOf(asked.command)}
          more={more}
          over={over}
        />
      )}
    </div>
  );
}

interface DialogProps {
  readonly command: string;
  readonly name: string;
  readonly path: string;
  readonly more: Readonly<Record<string, string>> | undefined;
  /** Null: nothing was sent. */
  readonly over: (message: string | null) => void;
}

function ReasonDialog({ command, name, path, more, over }: DialogProps) {
  const { token } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState<Refusal | null>(null);
  const [isSending, setSending] = useState(false);
  const { label, says, isGrave } = texts[command] ?? { label: command, says: '' };
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // The button may be gone with what it did: then the page itself is where the keyboard goes on.
      const back = opener instanceof HTMLElement && opener.isConnected ? opener : null;
      (back ?? document.getElementById('main'))?.focus();
    };
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setSending(true);
    try {
      const body = { ...more, reason: reason.current?.value ?? '' };
      const { message } = await ask<CommandAccepted>(path, token, { body });
      over(`${label}: ${message}`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setTrouble(error);
      setSending(false);
      reason.current?.focus();
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="ask-title" onClose={() => over(null)}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="ask-title">
          {label} {name}
        </h2>
        <p id="ask-says">{says}</p>
        <label for="ask-reason">Reason, kept in the record</label>
        <input
          id="ask-reason"
          ref={reason}
          required
          maxLength={1000}
          pattern=".*\S.*"
          autocomplete="off"
          aria-describedby="ask-says"
        />
        {trouble !== null && (
          <p role="alert">
            {trouble.message}
            {trouble.hint !== null && <span class="soft"> ({trouble.hint})</span>}
          </p>
        )}
        <div class="commands">
          <button type="submit" class={isGrave ? 'grave' : 'main'} disabled={isSending}>
            {label}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
