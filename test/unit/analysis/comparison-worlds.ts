/** Simulated traffic of a rollout: candidate and stable behind one split, healthy or not, alike or dispersed. */
import type { InstanceCount } from '../../../src/domain/analysis/dispersion.js';
import type { InstancePair } from '../../../src/domain/analysis/two-keys.js';
import { binomial, gammaFactor, poisson, type Random } from './seeded-random.js';

export interface World {
  /** Requests a second over both sides. */
  readonly perSecond: number;
  /** Share of stable's bad requests, 0–1, before the day and dispersion. */
  readonly base: number;
  /** The candidate's share; absent: like stable. */
  readonly fault?: number;
  /** Weight of the candidate 0–1, and its part of the 20 instances of both sides. */
  readonly weight: number;
  readonly instances: { readonly candidate: number; readonly stable: number };
  readonly secondsPerLook: number;
  readonly looks: number;
  /** Shape of a gamma factor on each instance's share; absent: none. */
  readonly k?: number;
  /** Looks for which a factor stays: 1 is fresh in each look, Infinity lasting. */
  readonly keptFor?: number;
  /** The base follows a day of the length of the rollout, by half of itself. */
  readonly isDiurnal?: boolean;
}

/** One world over time: factors of instances stay as long as the world says. */
export interface Traffic {
  /** What one look adds at that part of the day (0–1). */
  readonly next: (day: number) => InstancePair;
}

export function trafficOf(world: World, random: Random): Traffic {
  const { instances, weight, k, keptFor = 1 } = world;
  const fresh = (count: number): number[] =>
    Array.from({ length: count }, () => (k === undefined ? 1 : gammaFactor(k, random)));
  let factors = { candidate: fresh(instances.candidate), stable: fresh(instances.stable) };
  let age = 0;
  const sideOf = (of: readonly number[], share: number, bad: number): InstanceCount[] =>
    of.map((factor) => {
      const mean = (world.perSecond * world.secondsPerLook * share) / of.length;
      const requests = poisson(mean, random);
      return { requests, bad: binomial(requests, Math.min(1, bad * factor), random) };
    });
  return {
    next: (day) => {
      if (age >= keptFor) {
        factors = { candidate: fresh(instances.candidate), stable: fresh(instances.stable) };
        age = 0;
      }
      age++;
      const tide = world.isDiurnal ? 1 + 0.5 * Math.sin(2 * Math.PI * day) : 1;
      return {
        candidate: sideOf(factors.candidate, weight, (world.fault ?? world.base) * tide),
        stable: sideOf(factors.stable, 1 - weight, world.base * tide),
      };
    },
  };
}
