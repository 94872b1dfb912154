/**
 * The route of a target: the object that divides its traffic, which also holds what was decided last. Split and fence
 * change in one write, and every other write passes here first, by the route's resource version.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { refuseStaleWrite } from '../../domain/rollout/accept-write.js';
import { type Fence, formatFence } from '../../domain/rollout/fence.js';
import { emptySplit, type Split } from '../../domain/rollout/split.js';
import type { Intent } from '../../ports/workload.js';
import type { Cluster } from './cluster.js';
import { annotations, objectName, place } from './names.js';
import type { KubernetesObject } from './objects.js';
import { unmark } from './unmark.js';
import { parseFence } from './parse-fence.js';
import type { Backends, BesideChange, BesideRef, Held, Routing } from './routing/routing.js';
import {
  type BesidePart,
  refuseOvertaken,
  takeBack,
  writeBeside,
  writeFirst,
} from './routing/write-beside.js';

/** Others (gateways, people) change the route too; each attempt decides anew. */
const attempts = 6;

export interface TargetRoute {
  /** Of the last accepted write of any kind. */
  readonly fence: Fence | null;
  /** False until a split was written. */
  readonly hasSplit: boolean;
  /** As the objects hold it now, whoever wrote them last. */
  readonly split: Split;
  /** What stands between it and the data plane; null when nothing does. */
  readonly pending: string | null;
}

export interface TargetRoutes {
  /** Of the objects that divide traffic, such as HTTPRoute. */
  readonly kind: string;
  nameOf(target: TargetKey): string;
  /** Pods of the target share its traffic by their number. */
  readonly sharesPods: boolean;
  /** Null when there is no such route. */
  read(target: TargetKey): Promise<TargetRoute | null>;
  /** As `write` would find it. @throws NotFound without a route; PolicyDenied when the route is another target's */
  find(target: TargetKey): Promise<TargetRoute>;
  /**
   * Writes fence and intent, and with them the split that `decide` makes of the route as it is; null leaves the split.
   * It may be asked again.
   * @throws StaleWrite; NotFound without a route; PolicyDenied when the route is another target's; Unavailable
   */
  write(
    target: TargetKey,
    intent: Intent,
    decide: (route: TargetRoute) => Promise<Split | null>,
  ): Promise<void>;
  /** Takes our notes from the route: it is nobody's then. */
  forget(target: TargetKey): Promise<void>;
}

export interface TargetRoutesOptions {
  readonly cluster: Cluster;
  readonly routing: Routing;
  /** Name of the target's route. */
  readonly routeName: (target: TargetKey) => string;
  /** Name of the Service that users of a target had before. */
  readonly backendName: (target: TargetKey) => string;
  /** Waits between two attempts; default: real time. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

interface Found extends TargetRoute {
  readonly held: Held<KubernetesObject>;
  /** Of what was found beside it. */
  readonly refs: readonly (BesideRef | null)[];
  readonly noted: Split;
}

export function createTargetRoutes(options: TargetRoutesOptions): TargetRoutes {
  const { cluster, routing, routeName, backendName, pause = sleep } = options;
  const whereOf = (target: TargetKey) =>
    `${routing.kind.kind} ${cluster.namespace}/${routeName(target)}`;

  async function find(target: TargetKey): Promise<Found | null> {
    const route = await cluster.read(routing.kind, routeName(target));
    if (route === null) return null;
    const notes = route.metadata.annotations ?? {};
    const noted = parseSplit(notes[annotations.split]);
    const backends = backendsOf(target, noted, noted, backendName(target));
    const refs = routing.beside(route, noted, noted, backends);
    const held = { route, beside: await readAll(refs) };
    const split = routing.read(held, noted, backends);
    return {
      ...{ held, refs, noted, split },
      fence: parseFence(notes[annotations.fence]),
      hasSplit: notes[annotations.split] !== undefined,
      pending: routing.pending(route, split.weight > 0 || split.headerRoute !== null),
    };
  }

  /** @param known has some of them from a moment ago */
  function readAll(
    refs: readonly (BesideRef | null)[],
    known: Found | null = null,
  ): Promise<readonly (KubernetesObject | null)[]> {
    return Promise.all(
      refs.map(async (ref) => {
        const n = known === null ? -1 : indexOf(known.refs, ref);
        if (n >= 0) return known?.held.beside[n] ?? null;
        return ref && (await cluster.read(ref.kind, ref.name));
      }),
    );
  }

  /** @returns false when it has to be done once more: something beside the route was created, or put right before it */
  async function attempt(
    target: TargetKey,
    intent: Intent,
    decide: (route: TargetRoute) => Promise<Split | null>,
    created: BesideRef[],
  ): Promise<boolean> {
    const found = await findOwn(target);
    const { route } = found.held;
    refuseStaleWrite(target, found.fence, intent.fence);
    const split = await decide(found);
    if (split !== null) refuseUnheld(target, split);
    const noted: Record<string, string> = {
      [annotations.target]: targetPath(target),
      [annotations.fence]: formatFence(intent.fence),
      [annotations.intent]: intent.key,
      ...(split && { [annotations.split]: JSON.stringify(split) }),
    };
    const backends = backendsOf(target, found.noted, split ?? found.noted, backendName(target));
    const refs = split === null ? [] : routing.beside(route, found.noted, split, backends);
    const plan = async (known: Found | null) => {
      const there = await readAll(refs, known);
      if (split === null) return { patch: null, parts: [] };
      const change = routing.write({ route, beside: there }, found.noted, split, backends);
      return { patch: change.route, parts: partsOf(refs, there, change.beside) };
    };
    const { patch, parts } = await plan(found);
    const decision = { target, intent, split: split ?? found.noted, created };
    refuseOvertaken(decision, parts);
    if (!(await writeFirst(cluster, decision, parts))) return false;
    const present = route.metadata.annotations ?? {};
    const isNoted = Object.entries(noted).every(([key, value]) => present[key] === value);
    if (!isNoted || patch !== null) {
      const { name, resourceVersion } = route.metadata;
      await cluster.patch(routing.kind, name, withNotes(patch ?? {}, resourceVersion, noted));
    }
    if (parts.every(({ change }) => change.kind === 'leave')) return true;
    // What another writer put there before our decision could be seen on the route is only found now: what was
    // decided by what was there before is decided anew.
    const { parts: now } = await plan(null);
    return sameBeside(found, now) && writeBeside(cluster, decision, now);
  }

  async function findOwn(target: TargetKey): Promise<Found> {
    const found = await find(target);
    if (found === null) {
      const next = 'create the route with a rule that sends to the service, then try again';
      const details = { where: whereOf(target), next };
      throw new Failure('NotFound', `${targetPath(target)} has no route`, details);
    }
    refuseForeign(target, found.held.route.metadata.annotations?.[annotations.target]);
    return found;
  }

  function refuseForeign(target: TargetKey, owner: string | undefined): void {
    if (owner === undefined || owner === targetPath(target)) return;
    throw new Failure('PolicyDenied', `the route belongs to ${owner}`, {
      where: whereOf(target),
      seen: targetPath(target),
      limit: owner,
      next: 'give every target a route of its own: router.route with {service} and {environment}',
    });
  }

  function refuseUnheld(target: TargetKey, split: Split): void {
    const refused = split.candidate === null ? null : routing.refuses(split);
    if (refused === null) return;
    const { weight, headerRoute, mirror } = split;
    throw new Failure('InvalidInput', `${routing.kind.kind} cannot hold this split: ${refused}`, {
      where: whereOf(target),
      seen: [
        `${weight} %`,
        ...(headerRoute === null ? [] : [`header ${headerRoute.header}`]),
        ...(mirror === undefined ? [] : [`mirror ${mirror} %`]),
      ].join(', '),
      next: 'change the strategy of the environment, or the kind of router of its platform',
    });
  }

  return {
    kind: routing.kind.kind,
    nameOf: routeName,
    sharesPods: routing.sharesPods === true,
    read: find,
    find: findOwn,
    forget: (target) => unmark(cluster, routing.kind, routeName(target)),
    async write(target, intent, decide) {
      const created: BesideRef[] = [];
      for (let n = 1; ; n += 1) {
        let conflict: Failure | null = null;
        try {
          if (await attempt(target, intent, decide, created)) return;
        } catch (error) {
          if (error instanceof Failure && error.code === 'StaleWrite') {
            // What is left of it does nothing, so that its removal may fail.
            await takeBack(cluster, intent, created).catch(() => undefined);
          }
          if (!(error instanceof Failure && error.code === 'Conflict')) throw error;
          conflict = error;
        }
        if (n === attempts) {
          const message = `the route changed ${attempts} times while it was being written`;
          const details = { where: whereOf(target), retryAfterMs: 500 };
          throw new Failure('Unavailable', message, details, conflict ?? undefined);
        }
        if (conflict !== null) await pause(10 * n * n);
      }
    },
  };
}

function partsOf(
  refs: readonly (BesideRef | null)[],
  there: readonly (KubernetesObject | null)[],
  changes: readonly BesideChange[],
): readonly BesidePart[] {
  return refs.map((ref, n) => {
    return { ref, there: there[n] ?? null, change: changes[n] ?? { kind: 'leave' } };
  });
}

function indexOf(refs: readonly (BesideRef | null)[], ref: BesideRef | null): number {
  return refs.findIndex((one) => one?.kind === ref?.kind && one?.name === ref?.name);
}

function sameBeside({ refs, held }: Found, parts: readonly BesidePart[]): boolean {
  return parts.every(({ ref, there }) => {
    const n = indexOf(refs, ref);
    const before = held.beside[n]?.metadata.resourceVersion;
    return n < 0 || before === there?.metadata.resourceVersion;
  });
}

function backendsOf(target: TargetKey, noted: Split, next: Split, original: string): Backends {
  const serviceOf = (revision: string) => objectName(target, revision);
  const names = [noted.stable, noted.candidate, next.stable, next.candidate];
  const ours = new Set(names.flatMap((name) => (name === null ? [] : [serviceOf(name)])));
  return {
    original,
    serviceOf,
    isOurs: (service) => ours.has(service),
    place: (text) => place(text, target),
  };
}

/** Notes are ours alone; what a routing changes in the route's own metadata stays beside them. */
function withNotes(
  patch: { readonly metadata?: { readonly annotations?: object } },
  resourceVersion: string | undefined,
  noted: Readonly<Record<string, string>>,
): object {
  const merged = { ...patch.metadata?.annotations, ...noted };
  return { ...patch, metadata: { ...patch.metadata, resourceVersion, annotations: merged } };
}

function parseSplit(text: string | undefined): Split {
  return text === undefined ? emptySplit : (JSON.parse(text) as Split);
}
