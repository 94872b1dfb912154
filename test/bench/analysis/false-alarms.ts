/** Rolls a healthy candidate out in a simulated world, judged as every rollout is. */
import { defaultComparison } from '../../../src/domain/analysis/comparison-policy.js';
import {
  beginDispersion,
  dispersionFrom,
  learnDispersion,
  learnForMs,
} from '../../../src/domain/analysis/dispersion.js';
import {
  defaultHealthPolicy,
  type HealthPolicy,
} from '../../../src/domain/analysis/health-policy.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import { type Random, streamFrom } from '../../unit/analysis/seeded-random.js';
import { beginTraffic, type Traffic, type World } from './traffic.js';

/** A watch that has seen stable, and none of the candidate yet. */
export interface Rollout {
  readonly policy: HealthPolicy;
  readonly traffic: Traffic;
  readonly state: WatchState;
}

/**
 * The default policy, told what an earlier rollout has learnt of stable in ten minutes.
 * @param isKnown false: nothing was learnt, so that the dispersion is assumed
 */
export function beginRollout(world: World, random: Random, isKnown = true): Rollout {
  const traffic = beginTraffic(world, random);
  const errors = isKnown ? learntPhi(world, traffic) : null;
  const policy: HealthPolicy = {
    ...defaultHealthPolicy,
    intervalMs: world.secondsPerLook * 1000,
    comparison: { ...defaultComparison, saved: { errors, latency: null } },
  };
  return { policy, traffic, state: observe(beginWatch(null), traffic.next(0), policy) };
}

/** Null where ten minutes do not tell. */
function learntPhi({ secondsPerLook }: World, traffic: Traffic): number | null {
  const forMs = secondsPerLook * 1000;
  let before = traffic.next(0).stable?.instances ?? [];
  let state = beginDispersion();
  for (let atMs = 0; atMs < learnForMs; atMs += forMs) {
    const now = traffic.next(0).stable?.instances ?? [];
    const grown = now.map(({ requests, errors }, n) => ({
      requests: requests - (before[n]?.requests ?? 0),
      bad: errors - (before[n]?.errors ?? 0),
    }));
    state = learnDispersion(state, grown, forMs);
    before = now;
  }
  const { phi, source } = dispersionFrom(state, null);
  return source === 'learnt' ? phi : null;
}

/**
 * Whether the candidate is rolled back at any look of the whole plan. Evidence that rolls back stays, so the judge needs
 * to be asked only once a step; `everyLook` asks it each time, and says the same.
 */
export function isRolledBack(world: World, random: Random, everyLook = false): boolean {
  const { policy, traffic, state: begun } = beginRollout(world, random);
  let state = begun;
  const stepMs = (world.seconds * 1000) / world.plan.length;
  for (const weight of world.plan) {
    const window = { minimumMs: stepMs, maximumMs: stepMs, until: 'judged', weight } as const;
    state = openWindow(state, window);
    const looks = Math.round(stepMs / 1000 / world.secondsPerLook);
    for (let look = 1; look <= looks; look++) {
      const sample = traffic.next(weight);
      state = observe(state, sample, policy);
      const isAsked = everyLook || look === looks;
      if (isAsked && judge(state, sample.atMs, policy)?.kind === 'fail') return true;
    }
  }
  return false;
}

/** How many of these runs are rolled back; each has a stream of random numbers of its own. */
export function countRolledBack(
  world: World,
  seed: number,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let count = 0;
  for (let run = from; run < to; run++) {
    if (isRolledBack(world, streamFrom(seed, run))) count++;
  }
  return count;
}
