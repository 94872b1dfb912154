/** Removes what revisions left behind: Services and copies of configuration that no Deployment of the target needs. */
import { Failure } from '../../../domain/failures.js';
import type { TargetKey } from '../../../domain/names.js';
import type { Split } from '../../../domain/rollout/split.js';
import type { Cluster } from '../cluster.js';
import { annotations, labels, objectName, targetSelector } from '../names.js';
import { type Deployment, kinds, type Service } from '../objects.js';
import { listDeployments } from '../revisions.js';
import { listConfigMapCopies, removeUnusedCopies } from './config-copies.js';

/**
 * Only what carries our labels for this target. An installation makes its Deployment before its Service, so what was seen
 * here without one has none.
 * @param gone the Deployment that was removed just now
 */
export async function removeLeftovers(
  cluster: Cluster,
  target: TargetKey,
  split: Split,
  gone: Deployment | null,
): Promise<void> {
  const selector = targetSelector(target);
  const readLiving = () => listDeployments(cluster, target);
  await whereAllowed(async () => {
    const services = await cluster.list(kinds.service, `${selector},${labels.revision}`);
    const living = (await readLiving()).map(revisionOf);
    const needed = new Set([...living, split.stable, split.candidate]);
    for (const service of services) {
      const { name, resourceVersion } = service.metadata;
      const revision = revisionOf(service);
      const isOurs = revision !== undefined && name === objectName(target, revision);
      if (isOurs && !needed.has(revision)) {
        await cluster.remove(kinds.service, name, resourceVersion);
      }
    }
  });
  await whereAllowed(async () => {
    const copies = await listConfigMapCopies(cluster, selector);
    await removeUnusedCopies(cluster, copies, target, gone, readLiving);
  });
}

function revisionOf({ metadata }: Deployment | Service): string | undefined {
  return metadata.annotations?.[annotations.revision];
}

/** What is left over harms nobody: without the right to tidy up, or when it has just changed, it stays. */
async function whereAllowed(tidy: () => Promise<void>): Promise<void> {
  try {
    await tidy();
  } catch (error) {
    const stays = error instanceof Failure && ['Forbidden', 'Conflict'].includes(error.code);
    if (!stays) throw error;
  }
}
