/** A running watch in a few numbers, for live views. */
import {
  binomialTest,
  fromLog,
  type GuardState,
  logEvidence,
  rollBackAt,
} from './binomial-guard.js';
import { errorEvidence, slowEvidence } from './evidence-sentences.js';
import type { HealthPolicy } from './health-policy.js';
import type { Evidence } from './verdict.js';
import { slowShareLimit, type WatchState } from './watch.js';

export interface WatchSummary {
  readonly looks: number;
  readonly missedLooks: number;
  /** Newest look that saw something, epoch milliseconds. */
  readonly seenAtMs: number | null;
  /** Why the newest look failed; null when it saw something. */
  readonly missed: string | null;
  readonly inFlight: number;
  readonly errors: CheckSummary;
  readonly slow: CheckSummary;
  readonly restarts: number;
  /** Null before the first step. */
  readonly window: {
    readonly startedAtMs: number | null;
    /** The earliest end; null while the weight is not reached or a person is waited for. */
    readonly endsAtMs: number | null;
    readonly requests: number;
    readonly errors: number;
  } | null;
}

export interface CheckSummary {
  readonly bad: number;
  readonly total: number;
  /** 0–1; null without requests. */
  readonly share: number | null;
  readonly eValue: number;
  readonly eLimit: number;
  /** How far E is on its way from 1 to the limit, on a logarithmic scale: 0 (nothing) to 1 (rolls back). */
  readonly towardsRollback: number;
  readonly sentence: string;
}

export function explainWatch(state: WatchState, policy: HealthPolicy): WatchSummary {
  const { looks, missedLooks, seenAtMs, missed, inFlight, guards, window } = state;
  const { errors, slow } = guards;
  return {
    looks,
    missedLooks,
    seenAtMs,
    missed,
    inFlight,
    errors: summaryOf(errors, policy.errorRate.rollBackAbove, errorEvidence(state, policy)),
    slow: summaryOf(slow, slowShareLimit, slowEvidence(state, policy)),
    restarts: state.restarts.counted,
    window: window && {
      startedAtMs: window.startedAtMs,
      endsAtMs:
        window.startedAtMs === null || window.until === 'resumed'
          ? null
          : window.startedAtMs + window.minimumMs,
      requests: window.requests,
      errors: window.errors,
    },
  };
}

function summaryOf(guard: GuardState, limitShare: number, evidence: Evidence): CheckSummary {
  const { bad, total, crossed } = guard;
  const logE = crossed?.logE ?? logEvidence(binomialTest(limitShare), guard);
  return {
    bad,
    total,
    share: total === 0 ? null : bad / total,
    eValue: fromLog(logE),
    eLimit: rollBackAt,
    towardsRollback: Math.min(1, Math.max(0, logE / Math.log(rollBackAt))),
    sentence: evidence.sentence,
  };
}
