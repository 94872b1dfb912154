/** How much more than by chance the instances of stable differ from each other, learnt before a candidate has traffic. */

/** What one look adds on one instance: whole numbers, bad <= requests. */
export interface InstanceCount {
  readonly requests: number;
  readonly bad: number;
}

/*
 * Model: an instance's rate is the common one times a gamma variable with mean 1 and variance phi = 1/k, fresh for each
 * look. Then two bad requests of a look fall on the same instance more often than its share of traffic explains. With
 * p_i the shares of requests and q = sum p_i^2, the quotient C = sum x_i(x_i-1) / sum x(x-1)q has the limit
 * (1+phi)/(1+phi q) (Dirichlet–multinomial), so phi = (C-1)/(1-Cq). This is the moment estimator of the negative
 * binomial's dispersion in pairs, unbiased where looks hold one or two bad requests; its standard error without any
 * dispersion is sqrt(2/(pairs q (1-q))). Used is 1.25 phi + one standard error: learning too little costs false alarms,
 * too much only time.
 */

/** JSON-serialisable sums over looks at stable. */
export interface DispersionState {
  /** Time covered, ms. */
  readonly forMs: number;
  /** Fewest instances with traffic in any look that had some; null before. */
  readonly instances: number | null;
  /** Ordered pairs of bad requests in the same look, of those on the same instance, and of those expected there. */
  readonly pairs: number;
  readonly together: number;
  readonly expected: number;
}

/** Dispersion a test may use, and where it comes from. */
export interface Dispersion {
  /** Variance of an instance's rate over its mean squared, from one look to another: 0 is none, 1 the prior. */
  readonly phi: number;
  readonly source: 'learnt' | 'saved' | 'prior';
  /** Why nothing was learnt; null when it was. */
  readonly because: 'too short' | 'one instance' | 'too few errors' | null;
}

export const learnForMs = 600_000;
const priorPhi = 1;
const largestPhi = 100;
const safety = 1.25;

export function beginDispersion(): DispersionState {
  return { forMs: 0, instances: null, pairs: 0, together: 0, expected: 0 };
}

/**
 * Takes in one look at stable's instances. Only looks before the candidate's first request may be given: a test whose
 * dispersion knows the data it judges proves nothing.
 * @param forMs time since the look before
 */
export function learnDispersion(
  state: DispersionState,
  stable: readonly InstanceCount[],
  forMs: number,
): DispersionState {
  const active = stable.filter(({ requests }) => requests > 0);
  const bad = active.reduce((sum, one) => sum + one.bad, 0);
  const together = active.reduce((sum, one) => sum + one.bad * (one.bad - 1), 0);
  const instances = active.length === 0 ? Infinity : active.length;
  const fewest = Math.min(state.instances ?? Infinity, instances);
  const pairs = bad * (bad - 1);
  return {
    forMs: state.forMs + forMs,
    instances: Number.isFinite(fewest) ? fewest : null,
    pairs: state.pairs + pairs,
    together: state.together + together,
    expected: state.expected + (pairs === 0 ? 0 : pairs / effectiveInstances(active)),
  };
}

/**
 * Instances as many as would divide the same traffic evenly: (sum n)^2 / sum n^2.
 * @example [100, 100, 100] → 3; [100, 1] → 1.02; no traffic → 0
 */
export function effectiveInstances(instances: readonly InstanceCount[]): number {
  const sum = instances.reduce((all, { requests }) => all + requests, 0);
  const squares = instances.reduce((all, { requests }) => all + requests ** 2, 0);
  return squares === 0 ? 0 : sum ** 2 / squares;
}

/**
 * What was learnt, else the target's saved value, else the conservative prior k = 1.
 * @param saved phi as an earlier rollout of the target has learnt it; null: none
 * @example 10 min, 3 instances, C = 1.5 over 900 pairs → learnt, 1.25 * 1 + 0.1 = 1.35
 * @example 9 min → saved, or the prior 1, because "too short"
 * @example 10 min with 2 pairs of errors: a standard error above 1 → saved or the prior, because "too few errors"
 */
export function dispersionFrom(state: DispersionState, saved: number | null): Dispersion {
  const error = standardError(state);
  const because = whyNotLearnt(state, error);
  if (because === null) {
    const phi = Math.min(largestPhi, safety * estimate(state) + error);
    return { phi, source: 'learnt', because };
  }
  return saved === null
    ? { phi: priorPhi, source: 'prior', because }
    : { phi: Math.min(largestPhi, Math.max(0, saved)), source: 'saved', because };
}

function whyNotLearnt(state: DispersionState, error: number): Dispersion['because'] {
  if (state.forMs < learnForMs) return 'too short';
  if (state.instances === null || state.instances < 2) return 'one instance';
  return error <= 1 ? null : 'too few errors';
}

function standardError({ pairs, expected }: DispersionState): number {
  if (expected === 0 || expected >= pairs) return Infinity;
  return Math.sqrt(2 / (expected * (1 - expected / pairs)));
}

function estimate({ pairs, together, expected }: DispersionState): number {
  const quotient = together / expected;
  const left = 1 - together / pairs;
  if (quotient <= 1) return 0;
  return left <= 0 ? largestPhi : (quotient - 1) / left;
}
