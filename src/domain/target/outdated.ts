/** Finds what waited at a target until the world had moved on: it must not begin any more, and its release must be told. */
import compare from 'semver/functions/compare.js';
import type { RolloutOutcome } from '../rollout/outcome.js';
import { sameRevision } from '../rollout/revision.js';
import type { QueuedRollout, TargetState } from './state.js';

export interface Outdated {
  readonly queued: QueuedRollout;
  /** `promoted`: its artifact is what runs already; `superseded`: something else runs that it may not replace. */
  readonly outcome: Extract<RolloutOutcome, 'promoted' | 'superseded'>;
  readonly reason: string;
}

/**
 * Takes out of the queue what was admissible when it came and is not now, because another became stable meanwhile.
 * To be asked whenever nothing runs, before the next one begins.
 *
 * @example 1.2.0 became stable, 1.1.0 waits                → superseded: it would take the target back
 * @example 1.2.0 became stable, 1.2.0 waits once more      → promoted: stable and candidate would be the same
 * @example 1.2.0 became stable, a switch back to 1.1.0 waits → nothing
 */
export function dropOutdated(state: TargetState): {
  readonly state: TargetState;
  readonly dropped: readonly Outdated[];
} {
  const dropped = state.queue.flatMap((queued) => findOutdated(state, queued) ?? []);
  if (dropped.length === 0) return { state, dropped };
  const gone = dropped.map(({ queued }) => queued);
  const queue = state.queue.filter((queued) => !gone.includes(queued));
  return { state: { ...state, queue }, dropped };
}

function findOutdated({ stable }: TargetState, queued: QueuedRollout): Outdated | null {
  if (!stable) return null;
  const { candidate, allowOlder } = queued.request;
  if (sameRevision(candidate, stable)) {
    return { queued, outcome: 'promoted', reason: `${stable.version} runs there already` };
  }
  if (candidate.version === stable.version) {
    const reason = `${stable.version} runs there from another artifact`;
    return { queued, outcome: 'superseded', reason };
  }
  if (queued.kind === 'switchBack' || allowOlder) return null;
  if (compare(candidate.version, stable.version) >= 0) return null;
  const reason = `${stable.version}, which is newer, became stable while it waited`;
  return { queued, outcome: 'superseded', reason };
}
