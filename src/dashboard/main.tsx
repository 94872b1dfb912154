/** The dashboard: a page that shows targets, rollouts and releases as they are, and commands them where the token may. */
import { render } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Me } from '../api/schemas/me.js';
import { ask, Refusal } from './ask.js';
import { SignedIn } from './hooks.js';
import { ReleasePage } from './release-page.js';
import { ReleasesPage } from './releases-page.js';
import { RolloutPage } from './rollout-page.js';
import { keepToken, keptToken, type Session } from './session.js';
import { SignIn } from './sign-in.js';
import { TargetPage } from './target-page.js';
import { TargetsPage } from './targets-page.js';

/** The parts of the address behind `#/`. */
function useRoute(): readonly string[] {
  const read = (): string => location.hash.replace(/^#\/?/, '');
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const hear = (): void => setRoute(read());
    addEventListener('hashchange', hear);
    return () => removeEventListener('hashchange', hear);
  }, []);
  return route === '' ? [] : route.split('/').map(plain);
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Content({ route }: { readonly route: readonly string[] }) {
  const [kind, service = '', ...rest] = route;
  const key = route.join('/');
  switch (kind) {
    case undefined:
    case 'targets':
      if (service === '') return <TargetsPage />;
      return <TargetPage key={key} target={placeOf(service, rest)} />;
    case 'rollouts': {
      const n = Number(rest.at(-1));
      return <RolloutPage key={key} target={placeOf(service, rest.slice(0, -1))} n={n} />;
    }
    case 'releases':
      if (service === '') return <ReleasesPage />;
      return <ReleasePage key={key} service={service} version={rest.join('/')} />;
    default:
      return <p>There is no such page.</p>;
  }
}

function placeOf(service: string, [environment = '', region]: readonly string[]) {
  return region === undefined ? { service, environment } : { service, environment, region };
}

function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [isStarting, setStarting] = useState(keptToken() !== null);
  const [spoken, announce] = useState('');
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const shown = route.join('/');

  const signIn = useCallback(async (token: string): Promise<void> => {
    const me = await ask<Me>('/v1/me', token);
    keepToken(token);
    setNotice(null);
    setSession({ token, me });
  }, []);
  const signOut = useCallback((reason: string | null): void => {
    keepToken(null);
    setSession(null);
    setNotice(reason);
  }, []);

  useEffect(() => {
    const token = keptToken();
    if (token === null) return;
    signIn(token)
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        if (error.status === 401 || error.status === 403) keepToken(null);
        setNotice(error.message);
      })
      .finally(() => setStarting(false));
  }, []);

  // Another page begins at its top, for the keyboard too.
  const last = useRef(shown);
  useEffect(() => {
    if (last.current === shown) return;
    last.current = shown;
    main.current?.focus();
    scrollTo(0, 0);
  }, [shown]);

  if (session === null) {
    return isStarting ? <p class="soft">…</p> : <SignIn notice={notice} signIn={signIn} />;
  }
  const at = route[0] ?? 'targets';
  return (
    <SignedIn.Provider value={{ ...session, signOut, announce }}>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <header>
        <nav aria-label="Sections">
          <strong>Sluice</strong>
          <a href="#/" aria-current={at === 'targets' || at === 'rollouts' ? 'page' : undefined}>
            Targets
          </a>
          <a href="#/releases" aria-current={at === 'releases' ? 'page' : undefined}>
            Releases
          </a>
        </nav>
        <span class="who">
          <span class="soft">
            {session.me.owner}
            {isReadOnly(session.me) ? ', read-only' : ''}
          </span>
          <button type="button" class="plain" onClick={() => signOut(null)}>
            Sign out
          </button>
        </span>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Content route={route} />
      </main>
      <p class="spoken" role="status">
        {spoken}
      </p>
    </SignedIn.Provider>
  );
}

/** The address behind # is the page's own, so the jump is made by hand. */
function skip(event: Event, to: HTMLElement | null): void {
  event.preventDefault();
  to?.focus();
}

function isReadOnly({ scopes }: Me): boolean {
  return !scopes.some((scope) => scope === 'operate' || scope === 'approve' || scope === 'admin');
}

const page = document.getElementById('page');
if (page) render(<App />, page);
