/** Where pods share one Service, those of revisions outside of the split must be gone before it is opened for both. */
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import type { Split } from '../../domain/rollout/split.js';
import type { Cluster } from './cluster.js';
import { annotations } from './names.js';
import { kinds } from './objects.js';
import { listDeployments, listPods } from './revisions.js';

/** Scales them to nothing; they are kept otherwise. @throws NotReady until their pods are going */
export async function stopOthers(cluster: Cluster, target: TargetKey, split: Split): Promise<void> {
  const others = (await listDeployments(cluster, target)).filter(({ metadata }) => {
    const revision = metadata.annotations?.[annotations.revision];
    return revision !== split.stable && revision !== split.candidate;
  });
  for (const { metadata, spec } of others) {
    if (spec.replicas === 0) continue;
    const { name, resourceVersion } = metadata;
    await cluster.patch(kinds.deployment, name, {
      metadata: { resourceVersion },
      spec: { replicas: 0 },
    });
  }
  const pods = (await Promise.all(others.map((other) => listPods(cluster, other)))).flat();
  const staying = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  if (staying.length === 0) return;
  throw new Failure('NotReady', 'pods of another revision would get a share of the traffic', {
    where: targetPath(target),
    seen: `${staying.length} pods, ${staying[0]?.metadata.name} among them`,
    limit: 'none',
    retryAfterMs: 250,
  });
}
