/** A running watch in a few numbers, for live views: how far each test is, and when a decision is to be expected. */
import { answerByName } from './alternatives/named-watch.js';
import { fromLog } from './binomial-guard.js';
import { type CheckValue, checkValues } from './check-values.js';
import type { HealthPolicy } from './health-policy.js';
import { heldBy } from './judge.js';
import type { SideCounts } from './odds-test.js';
import { type SeriesBar, seriesBars } from './series-findings.js';
import type { CheckName } from './verdict.js';
import type { WatchState } from './watch.js';

export interface WatchSummary {
  readonly looks: number;
  readonly missedLooks: number;
  /** Newest look that saw something, epoch milliseconds. */
  readonly seenAtMs: number | null;
  /** Why the newest look failed; null when it saw something. */
  readonly missed: string | null;
  readonly inFlight: number;
  readonly restarts: number;
  readonly checks: readonly CheckSummary[];
  /** Measured series beside stable's. */
  readonly series: readonly SeriesBar[];
  /** What the judge that the policy names says of the step so far; null: nothing, or none is named. */
  readonly named: string | null;
  /** Null before the first step. */
  readonly window: {
    readonly startedAtMs: number | null;
    /** The earliest end; null while the weight is not reached or a person is waited for. */
    readonly endsAtMs: number | null;
    readonly requests: number;
    readonly errors: number;
  } | null;
  /** What comes first if all goes on like this; null while nothing can be expected. */
  readonly expected: ExpectedDecision | null;
  /** Why it does not go on although its time is over; null while nothing holds it. */
  readonly heldBy: string | null;
}

export interface CheckSummary {
  readonly check: CheckName;
  readonly candidate: SideCounts;
  /** Null where the candidate is held to a limit and not compared. */
  readonly stable: SideCounts | null;
  readonly eValue: number;
  readonly eLimit: number;
  /** How far E is on its way from 1 to the limit, on a logarithmic scale: 0 (nothing) to 1 (rolls back). */
  readonly towardsRollback: number;
  readonly dryRun: boolean;
  readonly sentence: string;
}

export interface ExpectedDecision {
  readonly kind: 'rollBack' | 'goOn';
  /** `goOn` at the earliest then; `rollBack` about then. */
  readonly atMs: number;
  /** What rolls back; null for the step's end. */
  readonly check: CheckName | null;
}

/** Less evidence than this part of the way is chance as likely as harm. */
const tellingPart = 0.25;

export function explainWatch(state: WatchState, policy: HealthPolicy): WatchSummary {
  const { looks, missedLooks, seenAtMs, missed, inFlight, restarts, window } = state;
  const checks = checkValues(state, policy);
  const endsAtMs =
    window === null || window.startedAtMs === null || window.until === 'resumed'
      ? null
      : window.startedAtMs + window.minimumMs;
  return {
    ...{ looks, missedLooks, seenAtMs, missed, inFlight, restarts: restarts.counted },
    checks: checks.map((value) => summaryOf(value)),
    series: seriesBars(state.series, policy),
    named: wordsOfNamed(state, policy),
    window: window && {
      startedAtMs: window.startedAtMs,
      endsAtMs,
      requests: window.requests,
      errors: window.errors,
    },
    expected: expectedOf(checks, seenAtMs, endsAtMs),
    heldBy: seenAtMs === null ? null : (heldBy(state, seenAtMs, policy)?.sentence ?? null),
  };
}

function wordsOfNamed({ named, window, seenAtMs }: WatchState, { judge }: HealthPolicy) {
  if (!judge || window === null || seenAtMs === null) return null;
  const answer = answerByName(named, window, seenAtMs, judge);
  return answer?.evidence[0]?.sentence ?? null;
}

function summaryOf(value: CheckValue): CheckSummary {
  const { check, candidate, stable, logE, logLimit, dryRun, sentence } = value;
  return {
    ...{ check, candidate, stable, dryRun, sentence },
    eValue: fromLog(logE),
    eLimit: Math.round(fromLog(logLimit)),
    towardsRollback: partOf(value),
  };
}

function partOf({ logE, logLimit }: CheckValue): number {
  return Math.min(1, Math.max(0, logE / logLimit));
}

/**
 * log E of a lasting harm grows by and large evenly, so that what it took so far tells what the rest takes.
 * @example E = 10 of 100 after 20 s → rolls back about 20 s from now, unless the step ends before
 */
function expectedOf(
  checks: readonly CheckValue[],
  seenAtMs: number | null,
  endsAtMs: number | null,
): ExpectedDecision | null {
  const rollBacks = checks.flatMap((value): ExpectedDecision[] => {
    const { check, logE, logLimit, dryRun, sinceMs } = value;
    if (dryRun || sinceMs === null || seenAtMs === null || partOf(value) < tellingPart) return [];
    const atMs = sinceMs + ((seenAtMs - sinceMs) * logLimit) / logE;
    return [{ kind: 'rollBack', atMs: Math.max(seenAtMs, Math.round(atMs)), check }];
  });
  const [first] = rollBacks.sort((a, b) => a.atMs - b.atMs);
  if (first !== undefined && first.atMs < (endsAtMs ?? Infinity)) return first;
  return endsAtMs === null ? null : { kind: 'goOn', atMs: endsAtMs, check: null };
}
