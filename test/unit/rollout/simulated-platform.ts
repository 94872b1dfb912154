/** A platform small enough to be thought through: two revisions, one split, one fence; values only, nothing mutable. */
import { Failure } from '../../../src/domain/failures.js';
import { refuseStaleWrite, refuseUnfitSplit } from '../../../src/domain/rollout/accept-write.js';
import type { Fence } from '../../../src/domain/rollout/fence.js';
import { type Split, stableOnly } from '../../../src/domain/rollout/split.js';
import type { RevisionStatus } from '../../../src/domain/rollout/workload.js';

export const stableName = '1.0.0-aaaaaaaa';
export const candidateName = '1.1.0-bbbbbbbb';
const target = { service: 'shop', environment: 'production' };

export interface Platform {
  readonly split: Split;
  readonly fence: Fence | null;
  /** Instances of the candidate: declared, and fit for traffic now. Stable is kept ready, as sluice promises. */
  readonly declared: number;
  readonly ready: number;
}

/** A write as it was decided; `instances` null leaves the capacity alone. */
export interface PlatformWrite {
  readonly fence: Fence;
  readonly instances: number | null;
  readonly split: Split;
}

export function platformBefore(stable: string | null): Platform {
  return {
    split: stableOnly(stable),
    fence: { rollout: 6, sequence: 40 },
    declared: 0,
    ready: 0,
  };
}

/** Share of the users that the candidate serves, percent. */
export function candidateShare({ split }: Platform): number {
  if (split.stable === candidateName) return 100;
  return split.candidate === candidateName ? split.weight : 0;
}

function statusOf(name: string, declared: number, ready: number): RevisionStatus {
  return {
    name,
    version: name.split('-')[0] ?? name,
    digest: `sha256:${name}`,
    desiredInstances: declared,
    instances: Array.from({ length: ready }, (_, index) => ({
      id: `${name}-${index}`,
      state: 'ready' as const,
      url: 'http://127.0.0.1',
      probeFailures: 0,
      reason: null,
    })),
    restarts: 0,
  };
}

function revisionsOf({ declared, ready }: Platform): RevisionStatus[] {
  const stable = statusOf(stableName, 4, 4);
  return declared === 0 ? [stable] : [stable, statusOf(candidateName, declared, ready)];
}

export type Attempt =
  | { readonly answer: 'accepted' | 'notReady'; readonly platform: Platform }
  | { readonly answer: 'stale' };

/** One attempt of a write, by the same rules that every adapter keeps: fence, then capacity, then traffic. */
export function attempt(platform: Platform, write: PlatformWrite): Attempt {
  let now = platform;
  try {
    refuseStaleWrite(target, now.fence, write.fence);
    if (write.instances !== null) {
      const declared = write.instances;
      now = { ...now, fence: write.fence, declared, ready: Math.min(now.ready, declared) };
      if (now.ready < declared) return { answer: 'notReady', platform: now };
    }
    refuseUnfitSplit(now.split, write.split, revisionsOf(now));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'StaleWrite') return { answer: 'stale' };
    if (error.code === 'NotReady') return { answer: 'notReady', platform: now };
    throw error;
  }
  return { answer: 'accepted', platform: { ...now, fence: write.fence, split: write.split } };
}
