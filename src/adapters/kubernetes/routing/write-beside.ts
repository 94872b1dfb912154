/**
 * Writes the objects beside a route: each carries split and fence too, so that a late write cannot undo a newer one
 * there, and that what of it is ours can be told even when a writer died between the route and it.
 */
import { Failure } from '../../../domain/failures.js';
import { type TargetKey, targetPath } from '../../../domain/names.js';
import { compareFences, formatFence } from '../../../domain/rollout/fence.js';
import type { Split } from '../../../domain/rollout/split.js';
import type { Intent } from '../../../ports/workload.js';
import type { Cluster } from '../cluster.js';
import { annotations } from '../names.js';
import type { KubernetesObject, OwnerReference } from '../objects.js';
import { parseFence } from '../parse-fence.js';
import type { BesideChange, BesideRef } from './routing.js';

/** What is being written, and on whose behalf. */
export interface Decision {
  readonly target: TargetKey;
  readonly intent: Intent;
  readonly split: Split;
  /** Objects that were created for it so far. */
  readonly created: BesideRef[];
}

export interface BesidePart {
  readonly ref: BesideRef | null;
  /** As it was read; null when it was not there. */
  readonly there: KubernetesObject | null;
  readonly change: BesideChange;
}

/** The split that was noted on an object beside the route; null on one that we never wrote. */
export function splitNotedOn(object: KubernetesObject | null | undefined): Split | null {
  const text = object?.metadata.annotations?.[annotations.split];
  return text === undefined ? null : (JSON.parse(text) as Split);
}

/** @throws PolicyDenied when one that is to be written is another target's; StaleWrite */
export function refuseOvertaken(decision: Decision, parts: readonly BesidePart[]): void {
  for (const { ref, there, change } of parts) {
    if (ref !== null && there !== null && change.kind !== 'leave') {
      refuseOne(decision, ref, there);
    }
  }
}

/**
 * Creates what traffic needs that the route is about to give, and puts right what it would lead to.
 * @returns false when something was put right: what the route's write was decided by is not there any more
 * @throws Conflict when an object changed since it was read
 */
export async function writeFirst(
  cluster: Cluster,
  decision: Decision,
  parts: readonly BesidePart[],
): Promise<boolean> {
  let holds = true;
  for (const { ref, there, change } of parts) {
    if (change.kind === 'leave' || change.first !== true) continue;
    const named = nameOf(ref, change);
    if (change.kind === 'create') await create(cluster, decision, named, change);
    else if (there !== null) {
      await replace(cluster, decision, named, there, change);
      holds = false;
    }
  }
  return holds;
}

/** What an overtaken write has created goes again, unless the newer one uses it. */
export async function takeBack(
  cluster: Cluster,
  intent: Intent,
  created: readonly BesideRef[],
): Promise<void> {
  for (const ref of created) {
    const there = await cluster.read(ref.kind, ref.name);
    if (there?.metadata.annotations?.[annotations.fence] === formatFence(intent.fence)) {
      await remove(cluster, ref, there);
    }
  }
}

/**
 * @returns true when all of it holds now; false when something was created that has no effect yet
 * @throws Conflict when an object changed since it was read; PolicyDenied when it is another's; StaleWrite
 */
export async function writeBeside(
  cluster: Cluster,
  decision: Decision,
  parts: readonly BesidePart[],
): Promise<boolean> {
  let holds = true;
  for (const { ref, there, change } of parts) {
    if (change.kind === 'leave') continue;
    if (change.kind === 'create') {
      await create(cluster, decision, nameOf(ref, change), change);
      holds = false;
    } else if (there !== null) {
      const named = nameOf(ref, change);
      refuseOne(decision, named, there);
      await replace(cluster, decision, named, there, change);
    }
  }
  return holds;
}

function replace(
  cluster: Cluster,
  decision: Decision,
  ref: BesideRef,
  there: KubernetesObject,
  change: BesideChange & { readonly kind: 'patch' | 'remove' },
): Promise<void> {
  return change.kind === 'patch'
    ? patch(cluster, decision, ref, there, change.patch)
    : remove(cluster, ref, there);
}

function nameOf(ref: BesideRef | null, change: BesideChange): BesideRef {
  if (ref !== null) return ref;
  throw new RangeError(`${change.kind} of an object that has no name`);
}

function notesOf({ target, intent, split }: Decision): Record<string, string> {
  return {
    [annotations.target]: targetPath(target),
    [annotations.fence]: formatFence(intent.fence),
    [annotations.intent]: intent.key,
    [annotations.split]: JSON.stringify(split),
  };
}

async function create(
  cluster: Cluster,
  decision: Decision,
  ref: BesideRef,
  { object, owner }: BesideChange & { readonly kind: 'create' },
): Promise<void> {
  const { metadata } = object;
  const owning = owner === undefined ? null : await cluster.read(owner.kind, owner.name);
  decision.created.push(ref);
  await cluster.create(ref.kind, {
    ...object,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, ...notesOf(decision) },
      ...(owning === null ? {} : { ownerReferences: [ownerReference(owning)] }),
    },
  });
}

/** Without `blockOwnerDeletion`, which some clusters let only those set who may delete the owner. */
export function ownerReference({ apiVersion, kind, metadata }: KubernetesObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}

async function patch(
  cluster: Cluster,
  decision: Decision,
  { kind, name }: BesideRef,
  there: KubernetesObject,
  change: object,
): Promise<void> {
  const notes = notesOf(decision);
  const present = there.metadata.annotations ?? {};
  const isNoted = Object.entries(notes).every(([key, value]) => present[key] === value);
  if (isNoted && Object.keys(change).length === 0) return;
  const { metadata } = change as { readonly metadata?: { readonly annotations?: object } };
  const merged = { ...metadata?.annotations, ...notes };
  const { resourceVersion } = there.metadata;
  try {
    await cluster.patch(kind, name, {
      ...change,
      metadata: { ...metadata, resourceVersion, annotations: merged },
    });
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'NotFound')) throw error;
    throw new Failure('Conflict', `${kind.kind} ${name} went meanwhile`, error.details, error);
  }
}

async function remove(
  cluster: Cluster,
  { kind, name }: BesideRef,
  there: KubernetesObject,
): Promise<void> {
  // Of the same name, but made by somebody else.
  if (there.metadata.annotations?.[annotations.target] === undefined) return;
  await cluster.remove(kind, name, there.metadata.resourceVersion);
}

function refuseOne(
  { target, intent }: Decision,
  { kind, name }: BesideRef,
  there: KubernetesObject,
): void {
  const where = `${kind.kind} ${name}`;
  const owner = there.metadata.annotations?.[annotations.target];
  if (owner !== undefined && owner !== targetPath(target)) {
    throw new Failure('PolicyDenied', `it belongs to ${owner}`, {
      ...{ where, seen: targetPath(target), limit: owner },
      next: `give every target a ${kind.kind} of its own, named with {service} and {environment}`,
    });
  }
  const fence = parseFence(there.metadata.annotations?.[annotations.fence]);
  if (fence !== null && compareFences(intent.fence, fence) < 0) {
    const details = { where, seen: formatFence(intent.fence), limit: formatFence(fence) };
    throw new Failure(
      'StaleWrite',
      `${targetPath(target)} already holds a newer decision`,
      details,
    );
  }
}
