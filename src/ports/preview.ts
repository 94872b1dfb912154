/** Asks a platform what deploying a revision would change, and what would stand in its way. */
import type { TargetKey } from '../domain/names.js';
import type { WorkloadPreview } from '../domain/rollout/preview.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';

export interface Preview {
  /** Changes nothing; what it may not look at becomes a note. @throws Unavailable */
  previewRevision(request: {
    readonly target: TargetKey;
    readonly revision: Revision;
    readonly workload: WorkloadSpec;
    /** The most that it will run at. */
    readonly instances: number;
  }): Promise<WorkloadPreview>;
}
