/** What a rollout has seen of its candidate so far, folded look by look into a small state that any worker can continue. */
import type { WatchWindow } from '../rollout/step.js';
import type { InstanceStatus } from '../rollout/workload.js';
import { type NamedWatch, watchByName } from './alternatives/named-watch.js';
import {
  beginGuard,
  binomialTest,
  doubtAt,
  type GuardLook,
  type GuardState,
  lookAt,
  rollBackAt,
} from './binomial-guard.js';
import { compareLook, compareNextStep, type ComparisonState } from './comparison.js';
import type { HealthPolicy } from './health-policy.js';
import { type EdgesSeen, edgesOf, increaseSince, type SeenInstance } from './increases.js';
import {
  type HealthSample,
  isMissed,
  type MissedSample,
  type Observation,
  type RevisionCounters,
} from './sample.js';
import { observeSeries, type SeriesStates } from './series-watch.js';
import { observeSilence, type UnansweredState } from './unanswered.js';

/** More than one request in twenty slower than the limit is what "p95 above the limit" means. */
export const slowShareLimit = 0.05;

/** JSON-serialisable; about 12 kB with 10 instances. */
export interface WatchState {
  /** What was counted before traffic, taken in with the first look. */
  readonly baseline: RevisionCounters | null;
  /** Highest counters per instance, those not reported any more first. */
  readonly seen: readonly SeenInstance[];
  /** `why`: what was last said of one that had exited. */
  readonly restarts: { readonly last: number; readonly counted: number; readonly why?: string };
  /** Looks that saw something, and looks that failed, since the rollout's start. */
  readonly looks: number;
  readonly missedLooks: number;
  /** Newest look that saw something; null before the first. */
  readonly seenAtMs: number | null;
  /** Newest look of any kind. */
  readonly lookedAtMs: number | null;
  /** Why the newest look failed; null when it saw something. */
  readonly missed: string | null;
  /** The newest look that saw something had counters of the candidate. */
  readonly hasCounters: boolean;
  /** What was asked for them at that look, and what of it could not be read; absent: not told, nothing. */
  readonly source?: string;
  readonly gap?: string;
  /** Up to when its counters count: the oldest instance's time. */
  readonly countedToMs?: number;
  readonly inFlight: number;
  readonly edges: EdgesSeen | null;
  readonly guards: Guards;
  /** First instance that failed more probes in a row than allowed; it stays. */
  readonly probes: { readonly instance: string; readonly failures: number } | null;
  readonly window: WindowState | null;
  /** Absent where the counters cannot tell. */
  readonly unanswered?: UnansweredState;
  /** Absent while there is no stable revision that counts. */
  readonly comparison?: ComparisonState;
  /** Absent where the policy names no judge. */
  readonly named?: NamedWatch;
  /** Absent while nothing is comparable, or no series is named. */
  readonly series?: SeriesStates;
}

export interface Guards {
  readonly errors: GuardState;
  readonly slow: GuardState;
  /** Against the limits of success. */
  readonly errorsDoubt: GuardState;
  readonly slowDoubt: GuardState;
}

/** A step's window and the candidate weight from which its time counts. */
export interface WatchStep extends WatchWindow {
  readonly weight: number;
}

export interface WindowState extends WatchStep {
  /** First look of any kind since the window was opened. */
  readonly openedAtMs: number | null;
  /** First look that saw the weight; time counts from here. */
  readonly startedAtMs: number | null;
  /** Counted after `startedAtMs`. */
  readonly requests: number;
  readonly errors: number;
}

const longestText = 300;

/**
 * @param baseline a look taken before traffic; null: counters and restarts count from zero
 */
export function beginWatch(baseline: HealthSample | null): WatchState {
  return {
    baseline: baseline?.candidate ?? null,
    seen: [],
    restarts: { last: baseline?.candidateRestarts ?? 0, counted: 0 },
    looks: 0,
    missedLooks: 0,
    seenAtMs: null,
    lookedAtMs: baseline?.atMs ?? null,
    missed: null,
    hasCounters: false,
    inFlight: 0,
    edges: null,
    guards: {
      errors: beginGuard(0),
      slow: beginGuard(0),
      errorsDoubt: beginGuard(0),
      slowDoubt: beginGuard(0),
    },
    probes: null,
    window: null,
  };
}

/** A new step: its window and totals begin anew, the guards go on, because their 1 % holds for the whole rollout. */
export function openWindow(state: WatchState, step: WatchStep): WatchState {
  const { minimumMs, maximumMs, until, weight } = step;
  const fresh = { openedAtMs: null, startedAtMs: null, requests: 0, errors: 0 };
  const { comparison } = state;
  return {
    ...state,
    window: { minimumMs, maximumMs, until, weight, ...fresh },
    ...(comparison === undefined ? {} : { comparison: compareNextStep(comparison) }),
  };
}

/** The state after one more look. Repeated, late and out-of-order looks change nothing. */
export function observe(
  state: WatchState,
  observation: Observation,
  policy: HealthPolicy,
): WatchState {
  if (state.lookedAtMs !== null && observation.atMs <= state.lookedAtMs) return state;
  const seen = isMissed(observation)
    ? observeMissed(state, observation, policy)
    : observeSample(takeBaseline(state, policy), observation, policy);
  if (policy.judge === undefined) return seen;
  return { ...seen, named: watchByName(state.named, observation, seen.window, policy.judge) };
}

/** Crash loops and failed probes are the platform's to tell: they count while the counters are silent. */
function observeMissed(
  state: WatchState,
  { atMs, missed, platform }: MissedSample,
  policy: HealthPolicy,
): WatchState {
  return {
    ...state,
    restarts: platform ? restartsAt(state, platform) : state.restarts,
    probes: state.probes ?? worstProbe(platform?.candidateInstances ?? [], policy),
    missedLooks: state.missedLooks + 1,
    lookedAtMs: atMs,
    missed: missed.slice(0, longestText),
    window: state.window && timed(state.window, atMs, null),
  };
}

/** The baseline waits for the policy of the first look, since the policy names the edges to count at. */
function takeBaseline(state: WatchState, policy: HealthPolicy): WatchState {
  if (state.baseline === null) return state;
  const { increase, seen } = increaseSince([], state.baseline, policy);
  const { late, slack } = increase.inFlightYoung;
  return {
    ...state,
    baseline: null,
    seen,
    guards: {
      errors: beginGuard(increase.inFlight),
      slow: beginGuard(late),
      errorsDoubt: beginGuard(increase.inFlight),
      slowDoubt: beginGuard(slack),
    },
  };
}

function observeSample(state: WatchState, sample: HealthSample, policy: HealthPolicy): WatchState {
  const { atMs, candidate } = sample;
  const { increase, seen } = increaseSince(state.seen, candidate, policy);
  const { requests, errors, late, slack, inFlight, inFlightYoung } = increase;
  const window = state.window;
  const countedToMs = Math.min(atMs, ...candidate.instances.map((one) => one.asOfMs ?? atMs));
  // What was counted before the window is no answer to it, however late it is told.
  const counted = window?.startedAtMs != null && countedToMs > window.startedAtMs;
  const { rollBackAbove, succeedBelow } = policy.errorRate;
  const ofErrors = { atMs, bad: errors, total: requests, undecided: inFlight };
  const ofSlow = (part: { fast: number; slow: number }, undecided: number): GuardLook => ({
    atMs,
    bad: part.slow,
    total: part.fast + part.slow,
    undecided,
  });
  const { guards } = state;
  const slowTest = binomialTest(slowShareLimit);
  const { source: _source, gap: _gap, unanswered: silence, ...before } = state;
  const unanswered = observeSilence(silence, sample, requests, policy);
  const compared = policy.comparison
    ? compareLook(state.comparison ?? null, sample, policy.comparison)
    : null;
  const series = policy.series ? observeSeries(state.series ?? null, sample, policy.series) : null;
  return {
    ...before,
    seen,
    restarts: restartsAt(state, sample),
    looks: state.looks + 1,
    seenAtMs: atMs,
    lookedAtMs: atMs,
    missed: null,
    hasCounters: candidate.instances.length > 0,
    ...(candidate.source === undefined ? {} : { source: candidate.source.slice(0, longestText) }),
    ...(candidate.gap === undefined ? {} : { gap: candidate.gap.slice(0, longestText) }),
    ...(unanswered === undefined ? {} : { unanswered }),
    ...(compared === null ? {} : { comparison: compared }),
    ...(series === null ? {} : { series }),
    countedToMs,
    inFlight,
    edges: edgesOf(candidate, policy) ?? state.edges,
    guards: {
      errors: lookAt(binomialTest(rollBackAbove), guards.errors, ofErrors, rollBackAt),
      slow: lookAt(slowTest, guards.slow, ofSlow(late, inFlightYoung.late), rollBackAt),
      errorsDoubt: lookAt(binomialTest(succeedBelow), guards.errorsDoubt, ofErrors, doubtAt),
      slowDoubt: lookAt(slowTest, guards.slowDoubt, ofSlow(slack, inFlightYoung.slack), doubtAt),
    },
    probes: state.probes ?? worstProbe(sample.candidateInstances, policy),
    window: window && {
      ...timed(window, atMs, sample.weight),
      requests: window.requests + (counted ? requests : 0),
      errors: window.errors + (counted ? errors : 0),
    },
  };
}

/** A count that fell began anew, or an instance was replaced and took its own with it. */
function restartsAt(
  { restarts, comparison }: WatchState,
  { candidateRestarts: now, candidateInstances }: Required<MissedSample>['platform'],
): WatchState['restarts'] {
  const begunAnew = comparison?.replaced === undefined ? now : 0;
  const increase = now >= restarts.last ? now - restarts.last : begunAnew;
  const exited = candidateInstances.find(({ state, reason }) => state === 'exited' && reason);
  const why = exited?.reason?.slice(0, longestText) ?? restarts.why;
  const counted = restarts.counted + increase;
  return { last: now, counted, ...(why === undefined ? {} : { why }) };
}

/** An instance still starting has not been fit yet, and one that exited counts as a restart. */
function worstProbe(
  instances: readonly InstanceStatus[],
  policy: HealthPolicy,
): WatchState['probes'] {
  const failing = instances.find(
    ({ state, probeFailures }) =>
      (state === 'ready' || state === 'unready') && probeFailures > policy.maxProbeFailures,
  );
  if (!failing) return null;
  return { instance: failing.id.slice(0, longestText), failures: failing.probeFailures };
}

function timed(window: WindowState, atMs: number, weight: number | null): WindowState {
  const reached = window.weight === 0 || (weight !== null && weight >= window.weight);
  return {
    ...window,
    openedAtMs: window.openedAtMs ?? atMs,
    startedAtMs: window.startedAtMs ?? (reached ? atMs : null),
  };
}
