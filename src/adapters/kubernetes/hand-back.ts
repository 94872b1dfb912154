/**
 * Gives a target back to the Deployment, Service and route that were there before: first they serve the stable revision
 * with all the traffic, then whatever is ours goes. Every part can be repeated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { type Revision, revisionName } from '../../domain/rollout/revision.js';
import { stableOnly } from '../../domain/rollout/split.js';
import type { HandBack } from '../../ports/hand-back.js';
import type { Cluster } from './cluster.js';
import { restoreCompanions } from './companions/followers.js';
import { imageRepository, runsDigest } from './manifests.js';
import { annotations, objectName } from './names.js';
import { type Deployment, kinds } from './objects.js';
import { findRevision, listDeployments } from './revisions.js';
import type { TargetRoutes } from './target-route.js';
import type { TrafficEvidence } from './traffic-evidence.js';
import { unmark } from './unmark.js';

const endpointsMs = 1500;

export interface HandBackOptions {
  readonly cluster: Cluster;
  readonly routes: TargetRoutes;
  /** Name of the Service that users of a target had before. */
  readonly backendName: (target: TargetKey) => string;
  readonly evidence: TrafficEvidence;
}

interface Found {
  readonly stable: Deployment;
  /** The user's own; the stable one itself where it was adopted. */
  readonly own: Deployment;
  readonly ours: readonly Deployment[];
}

export function createHandBack(options: HandBackOptions): HandBack {
  const { cluster, routes, backendName, evidence } = options;

  async function find(target: TargetKey, revision: Revision): Promise<Found> {
    const stable = await findRevision(cluster, target, revisionName(revision));
    if (stable === null) throw notThere(target, `revision ${revisionName(revision)}`);
    const name = stable.metadata.annotations?.[annotations.template] ?? stable.metadata.name;
    const own = await cluster.read(kinds.deployment, name);
    if (own === null) throw notThere(target, `Deployment ${name}`);
    const all = await listDeployments(cluster, target);
    const ours = all.filter(
      ({ metadata }) => metadata.annotations?.[annotations.adopted] !== 'true',
    );
    return { stable, own, ours };
  }

  function notThere(target: TargetKey, what: string): Failure {
    return new Failure('NotFound', `there is no ${what} to give ${targetPath(target)} back to`, {
      where: `${cluster.namespace}/${what}`,
      next: 'apply the Deployment that revisions were made from, then eject again',
    });
  }

  return {
    async planHandBack({ target, stable: revision }) {
      const { own, stable, ours } = await find(target, revision);
      const route = `${routes.kind} ${routes.nameOf(target)}`;
      const replicas = stable.spec.replicas ?? 1;
      const runs = runsDigest(own, revision.digest) && (own.spec.replicas ?? 1) >= replicas;
      return [
        runs
          ? `Deployment ${own.metadata.name} already runs ${revision.version}, ${own.spec.replicas ?? 1} times`
          : `Deployment ${own.metadata.name} gets ${revision.version} by its digest, ${replicas} times, and becomes ready`,
        `what scales and protects ${stable.metadata.name} turns to ${own.metadata.name}`,
        `${route} sends everything to Service ${backendName(target)} and loses our notes`,
        ...ours.map(({ metadata }) => `Deployment and Service ${metadata.name} are deleted`),
        ...(ours.length < 1 ? [`Deployment ${own.metadata.name} loses our marks`] : []),
      ];
    },

    async handBack({ target, stable: revision, intent }) {
      await routes.write(target, intent, async () => null);
      const { own, stable, ours } = await find(target, revision);
      await bringUp(own, stable, revision);
      // Gateways hear of the last change of endpoints some tenths of a second after the API server.
      await sleep(endpointsMs);
      await restoreCompanions(cluster, target);
      await routes.write(target, intent, async () => stableOnly(null));
      const { pending } = (await routes.read(target)) ?? { pending: null };
      if (pending !== null) {
        const details = { where: targetPath(target), retryAfterMs: 500 };
        throw new Failure('NotReady', `the route is not back yet: ${pending}`, details);
      }
      for (const { metadata } of ours) {
        const left = metadata.annotations?.[annotations.revision] ?? '';
        await evidence.waitUntilUnused(target, left, stableOnly(null));
        await cluster.remove(kinds.deployment, metadata.name);
        await cluster.remove(kinds.service, metadata.name);
      }
      await cluster.remove(kinds.service, objectName(target, revisionName(revision)));
      await unmark(cluster, kinds.deployment, own.metadata.name);
      await routes.forget(target);
    },
  };

  /** @throws NotReady until as many of the user's own pods are available as stable has */
  async function bringUp(own: Deployment, stable: Deployment, revision: Revision): Promise<void> {
    const { name, resourceVersion, generation } = own.metadata;
    const replicas = Math.max(stable.spec.replicas ?? 1, own.spec.replicas ?? 1);
    if (!runsDigest(own, revision.digest) || own.spec.replicas !== replicas) {
      const [main] = own.spec.template.spec.containers;
      if (main === undefined) throw new RangeError(`Deployment ${name} has no container`);
      const image = `${imageRepository(main.image)}@${revision.digest}`;
      const containers = [{ name: main.name, image }];
      await cluster.patchStrategic(kinds.deployment, name, {
        metadata: { resourceVersion },
        spec: { replicas, template: { spec: { containers } } },
      });
      throw notReady(name, 0, replicas);
    }
    const { observedGeneration = 0, ...seen } = own.status ?? {};
    const { replicas: all = 0, updatedReplicas = 0, availableReplicas = 0 } = seen;
    const there = Math.min(updatedReplicas, availableReplicas);
    // Pods of its former version are still among the endpoints while they are counted.
    const isTurning = observedGeneration < (generation ?? 0) || all > updatedReplicas;
    if (isTurning || there < replicas) throw notReady(name, there, replicas);
  }

  function notReady(name: string, seen: number, limit: number): Failure {
    const details = { where: `Deployment ${cluster.namespace}/${name}`, seen, limit };
    return new Failure('NotReady', `${name} does not carry the traffic yet`, {
      ...details,
      retryAfterMs: 500,
    });
  }
}
