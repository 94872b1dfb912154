/** Follows a release and the rollout it is at until it ends. */
import { parseRolloutWorkflowId, type ReleaseKey, type RolloutKey } from '../domain/names.js';
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { RolloutView } from '../domain/rollout/view.js';
import type { ApiClient, WaitFor } from './client.js';
import { pursue, sleep } from './pursue.js';

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
    const own = lookAtWatch(client, target, until, show);
    look = own;
    seeRollout(client, target, own, until, (view) => {
      rollout = view;
      if (isOver(view)) look = null;
      show();
    }).catch(() => {
      // The release tells how it ends; without its rollout only the details are missing.
    });
  };

  const timer = setInterval(show, 1000);
  try {
    const onView = (view: ReleaseView): void => {
      release = view;
      const id = view.stages.find(({ environment }) => environment === view.environment)?.rolloutId;
      if (id && id !== watching?.id) {
        watching?.stop.abort();
        watchRollout(id);
      }
      show();
    };
    const read = (wait: WaitFor) => client.getRelease(key, wait);
    await pursue({ read, stream: client.streamRelease(key) }, { isDone: isOver, onView }, signal);
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
    await seeRollout(client, key, look, signal, (view) => {
      rollout = view;
      show();
    });
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
  /** What a stream told; null when it is not what is under way any more. */
  told(found: WatchSummary | null): void;
  /** Whether it is asked for, because no stream tells it. */
  ask(isNeeded: boolean): void;
}

const longestTrail = 24;

/** The numbers move with every look and leave no event behind: a stream tells them, else they are asked for by the clock. */
function lookAtWatch(
  client: ApiClient,
  key: RolloutKey,
  signal: AbortSignal,
  onLook: () => void,
): WatchLook {
  let newest: WatchSummary | null = null;
  let trails = noTrails;
  let isNeeded = false;
  const told = (found: WatchSummary | null): void => {
    if (found !== null && found.seenAtMs !== newest?.seenAtMs) trails = goOn(trails, found);
    newest = found;
    if (!signal.aborted) onLook();
  };
  const look = async (): Promise<void> => {
    while (isNeeded && !signal.aborted) {
      // Only bars would be missing: whether the API is there is for the others to tell.
      const found = await client.getRunningWatch(key).catch(() => null);
      if (isNeeded) told(found);
      await sleep(watchEveryMs, signal);
    }
  };
  const ask = (now: boolean): void => {
    const isNew = now && !isNeeded;
    isNeeded = now;
    if (isNew) void look();
  };
  return { now: () => ({ watch: newest, trails }), told, ask };
}

async function seeRollout(
  client: ApiClient,
  key: RolloutKey,
  look: WatchLook,
  signal: AbortSignal,
  onView: (view: RolloutView) => void,
): Promise<void> {
  let step = '';
  const read = (wait: WaitFor) => client.getRollout(key, wait);
  await pursue(
    { read, stream: client.streamRollout(key) },
    {
      isDone: isOver,
      onView: (view) => {
        const now = `${view.position} ${view.phase}`;
        // What was watched belongs to the step before.
        if (step !== '' && now !== step) look.told(null);
        step = now;
        onView(view);
      },
      onWatch: (watch) => look.told(watch),
      onMeans: (means) => look.ask(means === 'polls'),
    },
    signal,
  );
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
