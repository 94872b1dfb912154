/** The playground behind the three ports of a platform: workload, traffic router and metric source. */
import type { SharedReads } from '../../ports/shared-reads.js';
import type { MetricSource } from '../../ports/metric-source.js';
import type { TrafficRouter } from '../../ports/traffic-router.js';
import type { Workload } from '../../ports/workload.js';
import { revisionName } from '../../domain/rollout/revision.js';
import type { PlaygroundClient, PlaygroundClientOptions } from './client.js';
import { createPlaygroundClient } from './client.js';
import { createPlaygroundMetricSource } from './metric-source.js';

export interface PlaygroundPlatform {
  readonly workload: Workload;
  readonly router: TrafficRouter;
  readonly metrics: MetricSource;
  readonly client: PlaygroundClient;
}

/** @param shared for those who watch; left out: each asks for itself */
export function createPlaygroundPlatform(
  options: PlaygroundClientOptions,
  shared?: SharedReads,
): PlaygroundPlatform {
  const client = createPlaygroundClient(options);
  return {
    client,
    metrics: createPlaygroundMetricSource(client, shared),
    workload: {
      applyRevision({ target, revision, workload, instances, intent }) {
        const body = { revision, workload, instances, intent };
        return client.write(target, 'PUT', ['revisions', revisionName(revision)], body);
      },
      async listTargets() {
        return (await client.listTargets()).map((reading) => reading.target);
      },
      async readRevisions(target) {
        return (await client.readTarget(target)).revisions;
      },
      removeRevision({ target, revision, intent }) {
        return client.write(target, 'DELETE', ['revisions', revision], { intent });
      },
      replaceInstance({ target, revision, instance }) {
        const path = ['revisions', revision, 'instances', instance];
        return client.write(target, 'DELETE', path, {});
      },
    },
    router: {
      applySplit({ target, split, intent }) {
        return client.writeSplit(target, { split, intent });
      },
      async readSplit(target) {
        const { split, fence, url } = await client.readTarget(target);
        return { split, fence, url };
      },
    },
  };
}
