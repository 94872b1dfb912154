/** Simulated rollouts of one target: instances of both revisions behind one split, with counters as a scrape reads them. */
import type { HealthSample, InstanceCounters } from '../../../src/domain/analysis/sample.js';
import type { InstanceStatus } from '../../../src/domain/rollout/workload.js';
import { binomial, gammaFactor, poisson, type Random } from '../../unit/analysis/seeded-random.js';

export type Shape = 'flat' | 'diurnal' | 'burst';
/** Of an instance's share of failures: none, a gamma factor (k = 2) fresh in each look, one that lasts (CV 15 %). */
export type Spread = 'none' | 'fresh' | 'lasting';

export interface World {
  /** Requests a second over both sides. */
  readonly perSecond: number;
  /** Share of stable's requests that fail, 0–1. */
  readonly base: number;
  /** Percent of the candidate in steps of equal length. */
  readonly plan: readonly number[];
  readonly shape: Shape;
  readonly spread: Spread;
  readonly secondsPerLook: number;
  /** Of the whole plan. */
  readonly seconds: number;
  /** The candidate fails so many times as often as stable; 1: it is healthy. */
  readonly harm: number;
  /** Where requests are timed latency is compared too and takes its half of the false alarms. */
  readonly timing: Timing;
}

/** All requests are fast, or as slow as `slower` says, where an instance's factor multiplies the odds to be slow. */
export type Timing = 'none' | 'fast' | 'spread';

/** Shares of requests that take longer. */
const slower = [
  { ms: 25, share: 0.8 },
  { ms: 50, share: 0.5 },
  { ms: 100, share: 0.25 },
  { ms: 200, share: 0.1 },
  { ms: 400, share: 0.03 },
  { ms: 1000, share: 0.01 },
];

const stableInstances = 10;

const shapeOfSpread: Readonly<Record<Spread, number | null>> = {
  none: null,
  fresh: 2,
  lasting: 1 / 0.15 ** 2,
};

interface Instance {
  readonly name: string;
  factor: number;
  requests: number;
  errors: number;
  /** Of each edge of `slower`. */
  readonly slow: number[];
}

export interface Traffic {
  /** The next look: `weight` percent of the requests since the one before went to the candidate. */
  next(weight: number): HealthSample;
}

/** The stream of looks; the first one is taken after one look's time of stable alone. */
export function beginTraffic(world: World, random: Random): Traffic {
  const k = shapeOfSpread[world.spread];
  const draw = (): number => (k === null ? 1 : gammaFactor(k, random));
  const instance = (name: string): Instance => {
    return { name, factor: draw(), requests: 0, errors: 0, slow: slower.map(() => 0) };
  };
  const stable = Array.from({ length: stableInstances }, (_, n) => instance(`stable-${n}`));
  const candidate: Instance[] = [];
  let looks = 0;
  let burstUntil = 0;

  /** Requests and failures, as multiples of the usual. */
  function tide(): { readonly requests: number; readonly share: number } {
    if (world.shape === 'diurnal') {
      const day = 1 + 0.5 * Math.sin((2 * Math.PI * looks * world.secondsPerLook) / world.seconds);
      return { requests: day, share: day };
    }
    if (world.shape === 'flat') return { requests: 1, share: 1 };
    // Four times a rollout on average, for a twentieth of it.
    const perLook = world.secondsPerLook / world.seconds;
    if (looks >= burstUntil && random() < 4 * perLook) burstUntil = looks + 0.05 / perLook;
    return looks < burstUntil ? { requests: 5, share: 2 } : { requests: 1, share: 1 };
  }

  function serve(side: readonly Instance[], requests: number, share: number): void {
    for (const one of side) {
      if (world.spread === 'fresh') one.factor = draw();
      const count = poisson(requests / side.length, random);
      one.requests += count;
      one.errors += binomial(count, Math.min(1, share * one.factor), random);
      if (world.timing === 'spread') time(one, count);
    }
  }

  function time({ factor, slow }: Instance, count: number): void {
    let left = count;
    let before = 1;
    slower.forEach(({ share }, n) => {
      const now = (factor * share) / (1 - share + factor * share);
      left = binomial(left, now / before, random);
      slow[n] = (slow[n] ?? 0) + left;
      before = now;
    });
  }

  return {
    next(weight) {
      looks++;
      while (candidate.length < Math.ceil((weight / 100) * stableInstances)) {
        candidate.push(instance(`candidate-${candidate.length}`));
      }
      const { requests, share } = tide();
      const all = world.perSecond * world.secondsPerLook * requests;
      const failing = world.base * share;
      serve(stable, (all * (100 - weight)) / 100, failing);
      if (weight > 0) serve(candidate, (all * weight) / 100, failing * world.harm);
      return {
        atMs: looks * world.secondsPerLook * 1000,
        candidate: { revision: 'candidate', instances: candidate.map(countersOf) },
        stable: { revision: 'stable', instances: stable.map(countersOf) },
        candidateInstances: candidate.map(statusOf),
        candidateRestarts: 0,
        weight,
      };
    },
  };

  function countersOf({ name, requests, errors, slow }: Instance): InstanceCounters {
    const buckets = bucketsOf(world.timing, requests, slow);
    return { instance: name, requests, errors, buckets, inFlight: 0, inFlightOlder: [] };
  }
}

function bucketsOf(timing: Timing, requests: number, slow: readonly number[]) {
  switch (timing) {
    case 'none':
      return [];
    case 'fast':
      return [100, 500, 1000].map((leMs) => ({ leMs, count: requests }));
    case 'spread':
      return slower.map(({ ms }, n) => ({ leMs: ms, count: requests - (slow[n] ?? 0) }));
  }
}

function statusOf({ name }: Instance): InstanceStatus {
  return { id: name, state: 'ready', url: '', probeFailures: 0, reason: null };
}
