/** Follows one thing as it changes: server-sent events over fetch, because EventSource sends no header with a token. */
import type { Problem } from '../api/schemas/problem.js';
import { cutEvents, type StreamedEvent } from '../domain/streamed-event.js';
import { Refusal, send } from './ask.js';

/** `live`: what is shown is what is; `lost`: it is what was seen last, and the API is asked again. */
export type Link = 'connecting' | 'live' | 'lost';

export interface Hearer<View, Aside> {
  readonly snapshot: (view: View) => void;
  readonly watch?: (aside: Aside) => void;
  readonly link: (link: Link, trouble: string | null) => void;
  /** It is of no use to ask again: the token is not good any more, or there is no such thing. */
  readonly refused: (refusal: Refusal) => void;
}

const shortestMs = 500;
const longestMs = 8000;

/** Follows until the returned function is called. */
export function follow<View, Aside = never>(
  path: string,
  token: string,
  hearer: Hearer<View, Aside>,
): () => void {
  const stop = new AbortController();
  void keepFollowing(path, token, hearer, stop.signal);
  return () => stop.abort();
}

async function keepFollowing<View, Aside>(
  path: string,
  token: string,
  hearer: Hearer<View, Aside>,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | null = null;
  let waitMs = shortestMs;
  while (!signal.aborted) {
    try {
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'text/event-stream',
        ...(lastId === null ? {} : { 'last-event-id': lastId }),
      };
      const response = await send(path, { headers, signal });
      hearer.link('live', null);
      waitMs = shortestMs;
      for await (const { event, id, data } of eventsOf(response)) {
        if (signal.aborted) return;
        lastId = id ?? lastId;
        if (event === 'snapshot') {
          hearer.link('live', null);
          hearer.snapshot(JSON.parse(data) as View);
        } else if (event === 'watch') hearer.watch?.(JSON.parse(data) as Aside);
        else if (event === 'problem') hearer.link('lost', (JSON.parse(data) as Problem).detail);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && isFinal(error)) return hearer.refused(error);
      hearer.link('lost', error instanceof Refusal ? error.message : 'The API does not answer');
    }
    await pause(waitMs * (1 + Math.random() / 2), signal);
    waitMs = Math.min(longestMs, waitMs * 2);
  }
}

function isFinal({ status }: Refusal): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

async function* eventsOf(response: Response): AsyncGenerator<StreamedEvent, void> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const { events, rest } = cutEvents(kept + read.value);
    kept = rest;
    yield* events;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
