/** Answers with a view at once, or after it changed: a long poll, or a stream that goes on. */
import type { Failure } from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import type { Answer, Asked } from './operation.js';
import type { Watched } from './views.js';
import { readView } from './temporal.js';

type Asking<Query> = Pick<Asked<unknown, Query, unknown>, 'query' | 'bearer' | 'signal'>;

interface Wait {
  readonly wait?: number | undefined;
  readonly since?: string | undefined;
}

/** `since` is the ETag of the view the caller has; without it or `wait` the answer is immediate. */
export async function watchView(
  deps: ApiDeps,
  watched: Watched,
  { query, bearer, signal }: Asking<Wait>,
): Promise<Answer> {
  const { wait = 0, since } = query;
  const known = since?.replace(/^(?:W\/)?"(.*)"$/, '$1');
  const view =
    wait === 0 || known === undefined
      ? await readView(deps, watched.workflowId, watched.query)
      : await nextView(deps, watched, {
          ...{ known, tokenId: bearer.tokenId },
          signal: endedBy(signal, wait),
        });
  return { body: view };
}

/** The view as soon as it is another one than is known, or as it is when the time is up. */
async function nextView(
  deps: ApiDeps,
  watched: Watched,
  options: { readonly known: string; readonly tokenId: string; readonly signal: AbortSignal },
): Promise<object> {
  let last: object | null = null;
  let trouble: Failure | null = null;
  for await (const sighting of deps.views.watch(watched, options)) {
    trouble = sighting.kind === 'trouble' ? sighting.failure : null;
    if (sighting.kind !== 'snapshot') continue;
    last = sighting.view;
    if (sighting.stateVersion !== options.known) break;
  }
  if (trouble !== null) throw trouble;
  return last ?? (await readView(deps, watched.workflowId, watched.query));
}

/** Every snapshot from the newest on; with `Last-Event-ID` only one that differs from it. */
export function streamView(
  deps: ApiDeps,
  watched: Watched,
  { query, bearer, signal }: Asking<{ readonly for: number }>,
): Answer {
  const until = endedBy(signal, query.for);
  return { events: deps.views.watch(watched, { tokenId: bearer.tokenId, signal: until }) };
}

/** Aborted with the signal, or after that many milliseconds. */
function endedBy(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const end = (): void => {
    clearTimeout(timer);
    controller.abort();
  };
  const timer = setTimeout(end, ms).unref();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return controller.signal;
}
