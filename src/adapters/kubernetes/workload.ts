/** Runs revisions as plain Deployments, each with a Service of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { refuseRemovalInSplit, refuseStaleWrite } from '../../domain/rollout/accept-write.js';
import { formatFence } from '../../domain/rollout/fence.js';
import { revisionName } from '../../domain/rollout/revision.js';
import type { Intent, Workload } from '../../ports/workload.js';
import type { Cluster } from './cluster.js';
import { countRestarts, restartsBefore } from './instance-status.js';
import { deploymentMarks, revisionDeployment, revisionService, runsDigest } from './manifests.js';
import { annotations, labels, objectName, targetFromLabels } from './names.js';
import { type Deployment, kinds, type Service } from './objects.js';
import { listDeployments, listPods, readRevisions } from './revisions.js';
import { parseFence } from './parse-fence.js';
import type { TargetRoutes } from './target-route.js';

/** The controllers write the status of a Deployment that is being scaled many times a second. */
const attempts = 10;

/** A gateway says that it has taken a route some tenths of a second before it goes by it. */
const settleMs = 1000;

type ApplyRequest = Parameters<Workload['applyRevision']>[0];

export interface WorkloadOptions {
  readonly cluster: Cluster;
  readonly routes: TargetRoutes;
  /** Name of the Service that users of a target had before. */
  readonly backendName: (target: TargetKey) => string;
}

export function createKubernetesWorkload(options: WorkloadOptions): Workload {
  const { cluster, routes, backendName } = options;

  const find = async (target: TargetKey, revision: string) =>
    (await listDeployments(cluster, target)).find(
      ({ metadata }) => metadata.annotations?.[annotations.revision] === revision,
    );

  /** Null when the revision was not there. @throws Conflict when it changed meanwhile; StaleWrite; DigestMismatch */
  async function rescale(request: ApplyRequest): Promise<Deployment | null> {
    const { target, revision, instances, intent } = request;
    const known = await find(target, revisionName(revision));
    if (known === undefined) return null;
    const noted = known.metadata.annotations ?? {};
    refuseStaleWrite(target, parseFence(noted[annotations.fence]), intent.fence);
    const seen = noted[annotations.digest] ?? '';
    if (seen !== revision.digest) {
      const details = { where: known.metadata.name, seen, limit: revision.digest };
      throw new Failure('DigestMismatch', 'the revision runs another image', details);
    }
    const { rollout } = intent.fence;
    const isNewRollout = restartsBefore(known)?.rollout !== rollout;
    if (!isNewRollout && known.spec.replicas === instances) return known;
    const restarts = isNewRollout && countRestarts(rollout, await listPods(cluster, known));
    await cluster.patch(kinds.deployment, known.metadata.name, {
      metadata: {
        resourceVersion: known.metadata.resourceVersion,
        annotations: {
          ...intentNotes(intent),
          ...(restarts && { [annotations.restartsBefore]: JSON.stringify(restarts) }),
        },
      },
      spec: { replicas: instances },
    });
    return known;
  }

  async function install(request: ApplyRequest, templateName: string): Promise<void> {
    const { target, revision, instances, intent } = request;
    const template = await required('Deployment', templateName, () =>
      cluster.read(kinds.deployment, templateName),
    );
    const source = await originalService(target);
    const notes = {
      ...intentNotes(intent),
      [annotations.restartsBefore]: JSON.stringify(countRestarts(intent.fence.rollout, [])),
    };
    const isFree = template.metadata.annotations?.[annotations.revision] === undefined;
    const adopts = isFree && !routes.sharesPods && runsDigest(template, revision.digest);
    const made = adopts ? template : revisionDeployment(template, request);
    const selector = made.spec.selector.matchLabels ?? {};
    const service = revisionService(source, target, revisionName(revision), selector);
    if (adopts) {
      const { metadata, spec } = template;
      const marks = deploymentMarks(target, revision);
      await cluster.patch(kinds.deployment, metadata.name, {
        metadata: {
          resourceVersion: metadata.resourceVersion,
          labels: marks.labels,
          annotations: { ...marks.annotations, ...notes, [annotations.adopted]: 'true' },
        },
        // Adoption takes no capacity away.
        spec: { replicas: Math.max(instances, spec.replicas ?? 1) },
      });
    } else {
      await refuseForeign(target, made.metadata.name);
      const noted = { ...made.metadata.annotations, ...notes };
      const metadata = { ...made.metadata, annotations: noted };
      await cluster.apply(kinds.deployment, { ...made, metadata });
    }
    await cluster.apply(kinds.service, service);
  }

  async function originalService(target: TargetKey): Promise<Service> {
    const name = backendName(target);
    return required('Service', name, () => cluster.read(kinds.service, name));
  }

  async function required<T>(kind: string, name: string, read: () => Promise<T | null>) {
    const found = await read();
    if (found !== null) return found;
    throw new Failure('NotFound', `there is no ${kind} ${name}`, {
      where: `${kind} ${cluster.namespace}/${name}`,
      next: 'apply it, or name another one in sluice.yaml',
    });
  }

  /** `a-b` in `c` and `a` in `b-c` would meet under one name. */
  async function refuseForeign(target: TargetKey, name: string): Promise<void> {
    const there = await cluster.read(kinds.deployment, name);
    if (there === null) return;
    const owner = targetFromLabels(there.metadata.labels);
    if (owner !== null && targetPath(owner) === targetPath(target)) return;
    throw new Failure('PolicyDenied', `Deployment ${name} is not of ${targetPath(target)}`, {
      where: `Deployment ${cluster.namespace}/${name}`,
      seen: owner === null ? 'no labels of ours' : targetPath(owner),
      next: 'rename the Deployment that is there',
    });
  }

  return {
    async applyRevision(request) {
      const { target, workload, intent } = request;
      const template = workload.deployment;
      if (template === undefined) {
        throw new Failure('InvalidInput', 'the workload names no Deployment', {
          where: `services.${target.service}.workload.deployment`,
          next: 'name the Deployment whose template revisions are made from',
        });
      }
      await routes.write(target, intent, async () => null);
      for (let n = 1; ; n += 1) {
        try {
          const known = await rescale(request);
          if (known === null) return await install(request, template);
          // A try that ended between the two objects is completed by the next.
          const selector = known.spec.selector.matchLabels ?? {};
          const name = objectName(target, revisionName(request.revision));
          if ((await cluster.read(kinds.service, name)) === null) {
            const source = await originalService(target);
            const revision = revisionName(request.revision);
            await cluster.apply(kinds.service, revisionService(source, target, revision, selector));
          }
          return;
        } catch (error) {
          if (!(error instanceof Failure && error.code === 'Conflict')) throw error;
          if (n === attempts) {
            const message = `the Deployment changed ${attempts} times while it was being written`;
            throw new Failure('Unavailable', message, { where: targetPath(target) }, error);
          }
          await sleep(10 * n);
        }
      }
    },

    async listTargets() {
      const known = new Map<string, TargetKey>();
      for (const { metadata } of await cluster.list(kinds.deployment, labels.service)) {
        const target = targetFromLabels(metadata.labels);
        if (target !== null) known.set(targetPath(target), target);
      }
      return [...known.values()];
    },

    readRevisions: (target) => readRevisions(cluster, target),

    async removeRevision({ target, revision, intent }) {
      await routes.write(target, intent, async (route) => {
        refuseRemovalInSplit(route.split, revision);
        if (route.pending === null) return null;
        const details = { where: targetPath(target), retryAfterMs: 500 };
        const message = `${revision} may still get traffic: ${route.pending}`;
        throw new Failure('NotReady', message, details);
      });
      const known = await find(target, revision);
      if (known !== undefined) await sleep(settleMs);
      if (known?.metadata.annotations?.[annotations.adopted] === 'true') {
        await handBack(cluster, known);
      } else if (known !== undefined) {
        await cluster.remove(kinds.deployment, known.metadata.name);
      }
      await cluster.remove(kinds.service, objectName(target, revision));
    },
  };
}

function intentNotes({ fence, key }: Intent): Record<string, string> {
  return { [annotations.fence]: formatFence(fence), [annotations.intent]: key };
}

/** It was there before us and others may use it: it keeps running, without our marks. */
async function handBack(cluster: Cluster, { metadata }: Deployment): Promise<void> {
  const without = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.values(names).map((name) => [name, null]));
  const { resourceVersion } = metadata;
  await cluster.patch(kinds.deployment, metadata.name, {
    metadata: { resourceVersion, labels: without(labels), annotations: without(annotations) },
  });
}
