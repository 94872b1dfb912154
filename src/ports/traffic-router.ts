/** Divides a target's traffic between revisions, and reads back how it is divided. */
import type { TargetKey } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import type { Split } from '../domain/rollout/split.js';
import type { Intent } from './workload.js';

/** What says that the data plane goes by a split; requests say more, and are not always there to be seen. */
export type ConfirmedBy = 'gateway status' | 'requests';

export interface SplitReading {
  readonly split: Split;
  /** The fence of the last accepted write of any kind; null for a target that was never written. */
  readonly fence: Fence | null;
  /** Where users reach the target; null where the platform does not know. */
  readonly url: string | null;
  /** Absent where a platform does not tell. */
  readonly confirmedBy?: ConfirmedBy;
}

export interface TrafficRouter {
  /**
   * Sets the whole split; it holds from the next request, requests in flight finish. Repeating it changes nothing.
   * @returns the split that it found, empty where there was none
   * @throws StaleWrite when a later fence was seen; NotReady when a revision that is to get more traffic has no
   * ready instance (never thrown for a write that only takes traffic away from the candidate); NotFound for an unknown revision; Unavailable
   */
  applySplit(request: {
    readonly target: TargetKey;
    readonly split: Split;
    readonly intent: Intent;
  }): Promise<Split>;

  /** The split as the data plane has it; an empty one for a target that was never seen. @throws Unavailable */
  readSplit(target: TargetKey): Promise<SplitReading>;
}
