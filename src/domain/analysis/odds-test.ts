/** Does the candidate fail more often than stable? The first key: exact where requests fail independently of each other. */
import { logTiltedSums, type Outcomes } from './tilted-sums.js';

/*
 * Given that x of the look's requests were bad, whichever side they were on, u of them fall to the candidate with the
 * probability C(n_c,u) C(n_s,x-u) psi^u / P(psi): Fisher's noncentral hypergeometric distribution, psi the odds ratio.
 * Conditioning on x removes the error rate itself: it may follow the day, and weights may shift between looks.
 * The factor for an alternative psi over the null's edge psi_0 is (psi/psi_0)^{x_c} P(psi_0)/P(psi); its expectation is
 * 1 at psi_0 and below 1 under it (monotone likelihood ratio). Stratified conditional counts: arXiv:2302.11401;
 * anytime validity by Ville. A look is a stratum: two looks are not one look of their sums (they agree as errors grow
 * rare and the sides keep their proportion), but any way of looking keeps the guarantee.
 */

/** What one look adds on one side: whole numbers, bad <= requests. */
export interface SideCounts {
  readonly requests: number;
  /** Failed, or slower than an edge: whatever is counted against the side. */
  readonly bad: number;
}

export interface CountPair {
  readonly candidate: SideCounts;
  readonly stable: SideCounts;
}

/** Odds ratio up to which a lasting difference between instances or nodes is nothing to roll back for. */
export const toleratedOddsRatio = 1.5;

/** Alternatives, as multiples of what is tolerated. */
export const harmMultiples: readonly number[] = [1.5, 2, 3, 5, 10, 30, 100];

const tilts = [
  toleratedOddsRatio,
  ...harmMultiples.map((multiple) => multiple * toleratedOddsRatio),
];

/** All the ways in which the look's bad requests could have fallen on the two sides. */
function hypergeometric({ candidate, stable }: CountPair): Outcomes {
  const bad = candidate.bad + stable.bad;
  const spare = stable.requests - bad;
  return {
    low: Math.max(0, -spare),
    high: Math.min(candidate.requests, bad),
    ratio: (u) => ((candidate.requests - u) * (bad - u)) / ((u + 1) * (spare + u + 1)),
    hasOnePeak: true,
  };
}

/**
 * log likelihood of the look's counts given their total, for each odds ratio and up to one shared constant; all zero
 * where the look tells nothing (no traffic on a side, nothing bad, everything bad).
 * @param oddsRatios ascending
 */
export function logLikelihoods(counts: CountPair, oddsRatios: readonly number[]): number[] {
  const outcomes = hypergeometric(counts);
  if (outcomes.low >= outcomes.high) return oddsRatios.map(() => 0);
  return logTiltedSums(outcomes, oddsRatios).map(
    (logP, j) => counts.candidate.bad * Math.log(oddsRatios[j] as number) - logP,
  );
}

/**
 * log factors of one look against "odds ratio <= 1.5", one for each of the alternatives.
 * @example 3 of 10 bad beside 0 of 190: factors 3.0, 6.5, 18, 59, 230, 1024, 2263
 * @example 1 of 10 beside 19 of 190: factors 0.77, 0.55, 0.28, 0.074, 0.0051, 1e-5, 1e-9
 * @example nothing bad: all 1
 */
export function oddsFactors(counts: CountPair): number[] {
  const [null0 = 0, ...alternatives] = logLikelihoods(counts, tilts);
  return alternatives.map((log) => log - null0);
}
