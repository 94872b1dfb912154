/** What the pages share: the session, the time, one thing followed live, and a list that is asked again and again. */
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Why } from './answers.js';
import { ask, Refusal } from './ask.js';
import { follow, type Link } from './live.js';
import type { Session } from './session.js';

export interface Signed extends Session {
  readonly signOut: (reason: string | null) => void;
  /** Read out to those who do not see it. */
  readonly announce: (text: string) => void;
}

export const SignedIn = createContext<Signed | null>(null);

export function useSession(): Signed {
  const signed = useContext(SignedIn);
  if (signed === null) throw new Error('shown only to those who have signed in');
  return signed;
}

/** Epoch milliseconds, told anew every second. */
export function useNow(): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

export interface Followed<View, Aside> {
  readonly view: View | null;
  readonly aside: Aside | null;
  readonly link: Link;
  readonly trouble: string | null;
  /** There is nothing to follow, and why. */
  readonly refusal: Refusal | null;
}

const unknown = {
  view: null,
  aside: null,
  link: 'connecting',
  trouble: null,
  refusal: null,
} as const;

export function useFollowed<View, Aside = never>(path: string): Followed<View, Aside> {
  const { token, signOut } = useSession();
  const [followed, setFollowed] = useState<Followed<View, Aside>>(unknown);
  useEffect(() => {
    setFollowed(unknown);
    return follow<View, Aside>(path, token, {
      snapshot: (view) => setFollowed((was) => ({ ...was, view })),
      watch: (aside) => setFollowed((was) => ({ ...was, aside })),
      link: (link, trouble) =>
        setFollowed((was) =>
          was.link === link && was.trouble === trouble ? was : { ...was, link, trouble },
        ),
      refused: (refusal) => {
        if (refusal.status === 401) signOut(refusal.message);
        else setFollowed((was) => ({ ...was, refusal }));
      },
    });
  }, [path, token]);
  return followed;
}

export interface Polled<Answer> {
  readonly answer: Answer | null;
  readonly trouble: Refusal | null;
}

/** Asks at once, then in this pace while the tab is looked at. `key` says what is asked for: another one begins anew. */
export function usePolled<Answer>(
  key: string,
  load: (get: <Part>(path: string) => Promise<Part>) => Promise<Answer>,
  everyMs: number,
): Polled<Answer> {
  const { token, signOut } = useSession();
  const [polled, setPolled] = useState<Polled<Answer>>({ answer: null, trouble: null });
  const newest = useRef(load);
  newest.current = load;
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      if (document.visibilityState === 'visible') {
        try {
          const answer = await newest.current((path) => ask(path, token, { signal }));
          if (!signal.aborted) setPolled({ answer, trouble: null });
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof Refusal)) throw error;
          if (error.status === 401) return signOut(error.message);
          setPolled(({ answer }) => ({ answer, trouble: error }));
        }
      }
      if (!signal.aborted) timer = setTimeout(() => void look(), everyMs);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, token]);
  return polled;
}

/** The explanation, asked for again when the view has changed. */
export function useWhy(path: string, view: object | null): Why | null {
  const { token } = useSession();
  const [why, setWhy] = useState<Why | null>(null);
  useEffect(() => {
    if (view === null) return;
    const stop = new AbortController();
    ask<Why>(path, token, { signal: stop.signal })
      .then(setWhy)
      // The page lives without it, and the next change asks again.
      .catch(() => undefined);
    return () => stop.abort();
  }, [path, view]);
  return why;
}
