/** Does the candidate fail more often than stable? The second key: for instances that differ from look to look. */
import type { CountPair } from './odds-test.js';
import { harmMultiples } from './odds-test.js';
import { logTiltedSums, type Outcomes } from './tilted-sums.js';

/*
 * Gamma–Poisson: a side's bad count is negative binomial with the shape k = instances/phi and the odds
 * p/(1-p) = phi * rate * requests/instances of p. Given the look's total x, u of them are the candidate's with a weight
 * Γ(u+k_c)/u! * Γ(x-u+k_s)/(x-u)! * q^u, q the quotient of the sides' p. For equal rates q lies between
 * (n_c/k_c)/(n_s/k_s), where bad requests are few for an instance, and 1, where they are many. A factor is the likelihood
 * ratio of two values of q, both of which may know the total x and the requests, since all that is conditioned on; its
 * expectation is at most 1 for every smaller q (monotone likelihood ratio).
 * Exact against a rate up to stable's for a known phi where a side's traffic is even over its instances; approximate
 * else, with the q that favours the candidate. phi = 0 is Poisson.
 */

export interface SpreadCounts extends CountPair {
  /** Effective instances of each side in this look. */
  readonly instances: { readonly candidate: number; readonly stable: number };
}

/** Relative standard deviations by which the rate is taken higher or lower than seen, as it favours the candidate. */
const rateMargin = 2;

/** The sides' bad requests, traffic and traffic of one instance. */
interface Load {
  readonly bad: number;
  readonly all: { readonly candidate: number; readonly stable: number };
  readonly each: { readonly candidate: number; readonly stable: number };
}

function loadOf({ candidate, stable, instances }: SpreadCounts): Load {
  const all = { candidate: candidate.requests, stable: stable.requests };
  const each = {
    candidate: all.candidate / instances.candidate,
    stable: all.stable / instances.stable,
  };
  return { bad: candidate.bad + stable.bad, all, each };
}

/** q, where stable's rate is `rate` and the candidate's is `multiple` times that. */
function quotientOf({ each }: Load, phi: number, rate: number, multiple: number): number {
  const ofCandidate = (multiple * each.candidate) / (1 + phi * rate * multiple * each.candidate);
  const ofStable = each.stable / (1 + phi * rate * each.stable);
  return ofCandidate / ofStable;
}

/**
 * The largest q that equal rates explain. It falls with the rate where the candidate's instances have more traffic each,
 * and grows with it where they have less. A few instances that all do well at once make a rate look much lower than it is
 * more easily than they make it look higher, hence the power.
 */
function nullQuotient(load: Load, phi: number, instances: number): number {
  const { bad, all, each } = load;
  const seen = bad / (all.candidate + all.stable);
  const deviation = Math.sqrt(1 / bad + phi / instances);
  const rate =
    each.candidate >= each.stable
      ? seen / (1 + rateMargin * deviation) ** 3
      : seen * (1 + rateMargin * deviation);
  return quotientOf(load, phi, rate, 1);
}

/**
 * log factors of one look against "the candidate fails no more often than stable", one for each of the alternatives.
 * @param phi dispersion of instances, see dispersion.ts
 * @example 3 of 10 bad on 1 instance beside 0 of 190 on 19, phi 0: factors 3.1, 6.9, 20, 72, 328, 1843, 4753
 * @example the same, phi 1: factors 2.6, 5.0, 11, 28, 80, 299, 798
 * @example nothing bad, or no traffic on a side: all 1
 */
export function spreadFactors(counts: SpreadCounts, phi: number): number[] {
  const { candidate, stable, instances } = counts;
  const load = loadOf(counts);
  const { bad, all } = load;
  if (candidate.requests <= 0 || stable.requests <= 0 || bad === 0)
    return harmMultiples.map(() => 0);
  const equal = nullQuotient(load, phi, instances.candidate + instances.stable);
  const harmful = harmMultiples.map((multiple) => {
    const rate = bad / (all.stable + multiple * all.candidate);
    return Math.max(equal, quotientOf(load, phi, rate, multiple));
  });
  const outcomes: Outcomes = {
    low: 0,
    high: bad,
    ratio: (u) =>
      ((instances.candidate + phi * u) * (bad - u)) /
      ((instances.stable + phi * (bad - u - 1)) * (u + 1)),
    hasOnePeak: instances.candidate >= phi && instances.stable >= phi,
  };
  const [none = 0, ...sums] = logTiltedSums(outcomes, [equal, ...harmful]);
  return sums.map(
    (log, j) => candidate.bad * Math.log((harmful[j] as number) / equal) + none - log,
  );
}
