/** Follows a release and the rollout it is at until it ends, by long polls; short outages are waited through. */
import { Failure } from '../domain/failures.js';
import { parseRolloutWorkflowId, type ReleaseKey, type RolloutKey } from '../domain/names.js';
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { RolloutView } from '../domain/rollout/view.js';
import { type ApiClient, ApiProblem, type Seen, type WaitFor } from './client.js';

export interface Followed {
  readonly release: ReleaseView | null;
  readonly rollout: RolloutView | null;
  /** What the rollout has under way; null while nothing is watched. */
  readonly watch: WatchSummary | null;
  /** How far each test was towards a rollback at the looks followed so far, by its name; 0 to 1. */
  readonly trails: Trails;
}

export type Trails = ReadonlyMap<string, readonly number[]>;
const noTrails: Trails = new Map();

export interface FollowOptions {
  /** Called with every change, and about once a second so that times move. */
  readonly onChange: (now: Followed) => void;
  /** Ends the following; the last state is returned. */
  readonly signal: AbortSignal;
}

const waitMs = 25_000;
const outageMs = 60_000;
const pauseMs = 500;
const watchEveryMs = 2_000;

/** The last state: ended, or as it was when `signal` fired. */
export async function followRelease(
  client: ApiClient,
  key: ReleaseKey,
  { onChange, signal }: FollowOptions,
): Promise<Followed> {
  let release: ReleaseView | null = null;
  let rollout: RolloutView | null = null;
  let watching: { readonly id: string; readonly stop: AbortController } | null = null;
  let look: WatchLook | null = null;
  const show = (): void => onChange({ release, rollout, ...(look?.now() ?? unwatched) });

  const watchRollout = (id: string): void => {
    const stop = new AbortController();
    watching = { id, stop };
    const until = AbortSignal.any([signal, stop.signal]);
    const target = parseRolloutWorkflowId(id);
    look = lookAtWatch(client, target, until, show);
    poll(
      (wait) => client.getRollout(target, wait),
      isOver,
      until,
      (view) => {
        rollout = view;
        if (isOver(view)) look = null;
        show();
      },
    ).catch(() => {
      // The release tells how it ends; without its rollout only the details are missing.
    });
  };

  const timer = setInterval(show, 1000);
  try {
    await poll(
      (wait) => client.getRelease(key, wait),
      isOver,
      signal,
      (view) => {
        release = view;
        const id = view.stages.find(
          ({ environment }) => environment === view.environment,
        )?.rolloutId;
        if (id && id !== watching?.id) {
          watching?.stop.abort();
          watchRollout(id);
        }
        show();
      },
    );
  } finally {
    clearInterval(timer);
    (watching as { stop: AbortController } | null)?.stop.abort();
  }
  return { release, rollout, ...unwatched };
}

export async function followRollout(
  client: ApiClient,
  key: RolloutKey,
  { onChange, signal }: FollowOptions,
): Promise<Followed> {
  let rollout: RolloutView | null = null;
  const ended = new AbortController();
  const show = (): void => {
    const isRunning = rollout !== null && !isOver(rollout);
    onChange({ release: null, rollout, ...(isRunning ? look.now() : unwatched) });
  };
  const look = lookAtWatch(client, key, AbortSignal.any([signal, ended.signal]), show);
  const timer = setInterval(show, 1000);
  try {
    await poll(
      (wait) => client.getRollout(key, wait),
      isOver,
      signal,
      (view) => {
        rollout = view;
        show();
      },
    );
  } finally {
    clearInterval(timer);
    ended.abort();
  }
  return { release: null, rollout, ...unwatched };
}

type Watched = Pick<Followed, 'watch' | 'trails'>;

const unwatched: Watched = { watch: null, trails: noTrails };

interface WatchLook {
  now(): Watched;
}

const longestTrail = 24;

/** The numbers move with every look and leave no event behind, so they are asked for by the clock. */
function lookAtWatch(
  client: ApiClient,
  key: RolloutKey,
  signal: AbortSignal,
  onLook: () => void,
): WatchLook {
  let newest: WatchSummary | null = null;
  let trails = noTrails;
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      // Only bars would be missing: whether the API is there is for the others to tell.
      const found = await client.getRunningWatch(key).catch(() => null);
      if (found !== null && found.seenAtMs !== newest?.seenAtMs) trails = goOn(trails, found);
      newest = found;
      if (!signal.aborted) onLook();
      await sleep(watchEveryMs, signal);
    }
  };
  void look();
  return { now: () => ({ watch: newest, trails }) };
}

function goOn(trails: Trails, { checks, series }: WatchSummary): Trails {
  const now = [
    ...checks.map(({ check, towardsRollback }) => [check, towardsRollback] as const),
    ...series.map(({ name, towardsRollback }) => [name, towardsRollback] as const),
  ];
  return new Map(
    now.map(([name, part]) => [name, [...(trails.get(name) ?? []), part].slice(-longestTrail)]),
  );
}

function isOver(view: { readonly outcome: string | null }): boolean {
  return view.outcome !== null;
}

/** Reads again and again; an API or worker that is away for less than a minute is not an error. */
async function poll<View>(
  read: (wait: WaitFor) => Promise<Seen<View>>,
  isDone: (view: View) => boolean,
  signal: AbortSignal,
  onView: (view: View) => void,
): Promise<void> {
  let since: string | undefined;
  let awaySinceMs: number | null = null;
  while (!signal.aborted) {
    try {
      const wait = since === undefined ? {} : { since, waitMs };
      const { view, etag } = await read({ ...wait, signal });
      awaySinceMs = null;
      if (etag !== since) onView(view);
      since = etag;
      if (isDone(view)) return;
    } catch (error) {
      if (signal.aborted) return;
      awaySinceMs ??= Date.now();
      if (!mayPass(error) || Date.now() - awaySinceMs > outageMs) throw error;
    }
    // Also paces an API that answers at once, as it does while it shuts down.
    await sleep(since === undefined || awaySinceMs !== null ? pauseMs : 50, signal);
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof ApiProblem) return error.problem.status >= 429;
  return error instanceof Failure && error.code === 'Unavailable';
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
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
