/** Gateway API: the weights and header matches of an HTTPRoute or a GRPCRoute. */
import { isDeepStrictEqual } from 'node:util';
import { type HttpRoute, kinds, type ObjectKind } from '../objects.js';
import { mergeRules, readRules } from './route-rules.js';
import type { Routing } from './routing.js';

export interface GatewayOptions {
  readonly routeKind: 'HTTPRoute' | 'GRPCRoute';
  /** What the implementation makes of the filter RequestMirror; absent: nothing. */
  readonly mirrors?: 'all' | 'percent' | undefined;
}

/** Rules of both kinds look alike where weights, headers and copies are concerned. */
export function gatewayRouting({ routeKind, mirrors }: GatewayOptions): Routing<HttpRoute> {
  const kind: ObjectKind<HttpRoute> = routeKind === 'GRPCRoute' ? kinds.grpcRoute : kinds.httpRoute;
  return {
    kind,
    refuses({ mirror }) {
      if (mirror === undefined || mirrors === 'percent') return null;
      if (mirrors === undefined)
        return 'router.mirrors does not say that its gateway copies requests';
      return mirror === 100 ? null : 'its gateway copies all requests or none';
    },
    beside: () => [],
    write({ route }, noted, next, backends) {
      const present = route.spec.rules ?? [];
      const rules = mergeRules(present, noted, next, backends, mirrors === 'percent');
      return { route: isDeepStrictEqual(rules, present) ? null : { spec: { rules } }, beside: [] };
    },
    read: ({ route }, noted, backends) => readRules(route.spec.rules ?? [], noted, backends),
    pending: routePending,
  };
}

/**
 * What stands between the route as written and the gateways; null when all of them have taken it.
 * `gives` is for splits that give a candidate traffic: a foreign rule of the route that leads nowhere must not
 * keep traffic from being taken back.
 * @example 'Gateway public has not seen it yet', 'Gateway public refuses it: BackendNotFound: …'
 */
export function routePending(route: HttpRoute, gives: boolean): string | null {
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
        if (condition?.status !== 'True' && (gives || type === 'Accepted')) {
          return `Gateway ${name} refuses it: ${condition?.reason}: ${condition?.message}`;
        }
      }
    }
  }
  return null;
}
