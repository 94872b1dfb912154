/** Says what a release would change on a platform; served from the queue that holds its credentials. */
import type { TargetKey } from '../domain/names.js';
import { emptyPreview, type WorkloadPreview } from '../domain/rollout/preview.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import { type ActivityPorts, platformOf } from './ports.js';

export interface PreviewRevision {
  readonly target: TargetKey;
  readonly platform: string;
  readonly revision: Revision;
  readonly workload: WorkloadSpec;
}

export function createPreviewActivities(ports: ActivityPorts) {
  return {
    /** Changes nothing. @throws NotFound for a platform that this worker does not have; Unavailable */
    async previewRevision(input: PreviewRevision): Promise<WorkloadPreview> {
      const { preview } = platformOf(ports, input.platform);
      if (preview === undefined) return emptyPreview;
      const { target, revision, workload } = input;
      const { instances } = workload;
      return preview.previewRevision({ target, revision, workload, instances });
    },
  };
}
