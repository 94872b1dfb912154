/** Runs revisions as plain Deployments, each with a Service of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { refuseRemovalInSplit } from '../../domain/rollout/accept-write.js';
import { emptySplit } from '../../domain/rollout/split.js';
import type { Workload } from '../../ports/workload.js';
import type { Cluster } from './cluster.js';
import { atPresentScale } from './companions/capacity.js';
import { removeLeftovers } from './companions/leftovers.js';
import type { ExplainPod } from './event-reasons.js';
import { completeRevision, type InstallPlace, installRevision } from './install.js';
import { labels, targetFromLabels } from './names.js';
import { kinds } from './objects.js';
import { replacePod } from './replace-pod.js';
import { rescaleRevision } from './rescale.js';
import { findRevision, listDeployments, readRevisions } from './revisions.js';
import type { TargetRoutes } from './target-route.js';
import type { TrafficEvidence } from './traffic-evidence.js';
import { retire } from './retire.js';

/** The controllers write the status of a Deployment that is being scaled many times a second. */
const attempts = 10;

export interface WorkloadOptions {
  readonly cluster: Cluster;
  readonly routes: TargetRoutes;
  readonly evidence: TrafficEvidence;
  /** Name of the Service that users of a target had before. */
  readonly backendName: (target: TargetKey) => string;
  /** Default: only the status of a pod says why it is not ready. */
  readonly explain?: ExplainPod;
}

export function createKubernetesWorkload(options: WorkloadOptions): Workload {
  const { cluster, routes, evidence, backendName } = options;

  const place: InstallPlace = { cluster, backendName, sharesPods: routes.sharesPods };

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
      let stable: string | null = null;
      await routes.write(target, intent, async ({ split }) => {
        stable = split.stable;
        return null;
      });
      for (let n = 1; ; n += 1) {
        try {
          const there = await listDeployments(cluster, target);
          const scaled = await atPresentScale(cluster, request, there, stable);
          const known = await rescaleRevision(cluster, scaled, there);
          if (known === null) await installRevision(place, scaled, template);
          else await completeRevision(place, scaled, known);
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

    readRevisions: (target) => readRevisions(cluster, target, options.explain),

    async removeRevision({ target, revision, intent }) {
      let split = emptySplit;
      const requireUnrouted = () =>
        routes.write(target, intent, async (route) => {
          split = route.split;
          refuseRemovalInSplit(route.split, revision);
          if (route.pending === null) return null;
          const details = { where: targetPath(target), retryAfterMs: 500 };
          const message = `${revision} may still get traffic: ${route.pending}`;
          throw new Failure('NotReady', message, details);
        });
      await requireUnrouted();
      const known = await findRevision(cluster, target, revision);
      if (known !== null) {
        await evidence.waitUntilUnused(target, revision, split);
      }
      // Traffic may have been given back to it meanwhile, by a newer decision.
      await retire({ cluster, target, revision, requireUnrouted });
      await removeLeftovers(cluster, target, split, known);
    },

    replaceInstance: (request) => replacePod(cluster, request),
  };
}
