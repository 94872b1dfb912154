/** The health policy of one rollout: what was asked for, with what the target has learnt. */
import type { SavedDispersion } from '../analysis/comparison-policy.js';
import type { HealthPolicy } from '../analysis/health-policy.js';
import type { RolloutPlan } from '../rollout/step.js';

/**
 * @example a first install → silence is no reason to doubt it, since nobody was served before
 * @example the way back → held to its limits alone: what it would be compared with is what people want to leave
 * @example any other → compared with stable, by the dispersion that earlier rollouts have learnt
 */
export function rolloutHealth(
  health: HealthPolicy,
  plan: RolloutPlan['strategy'],
  kind: 'rollout' | 'switchBack',
  dispersion: SavedDispersion | null,
): HealthPolicy {
  const { comparison, judge: _judge, ...limits } = health;
  if (kind === 'switchBack') return limits;
  if (plan === 'install') return { ...limits, minimumRequests: 0 };
  return comparison === undefined
    ? health
    : { ...health, comparison: { ...comparison, saved: dispersion } };
}

/** While a release soaks it has replaced what a judge by name would hold it beside, and quiet hours are no failed checks. */
export function soakHealth({ judge: _judge, ...health }: HealthPolicy): HealthPolicy {
  return health;
}
