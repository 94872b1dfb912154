/** How bad the candidate can still be: bounds that hold at every look at once, and the advance they allow. */
import { logGamma, logMean } from './log-numbers.js';
import { type CountPair, logLikelihoods, type SideCounts } from './odds-test.js';

/*
 * Upper bound of the odds ratio: for each null "psi >= g" of a grid, the mean over the smaller grid values psi_j of the
 * likelihood ratio L(psi_j)/L(g) is an e-process (monotone likelihood ratio). g is excluded once it reaches 1/a; the
 * nulls are nested, so the bound is the smallest g from which all larger ones are excluded, at no further cost
 * (the mirrored test of odds-test.ts; anytime-valid by Ville).
 */

/** Odds ratios at which a bound can lie. */
export const boundGrid: readonly number[] = [
  0.033, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7, 10, 20, 50,
];

/** JSON-serialisable; about 700 bytes. */
export interface BoundState {
  /** log L at each odds ratio of the grid, up to one constant. */
  readonly logL: readonly number[];
  readonly candidate: SideCounts;
  readonly stable: SideCounts;
}

export function beginBound(): BoundState {
  const none = { requests: 0, bad: 0 };
  return { logL: boundGrid.map(() => 0), candidate: none, stable: none };
}

/** The state after one more look. */
export function addToBound(state: BoundState, look: CountPair): BoundState {
  const added = logLikelihoods(look, boundGrid);
  const sum = (a: SideCounts, b: SideCounts): SideCounts => {
    return { requests: a.requests + b.requests, bad: a.bad + b.bad };
  };
  return {
    logL: state.logL.map((log, j) => log + (added[j] as number)),
    candidate: sum(state.candidate, look.candidate),
    stable: sum(state.stable, look.stable),
  };
}

/**
 * The odds ratio that the candidate stays below, wrong in at most `share` of all rollouts; null: none in the grid yet.
 * @example 0 of 1000 beside 20 of 1000, share 0.05 → 0.33
 * @example 10 of 1000 beside 10 of 1000 → 4; 100 of 10,000 beside 100 of 10,000 → 1.75
 * @example nothing bad on either side, however many requests → null: see `differenceBound`
 */
export function oddsRatioBound({ logL }: BoundState, share: number): number | null {
  let bound: number | null = null;
  for (let g = boundGrid.length - 1; g > 0; g--) {
    const logE = logMean(logL.slice(0, g).map((log) => log - (logL[g] as number)));
    if (logE < -Math.log(share)) break;
    bound = boundGrid[g] as number;
  }
  return bound;
}

/** log of the beta(1/2, 1/2) mixture of likelihoods over the likelihood at p: a martingale if p is the rate. */
function logMixture({ requests, bad }: SideCounts, p: number): number {
  const good = requests - bad;
  const mixture = logGamma(bad + 0.5) + logGamma(good + 0.5) - logGamma(requests + 1);
  const at = (bad === 0 ? 0 : bad * Math.log(p)) + (good === 0 ? 0 : good * Math.log1p(-p));
  return mixture - Math.log(Math.PI) - at;
}

/**
 * Interval that covers a side's rate at every look at once, wrong in at most `share` of all rollouts; by bisection.
 * Robbins' beta-binomial mixture, see Howard et al., arXiv:1810.08240; the rate must stay the same over the looks.
 * @example 0 of 1000, share 0.05 → from 0 to 0.0070
 */
export function rateInterval(side: SideCounts, share: number): { low: number; high: number } {
  const { requests, bad } = side;
  if (requests === 0) return { low: 0, high: 1 };
  const limit = -Math.log(share);
  const rate = bad / requests;
  const edge = (from: number, to: number): number => {
    let inside = from;
    let outside = to;
    for (let step = 0; step < 60; step++) {
      const middle = (inside + outside) / 2;
      if (logMixture(side, middle) < limit) inside = middle;
      else outside = middle;
    }
    // The end that is still outside is the cautious one.
    return outside;
  };
  return { low: bad === 0 ? 0 : edge(rate, 0), high: bad === requests ? 1 : edge(rate, 1) };
}

/**
 * Upper bound of candidate's minus stable's rate (0–1), each side with half of `share`.
 * @example 0 of 1000 beside 0 of 1000, share 0.05 → 0.0077; 0 of 10,000 beside the same → 0.00089
 */
export function differenceBound(state: Omit<BoundState, 'logL'>, share: number): number {
  const { high } = rateInterval(state.candidate, share / 2);
  const { low } = rateInterval(state.stable, share / 2);
  return high - low;
}

/** Harm that is allowed: either bound below its margin is enough; null takes no part. */
export interface AllowedHarm {
  /** Odds ratio, above 1. */
  readonly ratio: number | null;
  /** Share of requests, 0–1. */
  readonly difference: number | null;
}

export type Advance =
  | { readonly kind: 'boundHolds'; readonly by: 'ratio' | 'difference'; readonly bound: number }
  | { readonly kind: 'noEvidenceOfHarm' }
  | { readonly kind: 'wait' };

/** Share of rollouts in which a bound may be wrong. */
const boundShare = 0.05;

/**
 * Whether the step may be left, and on what ground.
 * @param isOver the step's own time is over
 * @param isDoubted there is evidence of harm, too little to roll back
 * @example 100 of 10,000 beside 100 of 10,000, allowed ratio 2 → boundHolds by ratio, 1.75, before the step is over
 * @example 0 of 50 beside 0 of 950, step over → noEvidenceOfHarm; not over → wait
 */
export function adviseAdvance(
  state: BoundState,
  allowed: AllowedHarm,
  { isOver, isDoubted }: { readonly isOver: boolean; readonly isDoubted: boolean },
): Advance {
  const ratio = oddsRatioBound(state, boundShare);
  if (allowed.ratio !== null && ratio !== null && ratio <= allowed.ratio) {
    return { kind: 'boundHolds', by: 'ratio', bound: ratio };
  }
  const difference = differenceBound(state, boundShare);
  if (allowed.difference !== null && difference <= allowed.difference) {
    return { kind: 'boundHolds', by: 'difference', bound: difference };
  }
  return isOver && !isDoubted ? { kind: 'noEvidenceOfHarm' } : { kind: 'wait' };
}
