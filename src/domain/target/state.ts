/** What a target remembers: the single truth of stable, previous, queue, lock and numbers. */
import type { SavedDispersion } from '../analysis/comparison-policy.js';
import type { TargetKey } from '../names.js';
import type { Fence } from '../rollout/fence.js';
import type { RolloutReceipt, RolloutRequest } from '../rollout/request.js';
import type { Revision } from '../rollout/revision.js';
import type { WorkloadSpec } from '../rollout/workload.js';
import type { TargetHistoryEntry, TargetLock, TargetView } from './view.js';

export interface QueuedRollout {
  readonly n: number;
  readonly request: RolloutRequest;
  /** `switchBack`: to the previous revision at once, passing every lock. */
  readonly kind: 'rollout' | 'switchBack';
}

/** A revision that is kept for a while and then stopped. */
export interface Retirement {
  readonly revision: Revision;
  readonly atMs: number;
}

export interface TargetState {
  readonly target: TargetKey;
  readonly platform: string;
  readonly stable: Revision | null;
  /** How the stable revision was started, for bringing it back. */
  readonly stableWorkload: WorkloadSpec | null;
  readonly previous: {
    readonly revision: Revision;
    readonly workload: WorkloadSpec;
    readonly warmUntilMs: number;
  } | null;
  /** Number of the next rollout. */
  readonly nextN: number;
  /** The last write's fence; the target's own writes count on from it. */
  readonly fence: Fence;
  readonly current: QueuedRollout | null;
  readonly queue: readonly QueuedRollout[];
  readonly lock: TargetLock | null;
  readonly retirements: readonly Retirement[];
  /** Newest first, at most 50. */
  readonly history: readonly TargetHistoryEntry[];
  /** Receipts by request id, newest first, at most 500: a repeated request gets the same answer. */
  readonly seen: readonly { readonly requestId: string; readonly receipt: RolloutReceipt }[];
  /** Where users reach it; null until the platform has said so. */
  readonly url: string | null;
  readonly repaired: { readonly atMs: number; readonly reason: string } | null;
  /** Absent in what was carried over from before there was such a thing. */
  readonly handingBack?: TargetView['handingBack'];
  /** How stable's instances differ from each other, as the last rollout that could tell has seen it; absent: none could. */
  readonly dispersion?: SavedDispersion;
  /** The request of the last ended rollout that did not promote, for retry. */
  readonly lastFailed: QueuedRollout | null;
}
