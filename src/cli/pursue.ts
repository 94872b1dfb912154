/** Sees one thing as it changes: by a stream, else by long polls; short outages are waited through. */
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import { Failure } from '../domain/failures.js';
import { ApiProblem, type Seen, type Stream, type WaitFor } from './client.js';

export interface Sources<View> {
  readonly read: (wait: WaitFor) => Promise<Seen<View>>;
  readonly stream: Stream<View>;
}

export interface Seer<View> {
  readonly isDone: (view: View) => boolean;
  readonly onView: (view: View) => void;
  /** Of streams alone. */
  readonly onWatch?: (watch: WatchSummary) => void;
  /** Which of the two it is, from now on. */
  readonly onMeans?: (means: 'stream' | 'polls') => void;
}

const waitMs = 25_000;
const outageMs = 60_000;
const pauseMs = 500;

/** Until it is done or the signal fires; throws what will not pass, and what has not passed for a minute. */
export async function pursue<View>(
  { read, stream }: Sources<View>,
  { isDone, onView, onWatch, onMeans }: Seer<View>,
  signal: AbortSignal,
): Promise<void> {
  let since: string | undefined;
  let isOver = false;
  let awaySinceMs: number | null = null;
  /** Until it cannot be had while a poll is answered. */
  let canStream = true;

  const see = ({ view, etag }: Seen<View>): void => {
    awaySinceMs = null;
    if (etag !== since) onView(view);
    since = etag;
    isOver = isDone(view);
  };
  const bear = (error: unknown): void => {
    awaySinceMs ??= Date.now();
    if (!mayPass(error) || Date.now() - awaySinceMs > outageMs) throw error;
  };
  /** Whether it is worth another try; why it ended is for a poll to tell. */
  const followStream = async (): Promise<boolean> => {
    let hasCome = false;
    try {
      for await (const each of stream(since, signal)) {
        hasCome = true;
        onMeans?.('stream');
        if (each.kind === 'snapshot') see(each);
        else if (each.kind === 'watch') onWatch?.(each.watch);
        else if (each.kind === 'problem') bear(new ApiProblem(each.problem));
        if (isOver) break;
      }
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      // What is not spoken as we know it is not spoken better the next time.
      return hasCome && !(error instanceof Failure);
    }
    return hasCome;
  };

  while (!signal.aborted) {
    const hasStreamed = canStream && (await followStream());
    if (isOver || signal.aborted) return;
    if (!hasStreamed) {
      onMeans?.('polls');
      try {
        see(await read({ ...(since === undefined ? {} : { since, waitMs }), signal }));
        if (isOver) return;
        canStream = false;
      } catch (error) {
        if (signal.aborted) return;
        bear(error);
      }
    }
    // Also paces an API that answers at once, as it does while it shuts down.
    await sleep(hasStreamed || awaySinceMs !== null ? pauseMs : 50, signal);
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof ApiProblem) return error.problem.status >= 429;
  return error instanceof Failure && error.code === 'Unavailable';
}

export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
