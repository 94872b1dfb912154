/** One metric of the candidate beside stable, classified as Kayenta does: Pass, High, Low or Nodata. */
import { kayentaZ, shareAbove, shiftBetween } from './mann-whitney-test.js';

/** The names are Kayenta's; defaults in `kayentaDefaults`. */
export interface KayentaRules {
  /** In which direction a difference counts. */
  readonly direction: 'increase' | 'decrease' | 'either';
  /** A value that is missing: left out, or taken for 0. */
  readonly nanStrategy: 'remove' | 'replace';
  readonly outliers: 'keep' | 'remove';
  /** Interquartile ranges from the quartiles to the fences. */
  readonly outlierFactor: number;
  readonly effectSize: EffectSizes;
  /** High or Low (beyond the critical effect size), or Nodata, fails the whole. */
  readonly critical: boolean;
  /** Nodata counts against the group. */
  readonly mustHaveData: boolean;
}

export interface EffectSizes {
  /** Mean of the candidate over mean of stable, or the share of pairs in which the candidate is above. */
  readonly measure: 'meanRatio' | 'cles';
  readonly allowedIncrease: number;
  readonly allowedDecrease: number;
  readonly criticalIncrease: number;
  readonly criticalDecrease: number;
}

export const kayentaDefaults = {
  direction: 'either',
  nanStrategy: 'remove',
  outliers: 'keep',
  outlierFactor: 3,
  critical: false,
  mustHaveData: false,
} as const;

/** Where there is no effect: 1 for the ratio of means, a half for the share of pairs. */
export function effectSizesOf(
  measure: EffectSizes['measure'],
  given: Partial<EffectSizes> = {},
): EffectSizes {
  const none = measure === 'cles' ? 0.5 : 1;
  return {
    ...{ measure, allowedIncrease: none, allowedDecrease: none },
    ...{ criticalIncrease: none, criticalDecrease: none, ...given },
  };
}

export type Label = 'Pass' | 'High' | 'Low' | 'Nodata' | 'NodataFailMetric' | 'Error';

export interface Classified {
  readonly label: Label;
  /** It fails the whole when it did not pass. */
  readonly critical: boolean;
  /** Mean of the candidate over mean of stable; NaN where one of them is 0, 1 where none was taken. */
  readonly ratio: number;
}

/** How far the test goes beside what is configured; Kayenta's own suite uses others. */
export interface Strictness {
  /** Share of the estimate that a bound must be beyond. */
  readonly tolerance: number;
  readonly z: number;
}

const shipped: Strictness = { tolerance: 0.25, z: kayentaZ };

/**
 * Quantile by linear interpolation between order statistics (R's type 7); NaN of nothing.
 * @example 0.05 of 0, 0.5, 1, … 3.5 → 0.175
 */
export function quantileOf(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (at - Math.floor(at)) * (high - low);
}

/** Leaves out what lies beyond both the fences of the quartiles and the outermost hundredths. */
export function withoutOutliers(values: readonly number[], factor: number): readonly number[] {
  const [q1, q3] = [quantileOf(values, 0.25), quantileOf(values, 0.75)];
  const low = Math.min(quantileOf(values, 0.01), q1 - factor * (q3 - q1));
  const high = Math.max(quantileOf(values, 0.99), q3 + factor * (q3 - q1));
  return values.filter((value) => value >= low && value <= high);
}

function transformed(values: readonly number[], rules: KayentaRules): readonly number[] {
  const { nanStrategy, outliers, outlierFactor } = rules;
  const known =
    nanStrategy === 'remove'
      ? values.filter((value) => !Number.isNaN(value))
      : values.map((value) => (Number.isNaN(value) ? 0 : value));
  return outliers === 'remove' ? withoutOutliers(known, outlierFactor) : known;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** NaN where a mean is 0. */
function meanRatio(candidate: readonly number[], stable: readonly number[]): number {
  const [above, below] = [meanOf(candidate), meanOf(stable)];
  return above === 0 || below === 0 ? Number.NaN : above / below;
}

/**
 * A sample of one value only, spread by a hundred-thousandth of it, so that ranks exist where both sides are such.
 * Kayenta draws normal noise here; a verdict that can be recomputed spreads evenly, with the same deviation.
 */
function spread(values: readonly number[]): readonly number[] {
  return values.map((value, n) => value + value * 1e-5 * Math.sqrt(3) * (2 * evenly(n) - 1));
}

/** 0–1, filling the range ever more densely: multiples of the golden ratio. */
function evenly(n: number): number {
  return ((n + 1) * 0.6180339887498949) % 1;
}

/**
 * @param candidate @param stable values of equal spans of time; NaN where one is missing
 * @example [20, 22, 21, 25, 30] beside [1, 2.2, 1.1, 2.5, 3] → High
 */
export function classifyMetric(
  candidate: readonly number[],
  stable: readonly number[],
  rules: KayentaRules,
  strictness = shipped,
): Classified {
  const x = transformed(candidate, rules);
  const y = transformed(stable, rules);
  if (x.length === 0 || y.length === 0) return withoutData(rules);
  const passed: Classified = { label: 'Pass', critical: false, ratio: 1 };
  if (isSame(x, y) || new Set([...x, ...y]).size === 1) return passed;
  return compared(x, y, rules, strictness);
}

/** Replaced by zeros there would have been values, so nothing at all passes, even what is critical. */
function withoutData({ nanStrategy, mustHaveData, critical }: KayentaRules): Classified {
  if (nanStrategy === 'replace') return { label: 'Pass', critical: false, ratio: 1 };
  if (mustHaveData && !critical) return { label: 'NodataFailMetric', critical: false, ratio: 1 };
  return { label: 'Nodata', critical, ratio: 1 };
}

function isSame(x: readonly number[], y: readonly number[]): boolean {
  if (x.length !== y.length) return false;
  const sorted = y.toSorted((a, b) => a - b);
  return x.toSorted((a, b) => a - b).every((value, n) => value === sorted[n]);
}

function compared(
  x: readonly number[],
  y: readonly number[],
  { direction, effectSize, critical }: KayentaRules,
  { tolerance, z }: Strictness,
): Classified {
  const isFlat = new Set(x).size === 1 && new Set(y).size === 1;
  const [candidate, stable] = isFlat ? [spread(x), spread(y)] : [x, y];
  const shift = shiftBetween(candidate, stable, z);
  if (shift === null) return { label: 'Error', critical: false, ratio: Number.NaN };
  const { low, high, estimate } = shift;
  const bound = tolerance * Math.abs(estimate);
  const ratio = meanRatio(candidate, stable);
  const effect = effectSize.measure === 'cles' ? shareAbove(candidate, stable) : ratio;
  // What cannot be computed is not asked for.
  const reaches = (limit: number) => Number.isNaN(effect) || effect >= limit;
  const fallsTo = (limit: number) => Number.isNaN(effect) || effect <= limit;
  if (direction !== 'decrease' && low > bound && reaches(effectSize.allowedIncrease)) {
    return { label: 'High', critical: critical && reaches(effectSize.criticalIncrease), ratio };
  }
  if (direction !== 'increase' && high < -bound && fallsTo(effectSize.allowedDecrease)) {
    return { label: 'Low', critical: critical && fallsTo(effectSize.criticalDecrease), ratio };
  }
  return { label: 'Pass', critical: false, ratio };
}
