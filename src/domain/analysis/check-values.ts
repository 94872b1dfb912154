/** Every test of a watch beside the value at which it rolls back: the one table behind bars, histories and plots. */
import { binomialTest, type GuardState, logEvidence, rollBackAt } from './binomial-guard.js';
import { findingsOf } from './comparison-findings.js';
import { errorEvidence, slowEvidence } from './evidence-sentences.js';
import type { HealthPolicy } from './health-policy.js';
import type { SideCounts } from './odds-test.js';
import { actingSeries } from './series-findings.js';
import type { CheckName } from './verdict.js';
import { slowShareLimit, type WatchState } from './watch.js';

/** A test's value beside the one that decides; natural logarithms. */
export interface CheckValue {
  readonly check: CheckName;
  readonly logE: number;
  readonly logLimit: number;
  /** Reported, and never acted on. */
  readonly dryRun: boolean;
  readonly candidate: SideCounts;
  /** Null where the candidate is held to a limit and not compared. */
  readonly stable: SideCounts | null;
  /** Since when the evidence grew, epoch ms; null before any. */
  readonly sinceMs: number | null;
  /** One sentence with all of it. */
  readonly sentence: string;
}

export function checkValues(state: WatchState, policy: HealthPolicy): readonly CheckValue[] {
  const { guards, comparison } = state;
  const errors = errorEvidence(state, policy).sentence;
  const slow = slowEvidence(state, policy).sentence;
  const limits = [
    guardValue('errorRate', guards.errors, policy.errorRate.rollBackAbove, errors),
    guardValue('latencyP95', guards.slow, slowShareLimit, slow),
  ];
  if (!comparison || !policy.comparison) return limits;
  const { keys } = comparison;
  const found = findingsOf(comparison, policy.comparison, actingSeries(policy));
  const beside = found.map(({ evidence, logE, logLimit, dryRun, candidate, stable }) => {
    const part = evidence.check === 'errorsBesideStable' ? keys?.errors : keys?.latency;
    const sinceMs = part?.parts[0]?.odds.beganAtMs ?? null;
    const { check, sentence } = evidence;
    return { check, logE, logLimit, dryRun, candidate, stable, sinceMs, sentence };
  });
  return [...limits, ...beside];
}

function guardValue(
  check: CheckName,
  guard: GuardState,
  limitShare: number,
  sentence: string,
): CheckValue {
  const { bad, total, crossed, recent } = guard;
  return {
    check,
    logE: crossed?.logE ?? logEvidence(binomialTest(limitShare), guard),
    logLimit: Math.log(rollBackAt),
    dryRun: false,
    candidate: { requests: total, bad },
    stable: null,
    sinceMs: recent.sinceMs > 0 ? recent.sinceMs : null,
    sentence,
  };
}
