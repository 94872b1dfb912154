/** What people put beside a service and mean for whatever is stable: autoscalers, disruption budgets. */
import type { TargetKey } from '../domain/names.js';
import type { FollowersReading } from '../domain/target/drift.js';
import type { Intent } from './workload.js';

export interface Followers {
  /** What stands beside the target now, measured against this revision being stable. @throws Forbidden; Unavailable */
  read(request: {
    readonly target: TargetKey;
    /** Revision name. */
    readonly revision: string;
  }): Promise<FollowersReading>;

  /**
   * Turns all of it to the stable revision. Repeating it changes nothing. No way back to a stable revision depends on it:
   * before a promotion nothing was turned, and after it a way back is a promotion of its own.
   * @throws StaleWrite when a later fence was seen; NotReady while the revision is not there; Forbidden; Unavailable
   */
  turn(request: {
    readonly target: TargetKey;
    /** Revision name. */
    readonly revision: string;
    readonly intent: Intent;
  }): Promise<void>;
}
