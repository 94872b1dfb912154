/** Watches a candidate's health for the length of a step: one long look that a killed worker takes up where it was. */
import { activityInfo, cancellationSignal, heartbeat, log, sleep } from '@temporalio/activity';
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import { type HealthSample, isMissed, type Observation } from '../domain/analysis/sample.js';
import type { Verdict } from '../domain/analysis/verdict.js';
import { judge } from '../domain/analysis/judge.js';
import {
  afterReplacement,
  instanceToReplace,
  observeRecorded,
  replacementIn,
} from '../domain/analysis/replacement.js';
import { beginWatch, observe, openWindow, type WatchState } from '../domain/analysis/watch.js';
import type { TargetKey } from '../domain/names.js';
import type { Split } from '../domain/rollout/split.js';
import type { WatchWindow } from '../domain/rollout/step.js';
import type { RevisionStatus } from '../domain/rollout/workload.js';
import type { Platform } from '../ports/platform.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { notForLong, recordAct } from './record.js';
import { replaceInstance } from './replace-instance.js';
import { createSeriesSampler, type SeriesSampler } from './series-sampler.js';

/** Long enough for hours of looks each second, short enough for one blob. */
const keptObservations = 2_000;
/** Also while a look or a long interval takes its time, because a silent activity is taken for dead. */
const beatMs = 1_000;

export interface WatchHealth {
  /** Rollout (or release, while it soaks) that is watched. */
  readonly subject: string;
  readonly target: TargetKey;
  readonly platform: string;
  /** Revision names. */
  readonly candidate: string;
  readonly stable: string | null;
  readonly weight: number;
  /** The weight is one of copies. */
  readonly mirrored?: true;
  readonly window: WatchWindow;
  readonly health: HealthPolicy;
  /** The candidate served nobody before this rollout: its counters count from zero, not from the first look. */
  readonly fresh: boolean;
  /** What earlier steps of the same rollout have seen; null at the first. */
  readonly seen: WatchState | null;
  readonly reason: string;
}

export interface WatchResult {
  readonly verdict: Verdict;
  readonly seen: WatchState;
  /** Null when the samples could not be kept. */
  readonly evidenceRef: string | null;
}

export function createWatchActivities(ports: ActivityPorts) {
  return {
    /**
     * Looks at the counters every interval until the judge has a verdict. Only reads, so it may be cancelled at any
     * time and may run twice. A look that fails is an observation too: nothing seen.
     */
    async watchHealth(input: WatchHealth): Promise<WatchResult> {
      const platform = platformOf(ports, input.platform);
      const sampler = samplerOf(ports, platform, input);
      const observations: Observation[] = [];
      let state = activityInfo().heartbeatDetails as WatchState | undefined;
      // Where the kept observations begin, so that anybody can recompute the verdict from there.
      let from = state;
      const beats = setInterval(() => heartbeat(state), beatMs);
      try {
        for (;;) {
          const startedAtMs = ports.now();
          const observation = await look(platform, input, sampler, startedAtMs);
          state ??= openWindow(input.seen ?? beginWatch(baselineOf(input, observation)), {
            ...input.window,
            weight: input.weight,
          });
          from ??= state;
          state = observe(state, observation, input.health);
          observations.push(observation);
          const oldest = observations.length > keptObservations ? observations.shift() : undefined;
          if (oldest) from = observeRecorded(from, oldest, input.health, replacementIn(state));
          heartbeat(state);
          const verdict = judge(state, ports.now(), input.health);
          const instance = verdict && instanceToReplace(verdict, state, input.health);
          const notReplaced = instance
            ? await replaceInstance(ports, platform, { ...input, instance, reason: verdict.reason })
            : undefined;
          if (instance && notReplaced === null) {
            state = afterReplacement(state, instance);
            heartbeat(state);
          } else if (verdict) {
            const replaced = replacementIn(state);
            const kept = { ...input, from, observations, replaced, verdict, notReplaced };
            const evidenceRef = await keepVerdict(ports, input, verdict, kept);
            return { verdict, seen: state, evidenceRef };
          }
          await untilNextLook(platform, input, state, startedAtMs, ports.now);
        }
      } finally {
        clearInterval(beats);
      }
    },
  };
}

/** Null where the policy names no series. */
function samplerOf(
  { series = {}, now }: ActivityPorts,
  { namespace }: Platform,
  { target, candidate, stable, health }: WatchHealth,
): SeriesSampler | null {
  if (health.series === undefined) return null;
  const question = { target, candidate, stable, ...(namespace === undefined ? {} : { namespace }) };
  return createSeriesSampler(health.series, series, question, now);
}

function baselineOf(input: WatchHealth, first: Observation): HealthSample | null {
  return input.fresh || isMissed(first) ? null : first;
}

/**
 * Keeps the samples and the verdict. To go on needs a record, so those failures are tried again; to go back does not,
 * and a full disk must not keep traffic on a failing candidate.
 */
async function keepVerdict(
  ports: ActivityPorts,
  input: WatchHealth,
  verdict: Verdict,
  evidence: { readonly notReplaced: string | null | undefined },
): Promise<string | null> {
  const unlessFailing = (error: unknown): null => {
    if (verdict.kind !== 'fail') throw error;
    log.warn('a failing verdict is acted on without its full record', { error });
    return null;
  };
  const evidenceRef = await ports.evidence.put(evidence).catch(unlessFailing);
  const { weight, mirrored } = input;
  const { notReplaced } = evidence;
  const data = {
    ...{ ...verdict, evidenceRef, weight },
    ...(mirrored && { mirrored }),
    ...(notReplaced && { notReplaced }),
  };
  const recorded = recordAct(ports, input, 'verdictReached', data);
  await (verdict.kind === 'fail' ? notForLong(recorded) : recorded).catch(unlessFailing);
  return evidenceRef;
}

/**
 * Sleeps until the next look is due. The first request of a shift finds the looks anywhere in their interval, so a shift
 * that lands meanwhile is looked at right away and the interval counts from there: what the candidate does in its
 * first interval is then judged at that interval's end and not up to one later.
 */
async function untilNextLook(
  platform: Platform,
  { target, candidate, weight, health, mirrored }: WatchHealth,
  state: WatchState,
  lookedAtMs: number,
  now: () => number,
): Promise<void> {
  const awaitsShift = weight > 0 && state.window?.startedAtMs === null;
  const pieceMs = awaitsShift ? Math.max(20, health.intervalMs / 10) : Number.POSITIVE_INFINITY;
  const dueAtMs = lookedAtMs + health.intervalMs;
  for (let left = dueAtMs - now(); left > 0; left = dueAtMs - now()) {
    await sleep(Math.min(left, pieceMs));
    if (!awaitsShift) continue;
    // What cannot be read now is the next look's to tell.
    const reading = await platform.router.readSplit(target).catch(() => null);
    if (reading && weightOf(reading.split, candidate, mirrored) >= weight) return;
  }
}

function weightOf(split: Split, candidate: string, mirrored = false): number {
  if (mirrored) return split.candidate === candidate ? (split.mirror ?? 0) : 0;
  if (split.stable === candidate) return 100;
  return split.candidate === candidate ? split.weight : 0;
}

/** The platform is asked apart from the counters: what it says of instances counts when those are silent. */
async function look(
  platform: Platform,
  input: WatchHealth,
  sampler: SeriesSampler | null,
  atMs: number,
): Promise<Observation> {
  const { target, candidate, stable, mirrored } = input;
  const names = stable === null ? [candidate] : [candidate, stable];
  const [counters, revisions, reading] = await Promise.allSettled([
    platform.metrics.readCounters(target, names),
    platform.workload.readRevisions(target),
    platform.router.readSplit(target),
  ]);
  cancellationSignal().throwIfAborted();
  const failed = [counters, revisions, reading].find((asked) => asked.status === 'rejected');
  if (revisions.status === 'rejected') return { atMs, missed: reasonOf(failed) };
  const status = revisions.value.find(({ name }) => name === candidate);
  const beside = revisions.value.find(({ name }) => name === stable);
  const shown = {
    candidateInstances: status?.instances ?? [],
    candidateRestarts: status?.restarts ?? 0,
  };
  if (counters.status === 'rejected' || reading.status === 'rejected') {
    return { atMs, missed: reasonOf(failed), platform: shown };
  }
  const weight = weightOf(reading.value.split, candidate, mirrored);
  // Before both have traffic they are not comparable.
  if (weight > 0 && weight < 100) sampler?.begin(revisions.value);
  const series = sampler?.take();
  return {
    atMs,
    ...shown,
    candidate: counters.value[0] ?? { revision: candidate, instances: [] },
    stable: counters.value[1] ?? null,
    ...(beside === undefined ? {} : { stableInstances: readyOf(beside) }),
    weight,
    ...(series === undefined ? {} : { series }),
    ...(mirrored && { mirrored }),
  };
}

function readyOf({ instances }: RevisionStatus): number {
  return instances.filter(({ state }) => state === 'ready').length;
}

function reasonOf(failed: PromiseSettledResult<unknown> | undefined): string {
  const reason: unknown = failed?.status === 'rejected' ? failed.reason : undefined;
  return reason instanceof Error ? reason.message : String(reason);
}
