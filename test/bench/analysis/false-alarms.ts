/** Rolls a healthy candidate out in a simulated world, judged as every rollout is. */
import {
  defaultComparison,
  type SavedDispersion,
} from '../../../src/domain/analysis/comparison-policy.js';
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
import { chooseEdges, slowerThan } from '../../../src/domain/analysis/latency-edges.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { InstanceCounters } from '../../../src/domain/analysis/sample.js';
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
  const saved = isKnown ? learnt(world, traffic) : { errors: null, latency: null };
  const policy: HealthPolicy = {
    ...defaultHealthPolicy,
    intervalMs: world.secondsPerLook * 1000,
    comparison: { ...defaultComparison, saved },
  };
  return { policy, traffic, state: observe(beginWatch(null), traffic.next(0), policy) };
}

/** Null where ten minutes do not tell; of latency's edges the largest, as the target keeps it. */
function learnt({ secondsPerLook }: World, traffic: Traffic): SavedDispersion {
  const forMs = secondsPerLook * 1000;
  let before = traffic.next(0).stable?.instances ?? [];
  const edges = chooseEdges(before);
  let states = [null, ...edges].map(() => beginDispersion());
  for (let atMs = 0; atMs < learnForMs; atMs += forMs) {
    const now = traffic.next(0).stable?.instances ?? [];
    const grown = now.map((one, n) => increaseOf(one, before[n]));
    states = states.map((state, part) => {
      const edgeMs = edges[part - 1];
      const failed = () => grown.map(({ requests, errors }) => ({ requests, bad: errors }));
      const bad = edgeMs === undefined ? failed() : slowerThan(grown, edgeMs);
      return learnDispersion(state, bad, forMs);
    });
    before = now;
  }
  const [errors = null, ...latency] = states.map((state) => {
    const { phi, source } = dispersionFrom(state, null);
    return source === 'learnt' ? phi : null;
  });
  const known = latency.filter((phi) => phi !== null);
  return { errors, latency: known.length > 0 ? Math.max(...known) : null };
}

function increaseOf(now: InstanceCounters, before: InstanceCounters | undefined) {
  return {
    requests: now.requests - (before?.requests ?? 0),
    errors: now.errors - (before?.errors ?? 0),
    buckets: now.buckets.map(({ leMs, count }, n) => {
      return { leMs, count: count - (before?.buckets[n]?.count ?? 0) };
    }),
  };
}

/** By a limit it did exceed for a while, or by comparison with stable. */
export type Alarm = 'limit' | 'comparison';

/**
 * Whether the candidate is rolled back at any look of the whole plan, and by what; null: never. Evidence that rolls back
 * stays, so the judge needs to be asked only once a step; `everyLook` asks it each time, and says the same.
 */
export function alarmIn(world: World, random: Random, everyLook = false): Alarm | null {
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
      const verdict = isAsked ? judge(state, sample.atMs, policy) : null;
      if (verdict?.kind === 'fail') {
        const [deciding] = verdict.evidence;
        return deciding?.check.endsWith('BesideStable') ? 'comparison' : 'limit';
      }
    }
  }
  return null;
}

export interface Alarms {
  readonly limit: number;
  readonly comparison: number;
}

/** How many of these runs are rolled back; each has a stream of random numbers of its own. */
export function countAlarms(
  world: World,
  seed: number,
  { from, to }: { readonly from: number; readonly to: number },
): Alarms {
  const count = { limit: 0, comparison: 0 };
  for (let run = from; run < to; run++) {
    const alarm = alarmIn(world, streamFrom(seed, run));
    if (alarm !== null) count[alarm]++;
  }
  return count;
}
