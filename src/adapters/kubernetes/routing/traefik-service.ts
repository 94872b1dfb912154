/**
 * Traefik: the weighted services of a TraefikService. It cannot tell testers: for them the IngressRoute that leads to it
 * gets a rule beside the one that does, with a header and the next higher priority. While requests are copied, all weight
 * is on a TraefikService beside it that mirrors (see traefik-mirrors.ts).
 */
import { Failure } from '../../../domain/failures.js';
import { emptySplit, type Split } from '../../../domain/rollout/split.js';
import type { KubernetesObject } from '../objects.js';
import { mergePatch } from './merge-patch.js';
import {
  type IngressRoute,
  routeKinds,
  type TraefikBackend,
  type TraefikService,
} from './route-kinds.js';
import { type Backends, type BesideChange, percent, type Routing } from './routing.js';
import {
  behindMirror,
  isMirror,
  mirrorChanges,
  mirrorName,
  mirrorRefs,
  readMirror,
  throughMirror,
} from './traefik-mirrors.js';
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

    beside(_route, noted, next, backends) {
      const mirrors = mirrorRefs(noted, next, backends);
      if (ingressRoute === undefined) return mirrors;
      return [{ kind: routeKinds.ingressRoute, name: backends.place(ingressRoute) }, ...mirrors];
    },

    write({ route, beside }, noted, next, backends) {
      const { leading, mirrors } = partsOf(beside);
      const patch = weightsPatch(route, next, backends);
      const [first] = route.spec.weighted?.services ?? [];
      const refs = mirrorRefs(noted, next, backends);
      const shared = first ?? { name: backends.original };
      const changes = mirrorChanges(refs, mirrors, shared, next, backends);
      const testers =
        ingressRoute === undefined ? [] : [testersChange(route, leading, next, backends)];
      return { route: patch, beside: [...testers, ...changes] };
    },

    read({ route, beside }, noted, backends) {
      const { leading: there, mirrors } = partsOf(beside);
      const shared = readWeights(route, noted, mirrors[0], backends);
      const before = splitNotedOn(there);
      const rules = there?.spec.routes ?? [];
      if (before === null || findTesters(rules, before, backends).length === 0) return shared;
      const { candidate, headerRoute } = before;
      if (shared.candidate === null || shared.candidate === candidate) {
        return { ...shared, candidate, headerRoute };
      }
      // Testers of another candidate: what is written half is never read as if it were whole, so no split that may be
      // wanted equals it.
      const header = `${headerRoute?.header} of ${candidate}`;
      return { ...shared, headerRoute: headerRoute && { ...headerRoute, header } };
    },

    pending: () => null,
  };

  function partsOf(beside: readonly (KubernetesObject | null)[]) {
    const count = ingressRoute === undefined ? 0 : 1;
    return {
      leading: count === 0 ? null : ((beside[0] ?? null) as IngressRoute | null),
      mirrors: beside.slice(count) as readonly (TraefikService | null)[],
    };
  }
}

function isOwned({ kind, name, namespace }: TraefikBackend, backends: Backends, own?: string) {
  const isHere = namespace === undefined || namespace === own;
  if (!isHere) return false;
  return kind === 'TraefikService'
    ? isMirror(name, backends)
    : name === backends.original || backends.isOurs(name);
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
  const service = behindMirror(first);
  const to = (name: string, weight: number): TraefikBackend => ({ ...service, name, weight });
  const stable = next.stable === null ? original : backends.serviceOf(next.stable);
  const mirror = mirrorName(next, backends);
  const services = [mirror === null ? to(stable, 100 - next.weight) : throughMirror(first, mirror)];
  if (next.candidate !== null && mirror === null)
    services.push(to(backends.serviceOf(next.candidate), next.weight));
  const patch = mergePatch(spec, { ...spec, weighted: { ...spec.weighted, services } });
  return Object.keys(patch).length === 0 ? null : { spec: patch };
}

function readWeights(
  { spec }: TraefikService,
  noted: Split,
  mirroring: TraefikService | null | undefined,
  backends: Backends,
): Split {
  const services = spec.weighted?.services ?? [];
  const through = mirrorName(noted, backends);
  if (through !== null && services.some(({ name }) => name === through)) {
    const mirror = readMirror(mirroring, noted, backends);
    // Without what it leads to there is no split that is whole.
    return mirror === null ? emptySplit : { ...noted, weight: 0, headerRoute: null, mirror };
  }
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
  const { weight: _, ...service } = behindMirror(first ?? { name: backends.original });
  const rules = there.spec.routes ?? [];
  const route = { name: metadata.name, namespace: metadata.namespace };
  const routes = mergeTesters(rules, before, next, backends, { route, service });
  const patch = mergePatch({ routes: rules }, { routes });
  return { kind: 'patch', patch: Object.keys(patch).length === 0 ? {} : { spec: patch } };
}
