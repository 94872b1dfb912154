/**
 * Traefik: the weighted services of a TraefikService. It cannot tell testers: for them the IngressRoute that leads to it
 * gets a rule beside the one that does, with a header and the next higher priority.
 */
import { Failure } from '../../../domain/failures.js';
import type { Split } from '../../../domain/rollout/split.js';
import { mergePatch } from './merge-patch.js';
import {
  type IngressRoute,
  routeKinds,
  type TraefikBackend,
  type TraefikService,
} from './route-kinds.js';
import { type Backends, type BesideChange, percent, type Routing } from './routing.js';
import { findTesters, mergeTesters } from './traefik-testers.js';
import { splitNotedOn } from './write-beside.js';

export interface TraefikOptions {
  /** Name of the IngressRoute whose rules lead to the TraefikService; without it there are no testers. */
  readonly ingressRoute?: string | undefined;
}

export function traefikRouting({ ingressRoute }: TraefikOptions): Routing<TraefikService> {
  return {
    kind: routeKinds.traefikService,

    refuses({ headerRoute }) {
      if (headerRoute === null) return null;
      if (ingressRoute === undefined) {
        return 'it cannot tell testers by a header: name its IngressRoute as router.ingressRoute';
      }
      const { header, value } = headerRoute;
      return /`/.test(header + value) ? 'a header in a rule of Traefik has no backticks' : null;
    },

    beside: (_route, _noted, _next, backends) =>
      ingressRoute === undefined
        ? []
        : [{ kind: routeKinds.ingressRoute, name: backends.place(ingressRoute) }],

    write({ route, beside: [there = null] }, _noted, next, backends) {
      const changes =
        ingressRoute === undefined
          ? []
          : [testersChange(route, there as IngressRoute | null, next, backends)];
      return { route: weightsPatch(route, next, backends), beside: changes };
    },

    read({ route, beside: [there = null] }, noted, backends) {
      const shared = readWeights(route, noted, backends);
      const before = splitNotedOn(there);
      const rules = (there as IngressRoute | null)?.spec.routes ?? [];
      if (before === null || findTesters(rules, before, backends).length === 0) return shared;
      const { candidate, headerRoute } = before;
      if (shared.candidate === null || shared.candidate === candidate) {
        return { ...shared, candidate, headerRoute };
      }
      // Testers of another candidate: what is written half is never read as if it were whole.
      return { ...shared, headerRoute: noted.headerRoute === null ? headerRoute : null };
    },

    pending: () => null,
  };
}

function isOwned({ kind, name, namespace }: TraefikBackend, backends: Backends, own?: string) {
  const isHere = namespace === undefined || namespace === own;
  return (kind ?? 'Service') === 'Service' && isHere
    ? name === backends.original || backends.isOurs(name)
    : false;
}

/** @throws InvalidInput when it weighs anything but the target */
function weightsPatch(
  { metadata, spec }: TraefikService,
  next: Split,
  backends: Backends,
): object | null {
  const { original } = backends;
  const present = spec.weighted?.services ?? [];
  const [first] = present;
  const foreign = present.find((one) => !isOwned(one, backends, metadata.namespace));
  if (first === undefined || foreign !== undefined) {
    throw new Failure('InvalidInput', `the TraefikService does not weigh ${original} alone`, {
      where: `TraefikService ${metadata.name} spec.weighted.services`,
      ...(foreign === undefined ? {} : { seen: foreign.name }),
      next: `let it weigh ${original} alone, and weigh it itself where it is one of several`,
    });
  }
  const to = (name: string, weight: number): TraefikBackend => ({ ...first, name, weight });
  const stable = next.stable === null ? original : backends.serviceOf(next.stable);
  const services = [to(stable, 100 - next.weight)];
  if (next.candidate !== null) services.push(to(backends.serviceOf(next.candidate), next.weight));
  const patch = mergePatch(spec, { ...spec, weighted: { ...spec.weighted, services } });
  return Object.keys(patch).length === 0 ? null : { spec: patch };
}

function readWeights({ spec }: TraefikService, noted: Split, backends: Backends): Split {
  const services = spec.weighted?.services ?? [];
  const to = (revision: string | null) =>
    revision === null
      ? undefined
      : services.find(({ name }) => name === backends.serviceOf(revision));
  const candidate = to(noted.candidate);
  const total = services.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return {
    stable: to(noted.stable) === undefined ? null : noted.stable,
    candidate: candidate === undefined ? null : noted.candidate,
    weight: candidate === undefined || total === 0 ? 0 : percent(candidate.weight ?? 1, total),
    headerRoute: null,
  };
}

/** @throws InvalidInput when testers are wanted and the IngressRoute has no place for them */
function testersChange(
  { metadata, spec }: TraefikService,
  there: IngressRoute | null,
  next: Split,
  backends: Backends,
): BesideChange {
  if (there === null) {
    if (next.headerRoute === null) return { kind: 'remove' };
    throw new Failure('InvalidInput', 'there is no IngressRoute for testers', {
      where: 'router.ingressRoute',
      next: 'apply it, name another one, or leave headerRoute out',
    });
  }
  const before = splitNotedOn(there);
  const [first] = spec.weighted?.services ?? [];
  const { weight: _, ...service } = first ?? { name: backends.original };
  const rules = there.spec.routes ?? [];
  const route = { name: metadata.name, namespace: metadata.namespace };
  const routes = mergeTesters(rules, before, next, backends, { route, service });
  const patch = mergePatch({ routes: rules }, { routes });
  return { kind: 'patch', patch: Object.keys(patch).length === 0 ? {} : { spec: patch } };
}
