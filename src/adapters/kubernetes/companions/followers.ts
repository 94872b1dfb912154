/** Turns autoscalers and disruption budgets to the stable revision, and back to where they pointed before us. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../domain/failures.js';
import { type TargetKey, targetPath } from '../../../domain/names.js';
import type { Followers } from '../../../ports/followers.js';
import type { Cluster } from '../cluster.js';
import { intentNotes } from '../manifests.js';
import { annotations } from '../names.js';
import { kinds } from '../objects.js';
import { listDeployments, namedIn } from '../revisions.js';
import type { TargetRoutes } from '../target-route.js';
import { type FollowerKind, followerKinds, type Surroundings } from './follower-kinds.js';
import { type Listed, planReturns, planTurns, scalerOf } from './plan-turns.js';

/** Autoscalers and budgets have their status written all the time. */
const attempts = 6;
/** One look at a namespace serves all targets that are compared at about the same time. */
const lookMs = 2000;

export interface FollowersOptions {
  readonly cluster: Cluster;
  readonly routes: TargetRoutes;
}

export function createKubernetesFollowers({ cluster, routes }: FollowersOptions): Followers {
  let last: { readonly atMs: number; readonly listed: Promise<readonly Listed[]> } | null = null;

  function recentLook(): Promise<readonly Listed[]> {
    if (last === null || performance.now() - last.atMs > lookMs) {
      last = { atMs: performance.now(), listed: listFollowers(cluster) };
    }
    return last.listed;
  }

  return {
    async read({ target, revision }) {
      const surroundings = await surroundingsOf(cluster, target, revision);
      if (surroundings === null) return { scaler: null, astray: [] };
      const listed = await recentLook();
      const turns = planTurns(target, listed, surroundings).filter(({ to }) => to !== null);
      const scaler = scalerOf(listed, surroundings.stable.metadata.name);
      return { scaler, astray: turns.map(({ clause }) => clause) };
    },

    async turn({ target, revision, intent }) {
      last = null;
      await again(target, async () => {
        // Read before the fence is asked: whoever decides later changes what was read, and our write is refused.
        const surroundings = await surroundingsOf(cluster, target, revision);
        const listed = await listFollowers(cluster);
        await routes.write(target, intent, async () => null);
        if (surroundings === null) throw notThere(target, revision);
        const notes = { ...intentNotes(intent), [annotations.target]: targetPath(target) };
        for (const { of, object, patch } of planTurns(target, listed, surroundings)) {
          await cluster.patch(of.kind, object.metadata.name, noted(patch, object, notes));
        }
      });
    },
  };
}

/** What was turned points again to where it did, and loses our notes. Repeating it changes nothing. */
export async function restoreCompanions(cluster: Cluster, target: TargetKey): Promise<void> {
  const { target: owner, following, fence, intent } = annotations;
  const without = Object.fromEntries([owner, following, fence, intent].map((name) => [name, null]));
  await again(target, async () => {
    const turns = planReturns(target, await listFollowers(cluster));
    for (const { of, object, patch } of turns) {
      await cluster.patch(of.kind, object.metadata.name, noted(patch, object, without));
    }
  });
}

/** What decides how many instances a Deployment has; null when nothing does. @throws Forbidden; Unavailable */
export async function readScaler(cluster: Cluster, deployment: string): Promise<string | null> {
  return scalerOf(await listFollowers(cluster, ({ scales }) => scales), deployment);
}

function listFollowers(
  cluster: Cluster,
  is: (kind: FollowerKind) => boolean = () => true,
): Promise<readonly Listed[]> {
  return Promise.all(
    followerKinds.filter(is).map(async (of) => {
      try {
        return { of, objects: await cluster.list(of.kind, '') };
      } catch (error) {
        // A cluster without KEDA has no such kind.
        if (error instanceof Failure && error.code === 'NotFound') return { of, objects: [] };
        throw error;
      }
    }),
  );
}

async function surroundingsOf(
  cluster: Cluster,
  target: TargetKey,
  revision: string,
): Promise<Surroundings | null> {
  const revisions = await listDeployments(cluster, target);
  const stable = namedIn(revisions, revision);
  if (stable === null) return null;
  const name = stable.metadata.annotations?.[annotations.template];
  const template =
    name === undefined || name === stable.metadata.name
      ? stable
      : await cluster.read(kinds.deployment, name);
  return { template, revisions, stable };
}

function noted(
  patch: { readonly metadata?: { readonly annotations?: object } },
  { metadata }: Listed['objects'][number],
  notes: Readonly<Record<string, string | null>>,
): object {
  const merged = { ...patch.metadata?.annotations, ...notes };
  return {
    ...patch,
    metadata: { resourceVersion: metadata.resourceVersion, annotations: merged },
  };
}

function notThere(target: TargetKey, revision: string): Failure {
  const details = { where: targetPath(target), retryAfterMs: 500 };
  return new Failure('NotReady', `there is no revision ${revision} to follow`, details);
}

async function again(target: TargetKey, attempt: () => Promise<void>): Promise<void> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'Conflict')) throw error;
      if (n === attempts) {
        const message = `what follows the stable revision changed ${attempts} times while it was turned`;
        throw new Failure('Unavailable', message, { where: targetPath(target) }, error);
      }
      await sleep(10 * n * n);
    }
  }
}
