/** Is the mean of a bounded series (CPU share, conversion) worse on the candidate? Betting on the difference of each look. */
import {
  addEvidence,
  beginEvidence,
  type EvidenceState,
  logEvidenceOf,
} from './evidence-mixture.js';
import { logMean } from './log-numbers.js';

/*
 * Unit is the mean of an instance over a look, not the request: requests of one look share their fate. With D the
 * difference of the sides' means, worse being positive, and R the width of the range, d = (D - margin)/(R + margin) lies
 * within -1..1. Whoever stakes the fraction s < 1 on it multiplies their money by 1 + s d, which nothing can make grow
 * on average while the mean of D is at most the margin: an e-process for each s, and so is their mean (betting:
 * Waudby-Smith and Ramdas, arXiv:2010.09686). Mirrored it shows that the difference is below the margin. No shape of the
 * distribution and no independence is assumed, only that the mean of each look's D, given the past, keeps the margin.
 */

export interface BoundedSeries {
  /** Range of an instance's mean; values outside are taken as its ends. */
  readonly low: number;
  readonly high: number;
  readonly worse: 'higher' | 'lower';
  /** Difference that is nothing to roll back for, in the series' unit, 0 <= margin < high - low. */
  readonly margin: number;
}

/** Means of one look, one for each instance. */
export interface MeanLook {
  readonly atMs: number;
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
}

/** JSON-serialisable; about 400 bytes. */
export interface BoundedMeanState {
  /** Against "worse by the margin at most". */
  readonly harm: EvidenceState;
  /** log of the mirrored stakes, against "worse by the margin or more". */
  readonly logKept: readonly number[];
  /** Looks that had both sides. */
  readonly looks: number;
}

const stakes: readonly number[] = [0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 0.95];

export function beginBoundedMean(): BoundedMeanState {
  return { harm: beginEvidence(), logKept: stakes.map(() => 0), looks: 0 };
}

/** In an order of its own, so that the order in which instances are told changes no digit. */
export function meanOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
}

/** The state after one more look; a look without one of the sides tells nothing. */
export function lookAtBoundedMean(
  state: BoundedMeanState,
  look: MeanLook,
  { low, high, worse, margin }: BoundedSeries,
): BoundedMeanState {
  if (look.candidate.length === 0 || look.stable.length === 0) return state;
  const inRange = (value: number): number => Math.min(high, Math.max(low, value));
  const difference = meanOf(look.candidate.map(inRange)) - meanOf(look.stable.map(inRange));
  const harm = worse === 'higher' ? difference : -difference;
  const d = (harm - margin) / (high - low + margin);
  return {
    harm: addEvidence(
      state.harm,
      stakes.map((stake) => Math.log1p(stake * d)),
      look.atMs,
    ),
    logKept: state.logKept.map((log, j) => log + Math.log1p(-(stakes[j] as number) * d)),
    looks: state.looks + 1,
  };
}

/**
 * log E of "worse by more than the margin", and of "worse by less than the margin" (for advancing).
 * @example CPU share 0.7 beside 0.4, margin 0.1, ten looks: E = 1.6 for worse; 30 looks: 14
 */
export function logBoundedMean(state: BoundedMeanState): { worse: number; kept: number } {
  return { worse: logEvidenceOf(state.harm), kept: logMean(state.logKept) };
}
