/** Both keys once more, by enumeration in rational arithmetic and straight from their definitions. */
import assert from 'node:assert/strict';
import type { CountPair } from '../../../src/domain/analysis/odds-test.js';
import { over, plus, power, type Ratio, ratio, times, whole } from './exact-guard.js';

function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let i = 1; i <= k; i++) ways = (ways * BigInt(n - k + i)) / BigInt(i);
  return ways;
}

/** P(u of the x bad ones are the candidate's), for every possible u, from unnormalised weights tilted by psi^u. */
export interface Law {
  readonly low: number;
  readonly weights: readonly Ratio[];
}

/** C(n_c,u) C(n_s,x-u). */
export function hypergeometricLaw(candidate: number, stable: number, bad: number): Law {
  const low = Math.max(0, bad - stable);
  const high = Math.min(candidate, bad);
  const weights = [];
  for (let u = low; u <= high; u++) {
    const top = choose(candidate, u) * choose(stable, bad - u);
    weights.push({ top, bottom: 1n });
  }
  return { low, weights };
}

/** Γ(u+a)/u! Γ(x-u+b)/(x-u)! r^u for whole shapes a and b, up to a constant: C(u+a-1,u) C(x-u+b-1,x-u) r^u. */
export function betaBinomialLaw(shapes: { a: number; b: number }, r: Ratio, bad: number): Law {
  const weights = [];
  for (let u = 0; u <= bad; u++) {
    const ways = choose(u + shapes.a - 1, u) * choose(bad - u + shapes.b - 1, bad - u);
    weights.push(times({ top: ways, bottom: 1n }, power(r, u)));
  }
  return { low: 0, weights };
}

function tilted({ low, weights }: Law, psi: number): Ratio[] {
  return weights.map((weight, i) => times(weight, power(ratio(psi), low + i)));
}

const total = (parts: readonly Ratio[]): Ratio => parts.reduce(plus, whole(0));

/** Probability of each u when the tilt is psi. */
export function chances(law: Law, psi: number): readonly Ratio[] {
  const parts = tilted(law, psi);
  const sum = total(parts);
  return parts.map((part) => over(part, sum));
}

/** Likelihood ratio of each u, of the tilt psi over the null's. */
export function likelihoodRatios(law: Law, psi: number, null0: number): readonly Ratio[] {
  const above = chances(law, psi);
  const below = chances(law, null0);
  return above.map((chance, i) => over(chance, below[i] as Ratio));
}

export function expectation(chance: readonly Ratio[], values: readonly Ratio[]): Ratio {
  return total(chance.map((p, i) => times(p, values[i] as Ratio)));
}

/** Counts of one look: x of n on the candidate, y of m on stable. */
export function pair(x: number, n: number, y: number, m: number): CountPair {
  return { candidate: { bad: x, requests: n }, stable: { bad: y, requests: m } };
}

/** Equal to nine digits. */
export function assertClose(seen: number, want: number, name: string): void {
  const error = Math.abs(seen - want) / Math.max(1, Math.abs(want));
  assert.ok(error <= 1e-9, `${name}: ${seen}, ${want}`);
}

/** Every way to divide at most 12 requests, and every number of bad ones that tells something. */
export function* tables(): Generator<{ n: number; m: number; bad: number }> {
  for (let n = 1; n <= 11; n++) {
    for (let m = 1; m <= 12 - n; m++) {
      for (let bad = 1; bad < n + m; bad++) yield { n, m, bad };
    }
  }
}
