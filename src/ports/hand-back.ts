/** Gives a target back to the objects that users had before, so that it runs on without us. */
import type { TargetKey } from '../domain/names.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { Intent } from './workload.js';

export interface HandBack {
  /** What `handBack` would do, in order, one clause each; changes nothing. @throws NotFound when nothing is there to give back to; Unavailable */
  planHandBack(request: {
    readonly target: TargetKey;
    readonly stable: Revision;
  }): Promise<readonly string[]>;
  /**
   * Users' own objects run the stable revision at its present scale and take all traffic before anything of ours goes.
   * Repeating it goes on where it stopped.
   * @throws NotReady until each part holds (asked again soon); StaleWrite; NotFound; Unavailable
   */
  handBack(request: {
    readonly target: TargetKey;
    readonly stable: Revision;
    readonly intent: Intent;
  }): Promise<void>;
}
