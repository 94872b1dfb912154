/** Asks a platform to run revisions of a service, and what it runs now. */
import type { TargetKey } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { RevisionStatus, WorkloadSpec } from '../domain/rollout/workload.js';

/** Written beside every change, so that the platform can refuse an older one and repeat the same one harmlessly. */
export interface Intent {
  readonly fence: Fence;
  /** `<rolloutId>/<step>`: shown by the platform as the cause of its present state. */
  readonly key: string;
}

export interface Workload {
  /**
   * Declares that a revision runs with so many instances; returns before they are ready. Repeating it changes nothing.
   * @throws StaleWrite when a later fence was seen; DigestMismatch when the artifact is another; Unavailable
   */
  applyRevision(request: {
    readonly target: TargetKey;
    readonly revision: Revision;
    readonly workload: WorkloadSpec;
    readonly instances: number;
    readonly intent: Intent;
  }): Promise<void>;

  /** Every target the platform knows, in no order. @throws Unavailable */
  listTargets(): Promise<readonly TargetKey[]>;

  /** Every revision the target runs or still keeps; empty for a target that was never seen. @throws Unavailable */
  readRevisions(target: TargetKey): Promise<readonly RevisionStatus[]>;

  /**
   * Stops a revision after draining; one that is not there is fine.
   * @throws StaleWrite; PolicyDenied when the split still names the revision; Unavailable
   */
  removeRevision(request: {
    readonly target: TargetKey;
    /** Revision name. */
    readonly revision: string;
    readonly intent: Intent;
  }): Promise<void>;

  /**
   * Takes one instance away, after draining, so that the platform starts another; its end is no unexpected exit. One
   * that has gone is fine.
   * @throws NotFound when that cannot be the name of an instance; Forbidden; PolicyDenied where instances are not ours;
   *   Unavailable
   */
  replaceInstance(request: {
    readonly target: TargetKey;
    /** Revision name. */
    readonly revision: string;
    /** As its counters or `readRevisions` name it. */
    readonly instance: string;
  }): Promise<void>;
}
