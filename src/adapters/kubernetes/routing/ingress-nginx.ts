/**
 * ingress-nginx: the Ingress of the target sends to stable, and a second one beside it, `<name>-canary`, takes the
 * candidate's share by annotations. The controller sees both in the order in which they are written. The Ingress is
 * written first: until the second follows, traffic goes to stable of the new split and the candidate of the old one
 * (or all to stable where they are the same), so never to what is in neither. Only a canary that a writer left behind
 * when it died, and that the first hides by sending to the same Service, goes before. Without a share the second one is
 * gone, which also moves sessions that are bound to the candidate.
 */
import { Failure } from '../../../domain/failures.js';
import type { Split } from '../../../domain/rollout/split.js';
import { annotations } from '../names.js';
import { backendsIn, changePaths, noBackend, ownedBy } from './ingress-backends.js';
import { mergePatch } from './merge-patch.js';
import { type Ingress, type IngressBackend, routeKinds } from './route-kinds.js';
import { type Backends, type BesideChange, noCopies, percent, type Routing } from './routing.js';
import { ownerReference, splitNotedOn } from './write-beside.js';

const prefix = 'nginx.ingress.kubernetes.io/';
const canary = `${prefix}canary`;
const weightName = `${canary}-weight`;
const totalName = `${canary}-weight-total`;
const headerName = `${canary}-by-header`;
const valueName = `${canary}-by-header-value`;

/** What the controller reads on a canary beside `canary-*`; all else it takes from the Ingress before it. */
const shared = new RegExp(
  `^${prefix}(affinity.*|session-cookie-.*|load-balance|upstream-hash-by.*)$`,
);
const className = 'kubernetes.io/ingress.class';

/** What the controller accepts in these annotations. */
const plainText = /^[-._~a-zA-Z0-9/:]+$/;

export const ingressNginxRouting: Routing<Ingress> = {
  kind: routeKinds.ingress,

  refuses({ headerRoute, mirror }) {
    // Its mirror-target knows no share, and copies to a Service are counted nowhere.
    if (mirror !== undefined) return noCopies;
    if (headerRoute === null) return null;
    const isPlain = plainText.test(headerRoute.header) && plainText.test(headerRoute.value);
    return isPlain ? null : 'ingress-nginx matches letters, digits and -._~/: in headers only';
  },

  beside: ({ metadata }) => [{ kind: routeKinds.ingress, name: `${metadata.name}-canary` }],

  write({ route, beside: [there = null] }, _noted, next, backends) {
    return {
      route: stablePatch(route, next, backends),
      beside: [canaryChange(route, there as Ingress | null, next, backends)],
    };
  },

  read({ route, beside: [there = null] }, noted, backends) {
    const [first] = backendsIn(route.spec, ownedBy(backends));
    const service = first?.service?.name;
    const { stable, candidate } = noted;
    const isStable = stable !== null && service === backends.serviceOf(stable);
    // Only somebody else would turn the paths to the candidate.
    const isTurned = candidate !== null && service === backends.serviceOf(candidate);
    const weight = isTurned ? 100 : 0;
    const main = { candidate, stable: isStable ? stable : null, weight, headerRoute: null };
    return withCanary(main, there as Ingress | null, backends, service);
  },

  pending: () => null,
};

function sendsTo(backend: IngressBackend, name: string): IngressBackend {
  return backend.service === undefined ? backend : { service: { ...backend.service, name } };
}

function stableOf({ stable }: Split, backends: Backends): string {
  return stable === null ? backends.original : backends.serviceOf(stable);
}

/** @throws InvalidInput when no path is the target's */
function stablePatch({ spec }: Ingress, next: Split, backends: Backends): object | null {
  const isOwned = ownedBy(backends);
  if (backendsIn(spec, isOwned).length === 0) throw noBackend(backends);
  const wanted = sendAll(spec, isOwned, stableOf(next, backends));
  const patch = mergePatch(spec, wanted);
  return Object.keys(patch).length === 0 ? null : { spec: patch };
}

function sendAll(
  { rules, defaultBackend, ...rest }: Ingress['spec'],
  isOwned: (service: string) => boolean,
  name: string,
): Ingress['spec'] {
  const turn = (backend: IngressBackend) =>
    backend.service !== undefined && isOwned(backend.service.name)
      ? sendsTo(backend, name)
      : backend;
  const turned = changePaths(rules, (path) => [{ ...path, backend: turn(path.backend) }]);
  return {
    ...rest,
    ...(defaultBackend === undefined ? {} : { defaultBackend: turn(defaultBackend) }),
    ...(turned === undefined ? {} : { rules: turned }),
  };
}

/** @throws PolicyDenied when the place of the canary is taken */
function canaryChange(
  route: Ingress,
  there: Ingress | null,
  next: Split,
  backends: Backends,
): BesideChange {
  const isOurs = there?.metadata.annotations?.[annotations.target] !== undefined;
  if (there !== null && isOurs && isUncovered(there, route, next, backends)) {
    return { kind: 'remove', first: true };
  }
  if (next.candidate === null || (next.weight === 0 && next.headerRoute === null)) {
    return { kind: 'remove' };
  }
  if (there !== null && !isOurs) {
    throw new Failure('PolicyDenied', `Ingress ${there.metadata.name} is not ours`, {
      where: `Ingress ${there.metadata.name}`,
      next: 'rename it: one canary Ingress of a rule is all that ingress-nginx goes by',
    });
  }
  const spec = canarySpec(route.spec, backends.serviceOf(next.candidate), backends);
  const noted = canaryNotes(route, next);
  if (there === null) return { kind: 'create', object: idleCanary(route, spec) };
  const isKept = ([key]: [string, string]) => !key.startsWith(prefix) && key !== className;
  const present = there.metadata.annotations ?? {};
  const others = Object.fromEntries(Object.entries(present).filter(isKept));
  const before = { metadata: { annotations: present }, spec: there.spec };
  const patch = mergePatch(before, { metadata: { annotations: { ...others, ...noted } }, spec });
  return { kind: 'patch', patch };
}

/**
 * Does it do nothing only as long as the route sends to its Service too? One without a share counts: a late writer may
 * still give it one.
 */
function isUncovered(there: Ingress, { spec }: Ingress, next: Split, backends: Backends): boolean {
  const hiding = backendsIn(spec, ownedBy(backends))[0]?.service?.name;
  const isHidden = backendsIn(there.spec, (service) => service === hiding).length > 0;
  return isHidden && hiding !== stableOf(next, backends);
}

/** Only the paths of the target. */
function canarySpec(spec: Ingress['spec'], service: string, backends: Backends): Ingress['spec'] {
  const isOwned = ownedBy(backends);
  const { ingressClassName, defaultBackend } = spec;
  const hasDefault = backendsIn({ ...spec, rules: [] }, isOwned).length > 0;
  const rules = changePaths(spec.rules, (path) =>
    backendsIn({ defaultBackend: path.backend }, isOwned).map((backend) => {
      return { ...path, backend: sendsTo(backend, service) };
    }),
  );
  const some = rules?.filter(({ http }) => (http?.paths.length ?? 0) > 0) ?? [];
  return {
    ...(ingressClassName === undefined ? {} : { ingressClassName }),
    ...(hasDefault && defaultBackend ? { defaultBackend: sendsTo(defaultBackend, service) } : {}),
    ...(some.length === 0 ? {} : { rules: some }),
  };
}

function canaryNotes(
  { metadata }: Ingress,
  { weight, headerRoute }: Split,
): Readonly<Record<string, string>> {
  const present = Object.entries(metadata.annotations ?? {});
  const inherited = present.filter(([key]) => shared.test(key) || key === className);
  return {
    ...Object.fromEntries(inherited),
    [canary]: 'true',
    [weightName]: String(weight),
    ...(headerRoute && { [headerName]: headerRoute.header, [valueName]: headerRoute.value }),
  };
}

/** Goes with its Ingress, and takes no traffic yet. */
function idleCanary(route: Ingress, spec: Ingress['spec']): Ingress {
  const { apiVersion, kind } = routeKinds.ingress;
  const idle = canaryNotes(route, { stable: null, candidate: null, weight: 0, headerRoute: null });
  const metadata = {
    name: `${route.metadata.name}-canary`,
    annotations: idle,
    ownerReferences: [ownerReference(route)],
  };
  return { apiVersion, kind, metadata, spec };
}

/** Where the canary is what its own note says, it does what its annotations say. */
function withCanary(
  main: Split,
  there: Ingress | null,
  backends: Backends,
  stableService: string | undefined,
): Split {
  const noted = splitNotedOn(there)?.candidate ?? null;
  const present = there?.metadata.annotations ?? {};
  if (there === null || noted === null || present[canary] !== 'true') return main;
  const service = backends.serviceOf(noted);
  const isCandidate = backendsIn(there.spec, (name) => name === service).length > 0;
  // The controller does not merge a canary into itself.
  if (!isCandidate || service === stableService) return main;
  const total = Math.max(100, Number(present[totalName] ?? 100));
  const weight = percent(Math.min(total, Number(present[weightName] ?? 0)), total);
  const { [headerName]: header, [valueName]: value } = present;
  const headerRoute = header === undefined || value === undefined ? null : { header, value };
  // One that does nothing says nothing: a writer died before it gave it a share.
  if (weight === 0 && headerRoute === null) return main;
  return { stable: main.stable, candidate: noted, weight, headerRoute };
}
