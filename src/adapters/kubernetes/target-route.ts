/**
 * The HTTPRoute of a target, which also holds what was decided last: split and fence change in one write, and every
 * other write passes here first, by the route's resource version.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { refuseStaleWrite } from '../../domain/rollout/accept-write.js';
import { type Fence, formatFence } from '../../domain/rollout/fence.js';
import { emptySplit, type Split } from '../../domain/rollout/split.js';
import type { Intent } from '../../ports/workload.js';
import type { Cluster } from './cluster.js';
import { annotations } from './names.js';
import { type HttpRoute, kinds, type RouteRule } from './objects.js';

/** Others (gateways, people) change the route too; each attempt decides anew. */
const attempts = 6;

export interface RouteRecord {
  readonly fence: Fence | null;
  readonly split: Split;
  /** False until a split was written. */
  readonly hasSplit: boolean;
}

export interface RouteChange {
  readonly rules: readonly RouteRule[];
  readonly split: Split;
}

/** Decides over the route as it is; null changes no rule. */
type Decide = (route: HttpRoute) => Promise<RouteChange | null>;

export interface TargetRoutes {
  /** Null when there is no such route. */
  read(target: TargetKey): Promise<HttpRoute | null>;
  /**
   * Writes fence and intent, and with them what `decide` makes of the route as it is; it may be asked again.
   * @throws StaleWrite; NotFound without a route; PolicyDenied when the route is another target's; Unavailable
   */
  write(target: TargetKey, intent: Intent, decide: Decide): Promise<void>;
}

export function recordOf(route: HttpRoute): RouteRecord {
  const noted = route.metadata.annotations ?? {};
  const split = noted[annotations.split];
  return {
    fence: parseFence(noted[annotations.fence]),
    split: parseSplit(split),
    hasSplit: split !== undefined,
  };
}

/**
 * What stands between the route as written and the gateways; null when all of them have taken it.
 * `needsRefs` is for splits that give a candidate traffic: a foreign rule of the route that leads nowhere must not
 * keep traffic from being taken back.
 * @example 'Gateway public has not seen it yet', 'Gateway public refuses it: BackendNotFound: …'
 */
export function routePending(route: HttpRoute, needsRefs: boolean): string | null {
  const { metadata, spec, status } = route;
  const parents = spec.parentRefs ?? [];
  if (parents.length === 0) return 'the route has no parentRefs';
  for (const { name } of parents) {
    const told = (status?.parents ?? []).filter(({ parentRef }) => parentRef?.name === name);
    if (told.length === 0) return `Gateway ${name} has not seen it yet`;
    for (const { conditions = [] } of told) {
      for (const type of ['Accepted', 'ResolvedRefs']) {
        const condition = conditions.find((one) => one.type === type);
        if ((condition?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
          return `Gateway ${name} has not seen it yet`;
        }
        if (condition?.status !== 'True' && (needsRefs || type === 'Accepted')) {
          return `Gateway ${name} refuses it: ${condition?.reason}: ${condition?.message}`;
        }
      }
    }
  }
  return null;
}

/** @param routeName name of the target's HTTPRoute */
export function createTargetRoutes(
  cluster: Cluster,
  routeName: (target: TargetKey) => string,
): TargetRoutes {
  const read = (target: TargetKey) => cluster.read(kinds.httpRoute, routeName(target));

  async function attempt(target: TargetKey, intent: Intent, decide: Decide): Promise<void> {
    const name = routeName(target);
    const route = await read(target);
    if (route === null) {
      const where = `HTTPRoute ${cluster.namespace}/${name}`;
      const next = 'create the route with a rule that sends to the service, then try again';
      throw new Failure('NotFound', `${targetPath(target)} has no route`, { where, next });
    }
    const owner = route.metadata.annotations?.[annotations.target];
    if (owner !== undefined && owner !== targetPath(target)) {
      throw new Failure('PolicyDenied', `the route belongs to ${owner}`, {
        where: `HTTPRoute ${cluster.namespace}/${name}`,
        seen: targetPath(target),
        limit: owner,
        next: 'give every target a route of its own: router.route with {service} and {environment}',
      });
    }
    refuseStaleWrite(target, recordOf(route).fence, intent.fence);
    const changed = await decide(route);
    const noted: Record<string, string> = {
      [annotations.target]: targetPath(target),
      [annotations.fence]: formatFence(intent.fence),
      [annotations.intent]: intent.key,
      ...(changed && { [annotations.split]: JSON.stringify(changed.split) }),
    };
    const { resourceVersion, annotations: present = {} } = route.metadata;
    const sameRules = JSON.stringify(changed?.rules) === JSON.stringify(route.spec.rules);
    const isSame = Object.entries(noted).every(([key, value]) => present[key] === value);
    if (isSame && (changed === null || sameRules)) return;
    await cluster.patch(kinds.httpRoute, name, {
      metadata: { resourceVersion, annotations: noted },
      ...(changed && !sameRules && { spec: { rules: changed.rules } }),
    });
  }

  return {
    read,
    async write(target, intent, decide) {
      for (let n = 1; ; n += 1) {
        try {
          return await attempt(target, intent, decide);
        } catch (error) {
          if (!(error instanceof Failure && error.code === 'Conflict')) throw error;
          if (n === attempts) {
            const where = routeName(target);
            const message = `the route changed ${attempts} times while it was being written`;
            throw new Failure('Unavailable', message, { where, retryAfterMs: 500 }, error);
          }
          await sleep(10 * n * n);
        }
      }
    },
  };
}

/** Null for what was never written. */
export function parseFence(text: string | undefined): Fence | null {
  const match = /^(\d+)\.(\d+)$/.exec(text ?? '');
  return match === null ? null : { rollout: Number(match[1]), sequence: Number(match[2]) };
}

function parseSplit(text: string | undefined): Split {
  return text === undefined ? emptySplit : (JSON.parse(text) as Split);
}
