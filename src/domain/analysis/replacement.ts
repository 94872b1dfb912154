/** Which instance of a candidate is replaced in place of a roll back, and how the watch goes on without it. */
import { compareWithout, type Replacement } from './comparison.js';
import type { HealthPolicy } from './health-policy.js';
import { reportExcess } from './instance-excess.js';
import type { Observation } from './sample.js';
import type { Verdict } from './verdict.js';
import { observe, type WatchState } from './watch.js';

/**
 * Only where failures beside stable are all that speaks against the candidate, one instance carries them all, and none
 * was replaced in this rollout yet. Null: the verdict stands.
 * @param state what the verdict was reached from
 */
export function instanceToReplace(
  { kind, evidence }: Verdict,
  { comparison }: WatchState,
  policy: HealthPolicy,
): string | null {
  if (kind !== 'fail' || policy.comparison?.oneBadInstance !== 'replace') return null;
  if (comparison === undefined || comparison.replaced !== undefined) return null;
  if (evidence.some(({ check }) => check !== 'errorsBesideStable')) return null;
  return reportExcess(comparison.byInstance, comparison.stable).carriesAll;
}

/** The comparison begins anew without it; the limits go on, with all that it did. */
export function afterReplacement(state: WatchState, instance: string): WatchState {
  const { comparison, lookedAtMs } = state;
  if (comparison === undefined) return state;
  const replaced = { instance, atMs: lookedAtMs ?? comparison.lookedAtMs };
  return { ...state, comparison: compareWithout(comparison, replaced) };
}

/** What was replaced in a rollout so far; undefined: nothing. */
export function replacementIn({ comparison }: WatchState): Replacement | undefined {
  return comparison?.replaced;
}

/** One more look of a record, and what was replaced after it. */
export function observeRecorded(
  state: WatchState,
  observation: Observation,
  policy: HealthPolicy,
  replaced: Replacement | undefined,
): WatchState {
  const seen = observe(state, observation, policy);
  if (replaced === undefined || replaced.atMs !== observation.atMs) return seen;
  return replacementIn(seen) === undefined ? afterReplacement(seen, replaced.instance) : seen;
}
