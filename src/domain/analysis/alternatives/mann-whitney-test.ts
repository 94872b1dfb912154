/** By how much do two samples differ? The Mann–Whitney test's interval and estimate of the shift, as Kayenta takes them. */
import { rootOf } from './brent-root.js';

/** Quantile of the normal distribution at 0.99: an interval of 98 %. */
export const kayentaZ = 2.3263478740408408;

export interface Shift {
  readonly low: number;
  readonly high: number;
  /** Hodges–Lehmann: the shift at which the ranks balance. */
  readonly estimate: number;
}

interface Ranked {
  /** Values of x above one of y, ties counted half: U. */
  readonly above: number;
  /** Sum of t³ - t over groups of t tied values. */
  readonly ties: number;
}

/** Both samples ascending, x moved down by mu. */
function rank(x: readonly number[], y: readonly number[], mu: number): Ranked {
  let above = 0;
  let ties = 0;
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    const nextX = i < x.length ? (x[i] as number) - mu : Number.POSITIVE_INFINITY;
    const value = Math.min(nextX, j < y.length ? (y[j] as number) : Number.POSITIVE_INFINITY);
    const [fromX, fromY] = [i, j];
    while (i < x.length && (x[i] as number) - mu === value) i++;
    while (j < y.length && y[j] === value) j++;
    const [ofX, ofY] = [i - fromX, j - fromY];
    above += ofX * (fromY + ofY / 2);
    ties += (ofX + ofY) ** 3 - (ofX + ofY);
  }
  return { above, ties };
}

/**
 * z of "x is y moved by mu", with the correction for continuity and for ties; it falls as mu grows.
 * NaN where all values are tied.
 * @param x @param y ascending
 */
export function zOfShift(x: readonly number[], y: readonly number[], mu: number): number {
  const pairs = x.length * y.length;
  const all = x.length + y.length;
  const { above, ties } = rank(x, y, mu);
  const excess = above - pairs / 2;
  const sigma = Math.sqrt((pairs / 12) * (all + 1 - ties / (all * (all - 1))));
  return (excess - Math.sign(excess) * 0.5) / sigma;
}

/**
 * The interval in which x - y lies, and its estimate: roots of z = ±`z` and of z = 0. Null where each side has one value
 * only, however often: ranks say nothing then.
 * @param z 2.326 covers 98 %
 */
export function shiftBetween(
  x: readonly number[],
  y: readonly number[],
  z = kayentaZ,
): Shift | null {
  if (new Set(x).size < 2 && new Set(y).size < 2) return null;
  const xs = x.toSorted((a, b) => a - b);
  const ys = y.toSorted((a, b) => a - b);
  const least = (xs[0] as number) - (ys.at(-1) as number);
  const most = (xs.at(-1) as number) - (ys[0] as number);
  const atLeast = zOfShift(xs, ys, least);
  const atMost = zOfShift(xs, ys, most);
  const rootAt = (level: number): number =>
    rootOf(
      (mu) => zOfShift(xs, ys, mu) - level,
      { x: least, y: atLeast - level },
      { x: most, y: atMost - level },
    );
  const bound = (level: number): number => {
    if (atLeast - level <= 0) return least;
    return atMost - level >= 0 ? most : rootAt(level);
  };
  return { low: bound(z), high: bound(-z), estimate: rootAt(0) };
}

/**
 * Common language effect size: the share of pairs in which x is above y, ties counted half.
 * @example [1, 2] and [0, 1] → 0.875
 */
export function shareAbove(x: readonly number[], y: readonly number[]): number {
  const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);
  return rank(ascending(x), ascending(y), 0).above / (x.length * y.length);
}
