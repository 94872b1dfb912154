/** Writes a split into the rules of an HTTPRoute and reads it back; rules that are not of the target stay as they are. */
import { Failure } from '../../../domain/failures.js';
import type { Split } from '../../../domain/rollout/split.js';
import type { BackendRef, HeaderMatch, RouteFilter, RouteMatch, RouteRule } from '../objects.js';
import { type Backends, percent } from './routing.js';

const anyPath: RouteMatch = {};

function namesService(ref: BackendRef, is: (service: string) => boolean): boolean {
  return (ref.kind ?? 'Service') === 'Service' && !ref.group && !ref.namespace && is(ref.name);
}

function isOwned(rule: RouteRule, backends: Backends): boolean {
  const refs = rule.backendRefs ?? [];
  const ours = (service: string) => service === backends.original || backends.isOurs(service);
  return refs.length > 0 && refs.every((ref) => namesService(ref, ours));
}

function isHeader(match: HeaderMatch, { header, value }: NonNullable<Split['headerRoute']>) {
  const exact = (match.type ?? 'Exact') === 'Exact';
  return exact && match.name.toLowerCase() === header.toLowerCase() && match.value === value;
}

/** A rule that was put before another one for testers. */
function isForTesters(rule: RouteRule, headerRoute: Split['headerRoute']): boolean {
  const matches = rule.matches ?? [];
  if (headerRoute === null || matches.length === 0) return false;
  return matches.every(({ headers = [] }) => headers.some((one) => isHeader(one, headerRoute)));
}

const mirrorType = 'RequestMirror';

/** A filter that copies to a revision: mirrors that people wrote lead elsewhere. */
function isOurMirror({ type, requestMirror }: RouteFilter, { isOurs, original }: Backends) {
  const service = requestMirror?.backendRef.name;
  return type === mirrorType && service !== undefined && service !== original && isOurs(service);
}

function withoutMirror(rule: RouteRule, backends: Backends): RouteRule {
  const { filters = [], ...rest } = rule;
  const kept = filters.filter((filter) => !isOurMirror(filter, backends));
  if (kept.length === filters.length) return rule;
  return kept.length === 0 ? rest : { ...rest, filters: kept };
}

/** @param percent unless all are copied, the share; where it is not known, nothing is said of it */
function mirrorTo(
  { group, kind, namespace, port }: BackendRef,
  name: string,
  percent: number | null,
): RouteFilter {
  const backendRef = {
    ...(group !== undefined && { group }),
    ...(kind !== undefined && { kind }),
    name,
    ...(namespace !== undefined && { namespace }),
    ...(port !== undefined && { port }),
  };
  return {
    requestMirror: { backendRef, ...(percent !== null && { percent }) },
    type: mirrorType,
  };
}

/**
 * @param noted the split that was written last: tells which of the target's rules are for testers
 * @throws InvalidInput when no rule is the target's
 */
export function mergeRules(
  rules: readonly RouteRule[],
  noted: Split,
  next: Split,
  backends: Backends,
  knowsPercent = true,
): readonly RouteRule[] {
  let owned = 0;
  const merged = rules.flatMap((present): readonly RouteRule[] => {
    if (!isOwned(present, backends)) return [present];
    if (isForTesters(present, noted.headerRoute)) return [];
    const rule = withoutMirror(present, backends);
    owned += 1;
    const [first] = rule.backendRefs as readonly [BackendRef, ...BackendRef[]];
    const refTo = (name: string, weight: number): BackendRef => {
      return { ...first, name, weight };
    };
    const stable = next.stable === null ? backends.original : backends.serviceOf(next.stable);
    if (next.candidate === null) return [{ ...rule, backendRefs: [refTo(stable, 100)] }];
    const candidate = backends.serviceOf(next.candidate);
    const { headerRoute, mirror } = next;
    const share = knowsPercent ? (mirror ?? null) : null;
    const shared = {
      ...rule,
      backendRefs: [refTo(stable, 100 - next.weight), refTo(candidate, next.weight)],
      ...(mirror !== undefined && {
        filters: [...(rule.filters ?? []), mirrorTo(first, candidate, share)],
      }),
    };
    if (headerRoute === null) return [shared];
    const tester: HeaderMatch = {
      type: 'Exact',
      name: headerRoute.header,
      value: headerRoute.value,
    };
    // Names of rules are unique in a route.
    const { name: _, ...unnamed } = rule;
    const forTesters = {
      ...unnamed,
      matches: (rule.matches ?? [anyPath]).map((match) => {
        return { ...match, headers: [...(match.headers ?? []), tester] };
      }),
      backendRefs: [refTo(candidate, 1)],
    };
    return [forTesters, shared];
  });
  if (owned > 0) return merged;
  throw new Failure('InvalidInput', `no rule of the route sends to Service ${backends.original}`, {
    where: 'HTTPRoute spec.rules',
    next: `add a rule with the backendRef ${backends.original}, or name another router.backend`,
  });
}

/** What the rules do, whoever wrote them last; `noted` says who is stable and who candidate. */
export function readRules(rules: readonly RouteRule[], noted: Split, backends: Backends): Split {
  const owned = rules.filter((rule) => isOwned(rule, backends));
  const shared = owned.find((rule) => !isForTesters(rule, noted.headerRoute));
  const refs = shared?.backendRefs ?? [];
  const refTo = (revision: string | null) =>
    revision === null ? undefined : refs.find(({ name }) => name === backends.serviceOf(revision));
  const stable = refTo(noted.stable);
  const candidate = refTo(noted.candidate);
  const total = refs.reduce((sum, ref) => sum + (ref.weight ?? 1), 0);
  const forTesters = owned.some((rule) => isForTesters(rule, noted.headerRoute));
  const ours = shared?.filters?.find((filter) => isOurMirror(filter, backends))?.requestMirror;
  return {
    stable: stable === undefined ? null : noted.stable,
    candidate: candidate === undefined ? null : noted.candidate,
    weight: candidate === undefined || total === 0 ? 0 : percent(candidate.weight ?? 1, total),
    headerRoute: forTesters ? noted.headerRoute : null,
    ...(ours !== undefined && { mirror: ours.percent ?? 100 }),
  };
}
