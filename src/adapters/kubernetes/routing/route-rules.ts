/** Writes a split into the rules of an HTTPRoute and reads it back; rules that are not of the target stay as they are. */
import { Failure } from '../../../domain/failures.js';
import type { Split } from '../../../domain/rollout/split.js';
import type { BackendRef, HeaderMatch, RouteMatch, RouteRule } from '../objects.js';
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

/**
 * @param noted the split that was written last: tells which of the target's rules are for testers
 * @throws InvalidInput when no rule is the target's
 */
export function mergeRules(
  rules: readonly RouteRule[],
  noted: Split,
  next: Split,
  backends: Backends,
): readonly RouteRule[] {
  let owned = 0;
  const merged = rules.flatMap((rule): readonly RouteRule[] => {
    if (!isOwned(rule, backends)) return [rule];
    if (isForTesters(rule, noted.headerRoute)) return [];
    owned += 1;
    const [first] = rule.backendRefs as readonly [BackendRef, ...BackendRef[]];
    const refTo = (name: string, weight: number): BackendRef => {
      return { ...first, name, weight };
    };
    const stable = next.stable === null ? backends.original : backends.serviceOf(next.stable);
    const shared = { ...rule, backendRefs: [refTo(stable, 100 - next.weight)] };
    if (next.candidate === null) return [shared];
    const candidate = backends.serviceOf(next.candidate);
    shared.backendRefs.push(refTo(candidate, next.weight));
    const { headerRoute } = next;
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
  return {
    stable: stable === undefined ? null : noted.stable,
    candidate: candidate === undefined ? null : noted.candidate,
    weight: candidate === undefined || total === 0 ? 0 : percent(candidate.weight ?? 1, total),
    headerRoute: forTesters ? noted.headerRoute : null,
  };
}
