/** Writes a split into the rules of a VirtualService and reads it back; rules that are not of the target stay as they are. */
import { Failure } from '../../../domain/failures.js';
import type { HeaderRoute, Split } from '../../../domain/rollout/split.js';
import type { MeshDestination, MeshMirror, MeshRule } from './route-kinds.js';
import { type Backends, percent } from './routing.js';

/**
 * The Service that a host of the mesh stands for, in the forms in which one of this namespace is written.
 * @example 'checkout', 'checkout.shop.svc.cluster.local'
 */
function serviceOf(host: string, namespace = ''): string | null {
  const [name = '', place, svc] = host.split('.');
  if (place === undefined) return name;
  return place === namespace && (svc === undefined || svc === 'svc') ? name : null;
}

/** The host in the same form with another Service; null when it stands for none of the target's. */
export function withHost(
  host: string,
  service: string,
  backends: Backends,
  namespace?: string,
): string | null {
  const name = serviceOf(host, namespace);
  if (name === null || !(name === backends.original || backends.isOurs(name))) return null;
  return `${service}${host.slice(name.length)}`;
}

export function isOwned({ route = [] }: MeshRule, backends: Backends, namespace?: string): boolean {
  const isOurs = ({ destination: { host, subset } }: MeshDestination) =>
    subset === undefined && withHost(host, '', backends, namespace) !== null;
  return route.length > 0 && route.every(isOurs);
}

/** A rule that was put before another one for testers: unlike the rules that share, it has one destination. */
function isForTesters({ match = [], route }: MeshRule, headerRoute: HeaderRoute | null): boolean {
  if (headerRoute === null || match.length === 0 || route?.length !== 1) return false;
  const name = headerRoute.header.toLowerCase();
  return match.every(({ headers }) => headers?.[name]?.exact === headerRoute.value);
}

/** One that copies to a revision: mirrors that people wrote lead elsewhere. */
function isOurMirror({ destination }: MeshMirror, backends: Backends, namespace?: string): boolean {
  const name = serviceOf(destination.host, namespace);
  return name !== null && name !== backends.original && backends.isOurs(name);
}

function withoutMirror(rule: MeshRule, backends: Backends, namespace?: string): MeshRule {
  const { mirrors = [], ...rest } = rule;
  const kept = mirrors.filter((mirror) => !isOurMirror(mirror, backends, namespace));
  if (kept.length === mirrors.length) return rule;
  return kept.length === 0 ? rest : { ...rest, mirrors: kept };
}

/** @throws InvalidInput where the rule's own mirror is written in the form that takes no other beside it */
function mirrorsOf(
  { name, mirror, mirrors = [] }: MeshRule,
  { destination }: MeshDestination,
  share: number,
): readonly MeshMirror[] {
  if (mirror === undefined) return [...mirrors, { destination, percentage: { value: share } }];
  throw new Failure('InvalidInput', 'a rule of the route has a mirror that stands alone', {
    where: `VirtualService spec.http ${name ?? ''}`.trim(),
    seen: 'mirror',
    limit: 'mirrors',
    next: 'write it as an entry of mirrors, or leave the mirror step out',
  });
}

/**
 * @param noted the split that was written last: tells which of the target's rules are for testers
 * @throws InvalidInput for testers of a rule that matches their header already, and for copies beside a `mirror`
 */
export function mergeMeshRules(
  rules: readonly MeshRule[],
  noted: Split,
  next: Split,
  backends: Backends,
  namespace?: string,
): readonly MeshRule[] {
  return rules.flatMap((present): readonly MeshRule[] => {
    if (!isOwned(present, backends, namespace)) return [present];
    if (isForTesters(present, noted.headerRoute)) return [];
    const rule = withoutMirror(present, backends, namespace);
    const [first] = rule.route as readonly [MeshDestination, ...MeshDestination[]];
    const to = (service: string, weight: number): MeshDestination => {
      const host = withHost(first.destination.host, service, backends, namespace) ?? service;
      return { ...first, destination: { ...first.destination, host }, weight };
    };
    const stable = next.stable === null ? backends.original : backends.serviceOf(next.stable);
    if (next.candidate === null) return [{ ...rule, route: [to(stable, 100)] }];
    const candidate = backends.serviceOf(next.candidate);
    const route = [to(stable, 100 - next.weight), to(candidate, next.weight)];
    const { headerRoute, mirror } = next;
    const copied = mirror !== undefined && { mirrors: mirrorsOf(rule, to(candidate, 0), mirror) };
    const shared = { ...rule, route, ...copied };
    if (headerRoute === null) return [shared];
    return [testersRule(rule, headerRoute, to(candidate, 100)), shared];
  });
}

function testersRule(
  rule: MeshRule,
  { header, value }: HeaderRoute,
  destination: MeshDestination,
): MeshRule {
  // The mesh matches header names in lower case only.
  const name = header.toLowerCase();
  const { name: _, match = [{}], ...unnamed } = rule;
  return {
    ...unnamed,
    match: match.map((one) => {
      if (one.headers?.[name] === undefined) {
        return { ...one, headers: { ...one.headers, [name]: { exact: value } } };
      }
      throw new Failure('InvalidInput', `a rule of the route matches the header ${name} itself`, {
        where: `VirtualService spec.http ${rule.name ?? ''}`.trim(),
        next: 'tell testers by another header',
      });
    }),
    route: [destination],
  };
}

/** What the rules do, whoever wrote them last; `noted` says who is stable and who candidate. */
export function readMeshRules(
  rules: readonly MeshRule[],
  noted: Split,
  backends: Backends,
  namespace?: string,
): Split {
  const owned = rules.filter((rule) => isOwned(rule, backends, namespace));
  const shared = owned.find((rule) => !isForTesters(rule, noted.headerRoute));
  const destinations = shared?.route ?? [];
  const to = (revision: string | null) =>
    revision === null
      ? undefined
      : destinations.find(
          ({ destination }) =>
            serviceOf(destination.host, namespace) === backends.serviceOf(revision),
        );
  const weightOf = ({ weight = destinations.length === 1 ? 100 : 0 }: MeshDestination) => weight;
  const candidate = to(noted.candidate);
  const total = destinations.reduce((sum, one) => sum + weightOf(one), 0);
  const forTesters = owned.some((rule) => isForTesters(rule, noted.headerRoute));
  const ours = shared?.mirrors?.find((mirror) => isOurMirror(mirror, backends, namespace));
  return {
    stable: to(noted.stable) === undefined ? null : noted.stable,
    candidate: candidate === undefined ? null : noted.candidate,
    weight: candidate === undefined || total === 0 ? 0 : percent(weightOf(candidate), total),
    headerRoute: forTesters ? noted.headerRoute : null,
    ...(ours !== undefined && { mirror: ours.percentage?.value ?? 100 }),
  };
}
