/** Divides traffic by a target's route, and says how it is divided once the data plane has taken it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { onlyWithdraws, refuseUnfitSplit } from '../../domain/rollout/accept-write.js';
import type { Fence } from '../../domain/rollout/fence.js';
import { emptySplit, type Split } from '../../domain/rollout/split.js';
import type { RevisionStatus } from '../../domain/rollout/workload.js';
import type { ConfirmedBy, TrafficRouter } from '../../ports/traffic-router.js';
import type { Cluster } from './cluster.js';
import { revisionStatus } from './instance-status.js';
import { listDeployments, readRevisions } from './revisions.js';
import { stopOthers } from './stop-others.js';
import type { TargetRoutes } from './target-route.js';
import type { TrafficEvidence } from './traffic-evidence.js';

/** A gateway takes a route in tenths of a second; one that needs longer than this is asked about again by the caller. */
const takenWithinMs = 3000;
/** One that is busy is asked less and less often: many targets wait for the same gateway. */
const pollMs = 50;
const pollGrowth = 1.4;

interface Confirmed {
  readonly which: string;
  readonly by: ConfirmedBy;
}

export interface RouterOptions {
  readonly cluster: Cluster;
  readonly routes: TargetRoutes;
  /** Absent: the gateway's word counts alone. */
  readonly evidence?: TrafficEvidence;
  readonly urlOf: (target: TargetKey) => string | null;
}

export function createKubernetesRouter(options: RouterOptions): TrafficRouter {
  const { cluster, routes, evidence, urlOf } = options;
  const confirmed = new Map<string, Confirmed>();

  /** A write that only withdraws asks for names alone: it must not fail for anything else. */
  async function revisionsFor(
    target: TargetKey,
    withdraws: boolean,
  ): Promise<readonly RevisionStatus[]> {
    if (!withdraws) return readRevisions(cluster, target);
    const found = await listDeployments(cluster, target);
    return found.map((deployment) => revisionStatus(deployment, [], new Set()));
  }

  /** A split that held once is not asked about again: reads of it must be quick. */
  async function confirm(target: TargetKey, fence: Fence, split: Split): Promise<ConfirmedBy> {
    if (evidence === undefined) return 'gateway status';
    const which = `${fence.rollout} ${JSON.stringify(split)}`;
    const known = confirmed.get(targetPath(target));
    if (known?.which === which) return known.by;
    const by = await evidence.confirmSplit(target, split);
    confirmed.set(targetPath(target), { which, by });
    return by;
  }

  return {
    async applySplit({ target, split, intent }) {
      let before: Split | null = null;
      await routes.write(target, intent, async (route) => {
        // Asked again when a part of it is written already.
        before ??= route.split;
        const revisions = await revisionsFor(target, onlyWithdraws(route.split, split));
        refuseUnfitSplit(route.split, split, revisions, route.pending === null);
        const isShared = split.weight > 0 && split.weight < 100;
        if (routes.sharesPods && isShared) await stopOthers(cluster, target, split);
        return split;
      });
      return before ?? emptySplit;
    },

    async readSplit(target) {
      const startedAtMs = performance.now();
      for (let waitMs = pollMs; ; waitMs *= pollGrowth) {
        const route = await routes.read(target);
        if (!route?.fence) return { split: emptySplit, fence: null, url: null };
        const { fence, hasSplit, split, pending } = route;
        const url = urlOf(target);
        if (!hasSplit) return { split: emptySplit, fence, url };
        if (pending === null) {
          return { split, fence, url, confirmedBy: await confirm(target, fence, split) };
        }
        if (performance.now() - startedAtMs > takenWithinMs) {
          const details = { where: targetPath(target), retryAfterMs: 250 };
          throw new Failure('NotReady', `the split does not hold yet: ${pending}`, details);
        }
        await sleep(waitMs);
      }
    },
  };
}
