/** Rules for testers among those of an IngressRoute: put before what leads to a TraefikService, and taken out again. */
import { Failure } from '../../../domain/failures.js';
import type { HeaderRoute, Split } from '../../../domain/rollout/split.js';
import type { TraefikBackend, TraefikRule } from './route-kinds.js';
import type { Backends } from './routing.js';

interface Leading {
  /** The TraefikService. */
  readonly route: { readonly name: string; readonly namespace: string | undefined };
  /** What it weighs, without a weight: its port and scheme hold for testers too. */
  readonly service: TraefikBackend;
}

function condition({ header, value }: HeaderRoute): string {
  return ` && Header(\`${header}\`, \`${value}\`)`;
}

/** Rules that were put there for the split that is noted on the IngressRoute. */
export function findTesters(
  rules: readonly TraefikRule[],
  { candidate, headerRoute }: Split,
  backends: Backends,
): readonly TraefikRule[] {
  if (candidate === null || headerRoute === null) return [];
  const service = backends.serviceOf(candidate);
  return rules.filter(
    ({ match, services = [] }) =>
      match.endsWith(condition(headerRoute)) &&
      services.length === 1 &&
      services[0]?.name === service,
  );
}

function leadsTo({ services = [] }: TraefikRule, { route }: Leading): boolean {
  const [first] = services;
  const isHere = first?.namespace === undefined || first.namespace === route.namespace;
  return (
    services.length === 1 && isHere && first?.kind === 'TraefikService' && first.name === route.name
  );
}

/** Without one that is written it is the length of the rule, in bytes. */
function priorityOf({ match, priority = 0 }: TraefikRule): number {
  return priority === 0 ? Buffer.byteLength(match) : priority;
}

/**
 * @param before the split that is noted on the IngressRoute: tells which rules are for testers
 * @throws InvalidInput when testers are wanted, but no rule leads to the TraefikService or the order would be by chance
 */
export function mergeTesters(
  rules: readonly TraefikRule[],
  before: Split | null,
  { candidate, headerRoute }: Split,
  backends: Backends,
  leading: Leading,
): readonly TraefikRule[] {
  const old = before === null ? [] : findTesters(rules, before, backends);
  const kept = rules.filter((rule) => !old.includes(rule));
  if (candidate === null || headerRoute === null) return kept;
  const where = 'IngressRoute spec.routes';
  if (!kept.some((rule) => leadsTo(rule, leading))) {
    const message = `no rule leads to TraefikService ${leading.route.name} alone`;
    const next = 'let a rule name it as its only service, with kind: TraefikService';
    throw new Failure('InvalidInput', message, { where, next });
  }
  return kept.flatMap((rule): readonly TraefikRule[] => {
    if (!leadsTo(rule, leading)) return [rule];
    const priority = priorityOf(rule) + 1;
    const rival = kept.find((other) => priorityOf(other) === priority);
    if (rule.syntax === 'v2' || rival !== undefined) {
      throw new Failure('InvalidInput', 'testers have no place before a rule', {
        ...{ where, seen: rule.syntax === 'v2' ? 'syntax: v2' : `priority ${priority}` },
        limit: 'rules in the syntax of v3, with no other rule of the next higher priority',
        next: 'give the rules priorities with gaps between them',
      });
    }
    const services = [{ ...leading.service, name: backends.serviceOf(candidate) }];
    const match = `(${rule.match})${condition(headerRoute)}`;
    return [{ ...rule, match, priority, services }, rule];
  });
}
