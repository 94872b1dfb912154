/** Ends a revision: what is deleted is what was there before the last look at the route, or nothing is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import type { Cluster } from './cluster.js';
import { annotations, objectName } from './names.js';
import { kinds } from './objects.js';
import { findRevision } from './revisions.js';
import { unmark } from './unmark.js';

/** Controllers write the status of a Deployment at any time, which is a conflict too. */
const attempts = 10;

interface Retirement {
  readonly cluster: Cluster;
  readonly target: TargetKey;
  readonly revision: string;
  /** @throws StaleWrite when a newer decision holds; PolicyDenied while the split names the revision */
  readonly requireUnrouted: () => Promise<void>;
}

/**
 * A newer rollout of the same revision first notes its fence on the route and then changes Deployment and Service, so
 * a removal that passed the route before it meets a conflict at both, and the fence at its next try.
 * @throws as `requireUnrouted`; Unavailable when others never let it
 */
export async function retire(retirement: Retirement): Promise<void> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(retirement);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'Conflict')) throw error;
      if (n === attempts) {
        const message = `the revision changed ${attempts} times while it was being removed`;
        const where = `${targetPath(retirement.target)} ${retirement.revision}`;
        throw new Failure('Unavailable', message, { where }, error);
      }
      await sleep(10 * n);
    }
  }
}

async function attempt({ cluster, target, revision, requireUnrouted }: Retirement): Promise<void> {
  const service = await cluster.read(kinds.service, objectName(target, revision));
  const deployment = await findRevision(cluster, target, revision);
  await requireUnrouted();
  if (deployment !== null) {
    const { name, resourceVersion } = deployment.metadata;
    const isAdopted = deployment.metadata.annotations?.[annotations.adopted] === 'true';
    // It was there before us and others may use it: it keeps running, without our marks.
    if (isAdopted) await unmark(cluster, kinds.deployment, name, resourceVersion);
    else await cluster.remove(kinds.deployment, name, resourceVersion);
  }
  if (service === null) return;
  await cluster.remove(kinds.service, service.metadata.name, service.metadata.resourceVersion);
}
