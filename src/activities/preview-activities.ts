/** Says what a release would change on a platform; served from the queue that holds its credentials. */
import type { TargetKey } from '../domain/names.js';
import { emptyPreview, type WorkloadPreview } from '../domain/rollout/preview.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import { measureTraffic } from './measure-traffic.js';
import { type ActivityPorts, platformOf } from './ports.js';

export interface PreviewRevision {
  readonly target: TargetKey;
  readonly platform: string;
  readonly revision: Revision;
  readonly workload: WorkloadSpec;
  /** Nothing is known of the revision yet: only the target's traffic is asked for. */
  readonly trafficOnly?: true;
}

export function createPreviewActivities(ports: ActivityPorts) {
  return {
    /** Changes nothing. @throws NotFound for a platform that this worker does not have; Unavailable */
    async previewRevision(input: PreviewRevision): Promise<WorkloadPreview> {
      const platform = platformOf(ports, input.platform);
      const { target, revision, workload, trafficOnly = false } = input;
      const { instances } = workload;
      const [shown, traffic] = await Promise.all([
        platform.preview === undefined || trafficOnly
          ? emptyPreview
          : platform.preview.previewRevision({ target, revision, workload, instances }),
        measureTraffic(platform, target, ports.now),
      ]);
      return { ...shown, traffic };
    },
  };
}
