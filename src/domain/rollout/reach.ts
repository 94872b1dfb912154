/** What each step of a plan can find at the traffic that a target has: printed before anything happens. */
import { alarmShareOf } from '../analysis/comparison-policy.js';
import type { HealthPolicy } from '../analysis/health-policy.js';
import { formatShare } from '../analysis/format-evidence.js';
import { actingSeries } from '../analysis/series-findings.js';
import { smallestHarm, type SmallestHarm } from '../analysis/smallest-harm.js';
import { shareAlarms } from '../analysis/two-keys.js';
import { formatDuration } from '../time.js';
import type { RolloutPlan } from './step.js';
import type { Traffic } from './traffic.js';

export interface StepReach {
  /** Number of the step in the plan, from 1. */
  readonly step: number;
  readonly weight: number;
  readonly forMs: number;
  /** Null: nothing is found for sure in that time. */
  readonly harm: SmallestHarm | null;
}

/** Where stable's dispersion is not known it is assumed to be this, as the judge does. */
const assumedPhi = 1;

/** For each step in which the candidate has traffic for a time. */
export function planReach(
  { steps, fullScale }: RolloutPlan,
  health: HealthPolicy,
  { requestsPerS, errorShare }: Traffic,
): readonly StepReach[] {
  let weight = 0;
  let instances = fullScale;
  let beforeMs = 0;
  const reach: StepReach[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'shift') ({ weight, instances } = step);
    const forMs =
      step.kind === 'shift' || step.kind === 'watch' ? (step.window?.minimumMs ?? 0) : 0;
    if (weight === 0 || forMs === 0) continue;
    const harm = smallestHarm({
      ...{ durationMs: forMs, beforeMs, intervalMs: health.intervalMs },
      ...{ requestsPerS, weight, errorShare },
      instances: { candidate: instances, stable: fullScale },
      phi: health.comparison?.saved?.errors ?? assumedPhi,
      logLimit: logLimitOf(health, instances),
      rollBackAbove: health.errorRate.rollBackAbove,
    });
    reach.push({ step: index + 1, weight, forMs, harm });
    beforeMs += forMs;
  }
  return reach;
}

/** Of the comparison of errors; Infinity where it does not roll back. */
function logLimitOf(health: HealthPolicy, instances: number): number {
  const { comparison } = health;
  if (comparison === undefined || instances < comparison.minimumInstances) return Infinity;
  const { errors, latency } = comparison;
  if (errors.dryRun || errors.weight === 0) return Infinity;
  const besides = latency.dryRun ? [] : [{ metric: 'latency', weight: latency.weight, logE: 0 }];
  const own = { metric: 'errors', weight: errors.weight, logE: 0 };
  const all = [own, ...besides, ...actingSeries(health)];
  const [found] = shareAlarms(all, alarmShareOf(comparison));
  return found?.logLimit ?? Infinity;
}

/** @example ['step 2 (20 % for 5m at ~40 rps, 0.2 % errors): finds 3x or worse; smaller harms may pass'] */
export function printReach(reach: readonly StepReach[], traffic: Traffic): string[] {
  const { requestsPerS, errorShare } = traffic;
  const now = `~${Number(requestsPerS.toPrecision(2))} rps, ${formatShare(errorShare)} errors`;
  return reach.map(({ step, weight, forMs, harm }) => {
    return `step ${step} (${weight} % for ${formatDuration(forMs)} at ${now}): ${findsOf(harm, errorShare)}`;
  });
}

function findsOf(harm: SmallestHarm | null, errorShare: number): string {
  if (harm === null) return 'too little traffic to find any harm for sure';
  const share = `${formatShare(harm.share)} errors`;
  const times = Number((harm.share / errorShare).toPrecision(2));
  const found =
    errorShare === 0 ? `${share} or worse` : `${times}x or worse${times < 10 ? '' : ` (${share})`}`;
  const limit = harm.by === 'limit' ? ', by its limit alone' : '';
  return `finds ${found}${limit}; smaller harms may pass`;
}
