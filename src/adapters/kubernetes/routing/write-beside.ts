/** Writes the objects beside a route: each carries the fence too, so that a late write cannot undo a newer one there. */
import { Failure } from '../../../domain/failures.js';
import { type TargetKey, targetPath } from '../../../domain/names.js';
import { compareFences, formatFence } from '../../../domain/rollout/fence.js';
import type { Intent } from '../../../ports/workload.js';
import type { Cluster } from '../cluster.js';
import { annotations } from '../names.js';
import type { KubernetesObject } from '../objects.js';
import { parseFence } from '../parse-fence.js';
import type { BesideChange, BesideRef } from './routing.js';

interface Part {
  readonly ref: BesideRef | null;
  /** As it was read; null when it was not there. */
  readonly there: KubernetesObject | null;
}

/** @throws Conflict when an object changed since it was read; PolicyDenied when it is another's; StaleWrite */
export async function writeBeside(
  cluster: Cluster,
  target: TargetKey,
  intent: Intent,
  parts: readonly Part[],
  changes: readonly BesideChange[],
): Promise<void> {
  for (const [n, change] of changes.entries()) {
    const part = parts[n];
    if (part === undefined) throw new RangeError(`change ${n} belongs to no object`);
    await writeOne(cluster, target, intent, part, change);
  }
}

async function writeOne(
  cluster: Cluster,
  target: TargetKey,
  intent: Intent,
  { ref, there }: Part,
  change: BesideChange,
): Promise<void> {
  if (change.kind === 'leave' || (there === null && change.kind !== 'create')) return;
  if (ref === null) throw new RangeError(`${change.kind} of an object that has no name`);
  const { kind, name } = ref;
  if (there !== null) refuseOvertaken(target, intent, ref, there);
  const noted = {
    [annotations.target]: targetPath(target),
    [annotations.fence]: formatFence(intent.fence),
    [annotations.intent]: intent.key,
  };
  switch (change.kind) {
    case 'create': {
      const { metadata } = change.object;
      const merged = { ...metadata.annotations, ...noted };
      await cluster.create(kind, {
        ...change.object,
        metadata: { ...metadata, annotations: merged },
      });
      return;
    }
    case 'patch': {
      const { metadata } = change.patch as {
        readonly metadata?: { readonly annotations?: object };
      };
      const merged = { ...metadata?.annotations, ...noted };
      const { resourceVersion } = there?.metadata ?? {};
      await cluster.patch(kind, name, {
        ...change.patch,
        metadata: { ...metadata, resourceVersion, annotations: merged },
      });
      return;
    }
    case 'remove':
      await cluster.remove(kind, name, there?.metadata.resourceVersion);
  }
}

function refuseOvertaken(
  target: TargetKey,
  intent: Intent,
  { kind, name }: BesideRef,
  there: KubernetesObject,
): void {
  const where = `${kind.kind} ${name}`;
  const owner = there.metadata.annotations?.[annotations.target];
  if (owner !== undefined && owner !== targetPath(target)) {
    const details = { where, seen: targetPath(target), limit: owner };
    throw new Failure('PolicyDenied', `it belongs to ${owner}`, details);
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
