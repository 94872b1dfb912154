/** Compares what a target should look like with what its platform shows. */
import { type Fence, formatFence } from '../rollout/fence.js';
import { revisionName } from '../rollout/revision.js';
import type { Split } from '../rollout/split.js';
import type { RevisionStatus } from '../rollout/workload.js';
import type { TargetState } from './state.js';

/** What stands beside a target and is meant for its stable revision. */
export interface FollowersReading {
  /** What sets the revision's number of instances; null when it is we. */
  readonly scaler: string | null;
  /** What should point to the revision and does not, one clause each. */
  readonly astray: readonly string[];
}

export interface PlatformReading {
  readonly split: Split;
  readonly fence: Fence | null;
  readonly revisions: readonly RevisionStatus[];
  /** Where users reach the target; null where the platform does not know. */
  readonly url: string | null;
  /** Absent where nothing follows, and where it could not be seen. */
  readonly followers?: FollowersReading;
}

/**
 * What is wrong at an idle target, one sentence; null when all is as it should be. While a rollout runs,
 * the rollout is the one to say what is right.
 *
 * @example traffic 20 % on a candidate, nothing running → `20 % of the traffic goes to 1.2.0-…, and no rollout runs`
 * @example stable revision gone from the platform       → `the stable revision 1.1.0-… is not there`
 * @example its autoscaler points to another Deployment  → `HorizontalPodAutoscaler checkout points to …, and stable is 1.1.0-…`
 */
export function findDrift(
  state: Pick<TargetState, 'stable' | 'current' | 'stableWorkload'>,
  reading: Omit<PlatformReading, 'url'>,
): string | null {
  if (state.current) return null;
  const { split, revisions } = reading;
  const wanted = state.stable ? revisionName(state.stable) : null;
  if (split.candidate !== null && split.weight > 0) {
    return `${split.weight} % of the traffic goes to ${split.candidate}, and no rollout runs`;
  }
  if (split.candidate !== null || split.headerRoute !== null) {
    return `${split.candidate} is still routed as a candidate, and no rollout runs`;
  }
  if (split.stable !== wanted) {
    const by = reading.fence ? ` (written by ${formatFence(reading.fence)})` : '';
    return `the traffic goes to ${split.stable ?? 'nothing'}${by} instead of ${wanted ?? 'nothing'}`;
  }
  if (wanted === null) return null;
  const stable = revisions.find((revision) => revision.name === wanted);
  if (!stable) return `the stable revision ${wanted} is not there`;
  const { scaler = null, astray: [lost] = [] } = reading.followers ?? {};
  if (lost !== undefined) return `${lost}, and stable is ${wanted}`;
  const full = state.stableWorkload?.instances;
  // An autoscaler knows better than what was asked for once.
  if (scaler === null && full !== undefined && stable.desiredInstances < full) {
    return `the stable revision ${wanted} is scaled to ${stable.desiredInstances} of ${full} instances`;
  }
  return null;
}
