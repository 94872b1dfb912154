/**
 * Istio: the weights of a VirtualService, testers by a rule before it, and beside it a copy of the DestinationRule that
 * the Service had, for the Service of each revision, so that its connection settings hold for them too.
 */
import { Failure } from '../../../domain/failures.js';
import type { Split } from '../../../domain/rollout/split.js';
import { annotations } from '../names.js';
import { kinds, type KubernetesObject } from '../objects.js';
import { mergePatch } from './merge-patch.js';
import { isOwned, mergeMeshRules, readMeshRules, withHost } from './mesh-rules.js';
import {
  type DestinationRule,
  type MeshRule,
  routeKinds,
  type VirtualService,
} from './route-kinds.js';
import type { Backends, BesideChange, Held, Routing } from './routing.js';

export interface IstioOptions {
  /** Name of the DestinationRule that the Service has; without it none is copied. Placeholders are filled in. */
  readonly destinationRule?: string | undefined;
  /** istiod writes the status of VirtualServices: wait for it. */
  readonly awaitStatus?: boolean | undefined;
}

const lists = ['http', 'tls', 'tcp'] as const;

export function istioRouting(options: IstioOptions): Routing<VirtualService> {
  const { destinationRule, awaitStatus = false } = options;
  return {
    kind: routeKinds.virtualService,
    refuses: () => null,

    beside(_route, noted, next, backends) {
      if (destinationRule === undefined) return [];
      const source = { kind: routeKinds.destinationRule, name: backends.place(destinationRule) };
      const copies = revisionsOf(noted, next).map((revision) => {
        return { kind: routeKinds.destinationRule, name: backends.serviceOf(revision) };
      });
      return [source, ...copies];
    },

    write(held, noted, next, backends) {
      return {
        route: writeRules(held.route, noted, next, backends),
        beside: destinationRule === undefined ? [] : copyRules(held, noted, next, backends),
      };
    },

    read: ({ route }, noted, backends) =>
      readMeshRules(
        lists.flatMap((list) => route.spec[list] ?? []),
        noted,
        backends,
        route.metadata.namespace,
      ),

    pending: (route) => (awaitStatus ? meshPending(route) : null),
  };
}

function revisionsOf(...splits: readonly Split[]): readonly string[] {
  const names = splits.flatMap(({ stable, candidate }) => [stable, candidate]);
  return [...new Set(names.filter((name) => name !== null))];
}

/** @throws InvalidInput when no rule is the target's */
function writeRules(
  { metadata, spec }: VirtualService,
  noted: Split,
  next: Split,
  backends: Backends,
): object | null {
  const { namespace } = metadata;
  const merged = lists.map((list): readonly [string, readonly MeshRule[]] => {
    // Connections have no headers, nor copies.
    const { mirror: _, ...bare } = { ...next, headerRoute: null };
    const rules = spec[list] ?? [];
    const wanted = list === 'http' ? next : bare;
    return [list, mergeMeshRules(rules, noted, wanted, backends, namespace)];
  });
  const owned = lists.filter((list) =>
    spec[list]?.some((rule) => isOwned(rule, backends, namespace)),
  );
  if (owned.length === 0) throw noPlace(spec, backends);
  const step = next.headerRoute === null ? 'mirror' : 'headerRoute';
  const needsHttp = next.headerRoute !== null || next.mirror !== undefined;
  if (needsHttp && !owned.includes('http')) {
    const does = step === 'mirror' ? 'copy requests' : 'tell testers by a header';
    throw new Failure('InvalidInput', `only http rules can ${does}`, {
      where: `VirtualService spec.${owned.join(', ')}`,
      next: `route the Service ${backends.original} by http, or leave ${step} out`,
    });
  }
  const present = Object.fromEntries(merged.map(([list]) => [list, spec[list as 'http'] ?? []]));
  const patch = mergePatch(present, Object.fromEntries(merged));
  return Object.keys(patch).length === 0 ? null : { spec: patch };
}

function noPlace(spec: VirtualService['spec'], { original }: Backends): Failure {
  const all = lists.flatMap((list) => spec[list] ?? []).flatMap(({ route = [] }) => route);
  const subset = all.find(
    ({ destination }) => destination.subset !== undefined && destination.host.startsWith(original),
  )?.destination.subset;
  const where = 'VirtualService spec.http';
  if (subset === undefined) {
    return new Failure('InvalidInput', `no rule of the route sends to Service ${original}`, {
      where,
      next: `add a rule with the destination ${original}, or name another router.backend`,
    });
  }
  return new Failure('InvalidInput', `the route divides ${original} by subsets`, {
    where,
    seen: `subset ${subset}`,
    next: 'let the destination name the host alone: every revision has a Service of its own',
  });
}

/** What the DestinationRule of the Service says, said of the Service of a revision. */
function copyRules(
  { route, beside }: Held<VirtualService>,
  noted: Split,
  next: Split,
  backends: Backends,
): readonly BesideChange[] {
  const source = (beside[0] ?? null) as DestinationRule | null;
  const present = revisionsOf(noted);
  const staying = revisionsOf(next);
  const changes = revisionsOf(noted, next).map((revision, n): BesideChange => {
    const there = (beside[n + 1] ?? null) as DestinationRule | null;
    if (there !== null && isForeign(there)) return { kind: 'leave' };
    if (source === null || !staying.includes(revision)) return { kind: 'remove' };
    const name = backends.serviceOf(revision);
    const { subsets: _, ...settings } = source.spec;
    const host = withHost(settings.host, name, backends, route.metadata.namespace);
    const spec = { ...settings, host: host ?? name };
    if (there === null) {
      const { apiVersion, kind } = routeKinds.destinationRule;
      const object: DestinationRule = { apiVersion, kind, metadata: { name }, spec };
      const owner = { kind: kinds.service, name };
      return { kind: 'create', object, owner, first: !present.includes(revision) };
    }
    const patch = mergePatch(there.spec, spec);
    return { kind: 'patch', patch: Object.keys(patch).length === 0 ? {} : { spec: patch } };
  });
  return [{ kind: 'leave' }, ...changes];
}

function isForeign({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[annotations.target] === undefined;
}

function meshPending({ metadata, status }: VirtualService): string | null {
  const told = status?.conditions?.find(({ type }) => type === 'Reconciled');
  if (Number(told?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return 'istiod has not seen it yet';
  }
  if (told?.status === 'True') return null;
  return `not every proxy has it: ${told?.message ?? told?.reason ?? 'istiod does not say why'}`;
}
