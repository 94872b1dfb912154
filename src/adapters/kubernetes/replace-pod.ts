/** Deletes one pod of a revision, so that its Deployment starts another. */
import { podNames } from '../../domain/analysis/counter-dialect.js';
import { Failure } from '../../domain/failures.js';
import type { Workload } from '../../ports/workload.js';
import type { Cluster } from './cluster.js';
import { kinds } from './objects.js';
import { findRevision, listPods } from './revisions.js';

type Request = Parameters<Workload['replaceInstance']>[0];

/** As `readRevisions` names an instance: uid and restarts of its pod. */
const statusId = /^[0-9a-f-]{36}\.\d+$/;

/**
 * Counters name an instance by the labels that tell it apart, of which the pod's name is one: only a pod of this
 * revision is looked for by them, and only that very pod is deleted.
 */
export async function replacePod(
  cluster: Cluster,
  { target, revision, instance }: Request,
): Promise<void> {
  const deployment = await findRevision(cluster, target, revision);
  if (deployment === null) return;
  const names = instance.split(/[@/]/);
  const pods = await listPods(cluster, deployment);
  const pod = pods.find(
    ({ metadata }) =>
      names.includes(metadata.name) || instance.startsWith(`${metadata.uid ?? 'none'}.`),
  );
  if (pod === undefined) {
    const ofIts = new RegExp(`^(?:${podNames(deployment.metadata.name)})$`);
    if (statusId.test(instance) || names.some((name) => ofIts.test(name))) return;
    throw new Failure('NotFound', `no pod of ${revision} is told by its counters`, {
      where: deployment.metadata.name,
      seen: instance,
      next: 'give its counters the label `pod`, or leave out comparison.oneBadInstance',
    });
  }
  const { name, uid, deletionTimestamp } = pod.metadata;
  if (uid === undefined || deletionTimestamp !== undefined) return;
  try {
    await cluster.remove(kinds.pod, name, { uid });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Another pod has that name now.
    if (error.code === 'Conflict') return;
    if (error.code !== 'Forbidden') throw error;
    const details = {
      ...error.details,
      next: 'replacing an instance needs a right of its own: kubectl apply -f deploy/kubernetes/rbac-replace.yaml',
    };
    throw new Failure('Forbidden', `the pod ${name} may not be deleted`, details, error);
  }
}
