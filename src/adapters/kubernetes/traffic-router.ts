/** Divides traffic by the weights of an HTTPRoute, and says how it is divided once the gateways have taken it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { onlyWithdraws, refuseUnfitSplit } from '../../domain/rollout/accept-write.js';
import { emptySplit, type Split } from '../../domain/rollout/split.js';
import type { RevisionStatus } from '../../domain/rollout/workload.js';
import type { TrafficRouter } from '../../ports/traffic-router.js';
import type { Cluster } from './cluster.js';
import { revisionStatus } from './instance-status.js';
import { objectName } from './names.js';
import type { HttpRoute } from './objects.js';
import { listDeployments, readRevisions } from './revisions.js';
import { type Backends, mergeRules, readRules } from './route-rules.js';
import { recordOf, routePending, type TargetRoutes } from './target-route.js';

/** A gateway takes a route in tenths of a second; one that needs longer than this is asked about again by the caller. */
const takenWithinMs = 3000;
const pollMs = 50;

/** The split that the route's rules hold. */
export type SplitReader = (target: TargetKey, route: HttpRoute) => Split;

export interface RouterOptions {
  readonly cluster: Cluster;
  readonly routes: TargetRoutes;
  readonly backendName: (target: TargetKey) => string;
  readonly urlOf: (target: TargetKey) => string | null;
}

export function createSplitReader(backendName: (target: TargetKey) => string): SplitReader {
  return (target, route) => {
    const { split } = recordOf(route);
    return readRules(route.spec.rules ?? [], split, backendsOf(target, split, backendName(target)));
  };
}

function backendsOf(target: TargetKey, noted: Split, original: string): Backends {
  const serviceOf = (revision: string) => objectName(target, revision);
  const ours = [noted.stable, noted.candidate].map((name) => name && serviceOf(name));
  return { original, serviceOf, isOurs: (service) => ours.includes(service) };
}

export function createGatewayRouter(options: RouterOptions): TrafficRouter {
  const { cluster, routes, backendName, urlOf } = options;
  const readHeld = createSplitReader(backendName);

  /** A write that only withdraws asks for names alone: it must not fail for anything else. */
  async function revisionsFor(
    target: TargetKey,
    withdraws: boolean,
  ): Promise<readonly RevisionStatus[]> {
    if (!withdraws) return readRevisions(cluster, target);
    const found = await listDeployments(cluster, target);
    return found.map((deployment) => revisionStatus(deployment, [], new Set()));
  }

  return {
    async applySplit({ target, split, intent }) {
      await routes.write(target, intent, async (route) => {
        const noted = recordOf(route).split;
        const held = readHeld(target, route);
        const revisions = await revisionsFor(target, onlyWithdraws(held, split));
        refuseUnfitSplit(held, split, revisions);
        const backends = backendsOf(target, noted, backendName(target));
        return { split, rules: mergeRules(route.spec.rules ?? [], noted, split, backends) };
      });
    },

    async readSplit(target) {
      const startedAtMs = performance.now();
      for (;;) {
        const route = await routes.read(target);
        const record = route && recordOf(route);
        if (!route || !record?.fence) return { split: emptySplit, fence: null, url: null };
        const { fence, hasSplit } = record;
        const url = urlOf(target);
        if (!hasSplit) return { split: emptySplit, fence, url };
        const split = readHeld(target, route);
        const pending = routePending(route, split.weight > 0 || split.headerRoute !== null);
        if (pending === null) return { split, fence, url };
        if (performance.now() - startedAtMs > takenWithinMs) {
          const details = { where: targetPath(target), retryAfterMs: 250 };
          throw new Failure('NotReady', `the split does not hold yet: ${pending}`, details);
        }
        await sleep(pollMs);
      }
    },
  };
}
