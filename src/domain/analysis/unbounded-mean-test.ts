/** Is the mean of a series without bounds (queue lag, payload, memory) worse on the candidate? A confidence sequence. */
import { type MeanLook, meanOf } from './bounded-mean-test.js';

/*
 * Units are differences of the sides' means of instance means, averaged over batches of looks as long as the series
 * remembers itself (batch means). One-sided asymptotic confidence sequence of Waudby-Smith et al., arXiv:2103.06476:
 * after t units, mean -/+ s sqrt(2(t rho^2 + 1)/(t^2 rho^2) log(1 + sqrt(t rho^2 + 1)/(2a))). It covers the running mean
 * at all t at once as t grows; before the 30th unit there is no bound at all. rho decides when it is tightest.
 */

/** JSON-serialisable; about 100 bytes. */
export interface UnboundedMeanState {
  readonly units: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean (Welford). */
  readonly squares: number;
  /** The batch being filled. */
  readonly batch: { readonly looks: number; readonly sum: number };
}

export interface UnboundedSeries {
  readonly worse: 'higher' | 'lower';
  /** Looks in a unit, at least 1: as many as the series needs to forget. */
  readonly looksPerUnit: number;
  /** Units after which the bound shall be tightest: those of the step's expected length. */
  readonly expectedUnits: number;
}

/** With fewer the normal approximation may be far off. */
export const fewestUnits = 30;

export function beginUnboundedMean(): UnboundedMeanState {
  return { units: 0, mean: 0, squares: 0, batch: { looks: 0, sum: 0 } };
}

/** The state after one more look; a look without one of the sides tells nothing. */
export function lookAtUnboundedMean(
  state: UnboundedMeanState,
  look: MeanLook,
  { worse, looksPerUnit }: UnboundedSeries,
): UnboundedMeanState {
  if (look.candidate.length === 0 || look.stable.length === 0) return state;
  const difference = meanOf(look.candidate) - meanOf(look.stable);
  const harm = worse === 'higher' ? difference : -difference;
  const batch = { looks: state.batch.looks + 1, sum: state.batch.sum + harm };
  if (batch.looks < looksPerUnit) return { ...state, batch };
  const unit = batch.sum / batch.looks;
  const units = state.units + 1;
  const mean = state.mean + (unit - state.mean) / units;
  return {
    units,
    mean,
    squares: state.squares + (unit - state.mean) * (unit - mean),
    batch: { looks: 0, sum: 0 },
  };
}

/**
 * Lower and upper bound of how much worse the candidate is, in the series' unit; each is wrong in about `share` of all
 * rollouts at most. Null before 30 units. Roll back when the lower one is above the margin, advance when the upper one is
 * below what is allowed.
 * @example 60 units, mean 12 ms, standard deviation 10 ms, share 0.01, expected 60 → 7.7 to 16.3 ms
 */
export function unboundedMeanBounds(
  { units, mean, squares }: UnboundedMeanState,
  { expectedUnits }: Pick<UnboundedSeries, 'expectedUnits'>,
  share: number,
): { readonly low: number; readonly high: number } | null {
  if (units < fewestUnits) return null;
  const doubled = -2 * Math.log(2 * share);
  const rho2 = (doubled + Math.log(doubled + 1)) / expectedUnits;
  const grown = units * rho2 + 1;
  const deviation = Math.sqrt(squares / (units - 1));
  const radius =
    (deviation / units) *
    Math.sqrt(((2 * grown) / rho2) * Math.log1p(Math.sqrt(grown) / (2 * share)));
  return { low: mean - radius, high: mean + radius };
}

/** At a larger share of wrong bounds the formula says nothing; at this end nobody looks further. */
const logLevels = { least: 1, most: 60 };

/**
 * How far the evidence is that the candidate is worse by more than the margin, as log E would be: the largest L for which
 * the bound that is wrong in a share of exp(-L) is above the margin; 0 before any.
 */
export function logUnboundedMean(
  state: UnboundedMeanState,
  series: Pick<UnboundedSeries, 'expectedUnits'>,
  margin: number,
): number {
  const isWorse = (level: number): boolean =>
    (unboundedMeanBounds(state, series, Math.exp(-level))?.low ?? -Infinity) > margin;
  let { least, most } = logLevels;
  if (!isWorse(least)) return 0;
  if (isWorse(most)) return most;
  while (most - least > 1e-6) {
    const middle = (least + most) / 2;
    if (isWorse(middle)) least = middle;
    else most = middle;
  }
  return least;
}
