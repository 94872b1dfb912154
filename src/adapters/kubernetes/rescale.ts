/** Brings a revision that is there already to its number of instances. */
import { Failure } from '../../domain/failures.js';
import { refuseStaleWrite } from '../../domain/rollout/accept-write.js';
import { revisionName } from '../../domain/rollout/revision.js';
import type { Cluster } from './cluster.js';
import { mustNotShrink } from './companions/capacity.js';
import type { ApplyRequest } from './install.js';
import { countRestarts, restartsBefore } from './instance-status.js';
import { intentNotes } from './manifests.js';
import { annotations } from './names.js';
import { type Deployment, kinds } from './objects.js';
import { parseFence } from './parse-fence.js';
import { listPods, namedIn } from './revisions.js';

/** @param there Deployments of the target's revisions; null when this one is not among them. @throws Conflict when it changed meanwhile; StaleWrite; DigestMismatch */
export async function rescaleRevision(
  cluster: Cluster,
  request: ApplyRequest,
  there: readonly Deployment[],
): Promise<Deployment | null> {
  const { target, revision, instances, intent } = request;
  const known = namedIn(there, revisionName(revision));
  if (known === null) return null;
  const noted = known.metadata.annotations ?? {};
  refuseStaleWrite(target, parseFence(noted[annotations.fence]), intent.fence);
  const seen = noted[annotations.digest] ?? '';
  if (seen !== revision.digest) {
    const details = { where: known.metadata.name, seen, limit: revision.digest };
    throw new Failure('DigestMismatch', 'the revision runs another image', details);
  }
  const { rollout } = intent.fence;
  const isNewRollout = restartsBefore(known)?.rollout !== rollout;
  const present = known.spec.replicas ?? 1;
  const stays = instances < present && (await mustNotShrink(cluster, known));
  const replicas = stays ? present : instances;
  if (!isNewRollout && present === replicas) return known;
  const restarts = isNewRollout && countRestarts(rollout, await listPods(cluster, known));
  await cluster.patch(kinds.deployment, known.metadata.name, {
    metadata: {
      resourceVersion: known.metadata.resourceVersion,
      annotations: {
        ...intentNotes(intent),
        ...(restarts && { [annotations.restartsBefore]: JSON.stringify(restarts) }),
      },
    },
    spec: { replicas },
  });
  return known;
}
