/** How many instances a revision gets where the stable one runs at another scale than was once asked for. */
import { Failure } from '../../../domain/failures.js';
import { revisionName } from '../../../domain/rollout/revision.js';
import type { Cluster } from '../cluster.js';
import type { ApplyRequest } from '../install.js';
import { annotations } from '../names.js';
import { type Deployment, kinds } from '../objects.js';
import { namedIn } from '../revisions.js';
import { readScaler } from './followers.js';

/**
 * The same share of what carries the traffic now as was asked for of the full scale.
 * @example capacityFor(1, 2, 7) === 4; capacityFor(2, 2, 7) === 7; capacityFor(3, 2, 7) === 7; capacityFor(1, 2, 0) === 1
 */
export function capacityFor(instances: number, fullScale: number, present: number): number {
  if (fullScale < 1) return instances;
  return Math.max(instances, Math.ceil((Math.min(instances, fullScale) * present) / fullScale));
}

/**
 * @param there Deployments of the target's revisions
 * @param stable name of the revision that has the traffic; null: the user's own Deployment has it
 * @returns the request with the instances that it comes to
 */
export async function atPresentScale<Request extends Omit<ApplyRequest, 'intent'>>(
  cluster: Cluster,
  request: Request,
  there: readonly Deployment[],
  stable: string | null,
): Promise<Request> {
  const { revision, workload, instances } = request;
  if (stable === revisionName(revision)) return request;
  const carrying =
    stable === null
      ? await cluster.read(kinds.deployment, workload.deployment ?? '')
      : namedIn(there, stable);
  const present = carrying ? (carrying.spec.replicas ?? 1) : 0;
  return { ...request, instances: capacityFor(instances, workload.instances, present) };
}

/**
 * True when fewer instances must not be asked for: users had that capacity before us, and a pod that goes while a step
 * raises its weight may take requests with it; or an autoscaler knows better than what was once asked for.
 */
export async function mustNotShrink(cluster: Cluster, { metadata }: Deployment): Promise<boolean> {
  if (metadata.annotations?.[annotations.adopted] === 'true') return true;
  try {
    return (await readScaler(cluster, metadata.name)) !== null;
  } catch (error) {
    // Who may not look leaves it as it is: no way back may end at that.
    if (error instanceof Failure && error.code === 'Forbidden') return true;
    throw error;
  }
}
