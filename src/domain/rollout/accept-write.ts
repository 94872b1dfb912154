/** Whether a platform may accept a write: the rules of fence, readiness and removal, the same on every platform. */
import { Failure } from '../failures.js';
import type { TargetKey } from '../names.js';
import { targetPath } from '../names.js';
import type { Fence } from './fence.js';
import { compareFences, formatFence } from './fence.js';
import type { Split } from './split.js';
import type { RevisionStatus } from './workload.js';
import { readyInstances } from './workload.js';

/** An equal fence is the same decision again and passes. @throws StaleWrite when a later fence was accepted */
export function refuseStaleWrite(target: TargetKey, accepted: Fence | null, fence: Fence): void {
  if (accepted !== null && compareFences(fence, accepted) < 0) {
    throw new Failure('StaleWrite', `${targetPath(target)} already holds a newer decision`, {
      where: targetPath(target),
      seen: formatFence(fence),
      limit: formatFence(accepted),
      next: 'read the split and decide again',
    });
  }
}

/** True for a write that at most takes traffic away from the candidate: it must never have to wait for anything. */
export function onlyWithdraws(current: Split, next: Split): boolean {
  if (next.stable !== current.stable) return false;
  if (next.candidate === null) return true;
  const sameRoute =
    next.headerRoute === null ||
    (next.headerRoute.header === current.headerRoute?.header &&
      next.headerRoute.value === current.headerRoute.value);
  const lessMirrored = (next.mirror ?? 0) <= (current.mirror ?? 0);
  return (
    next.candidate === current.candidate &&
    next.weight <= current.weight &&
    sameRoute &&
    lessMirrored
  );
}

/**
 * @param holds traffic goes by the current split already, not only what was noted of it
 * @throws InvalidInput for a split that contradicts itself; NotFound; NotReady (see the port)
 */
export function refuseUnfitSplit(
  current: Split,
  next: Split,
  revisions: readonly RevisionStatus[],
  holds = true,
): void {
  if (!Number.isInteger(next.weight) || next.weight < 0 || next.weight > 100) {
    throw new Failure('InvalidInput', 'a weight is an integer from 0 to 100', {
      where: 'split.weight',
      seen: next.weight,
    });
  }
  if (next.candidate === null && (next.weight > 0 || next.headerRoute !== null)) {
    throw new Failure('InvalidInput', 'weight and header route need a candidate', {
      where: 'split.candidate',
    });
  }
  refuseUnfitMirror(next);
  if (next.candidate !== null && next.candidate === next.stable) {
    throw new Failure('InvalidInput', 'stable and candidate are the same revision', {
      where: 'split.candidate',
      seen: next.candidate,
    });
  }
  const statusOf = (name: string) => revisions.find((revision) => revision.name === name);
  for (const name of [next.stable, next.candidate]) {
    if (name !== null && statusOf(name) === undefined) {
      throw new Failure('NotFound', `there is no revision ${name}`, {
        where: name,
        next: 'apply the revision first',
      });
    }
  }
  if (onlyWithdraws(current, next)) return;
  // What stable carries already it may go on carrying, or less: a broken stable revision must not block its own fix.
  const keepsStable = holds && next.stable === current.stable && next.weight >= current.weight;
  const carrying = [
    ...(next.weight < 100 && !keepsStable ? [next.stable] : []),
    ...(next.weight > 0 || next.headerRoute !== null || next.mirror !== undefined
      ? [next.candidate]
      : []),
  ];
  for (const name of carrying) {
    if (name !== null && readyInstances(statusOf(name)) === 0) {
      throw new Failure('NotReady', `${name} has no ready instance`, {
        where: name,
        seen: 0,
        limit: 1,
        retryAfterMs: 250,
      });
    }
  }
}

function refuseUnfitMirror({ candidate, weight, mirror }: Split): void {
  if (mirror === undefined) return;
  const isShare = Number.isInteger(mirror) && mirror >= 1 && mirror <= 100;
  if (isShare && candidate !== null && weight === 0) return;
  throw new Failure('InvalidInput', 'requests are copied to a candidate that gets none itself', {
    where: 'split.mirror',
    seen: `${mirror} % at weight ${weight}, candidate ${candidate ?? 'none'}`,
    limit: 'an integer from 1 to 100, at weight 0',
  });
}

/** @throws PolicyDenied when the split still names the revision */
export function refuseRemovalInSplit(split: Split, revision: string): void {
  if (revision === split.stable || revision === split.candidate) {
    throw new Failure('PolicyDenied', `${revision} is still named by the split`, {
      where: revision,
      next: 'set a split without it first',
    });
  }
}
