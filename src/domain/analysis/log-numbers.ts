/** Numbers kept as natural logarithms, because products over hours of traffic leave the range of a double. */

/** log(e^a + e^b); either may be -Infinity. */
export function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY
    ? high
    : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** log of the mean of e^x over the list. */
export function logMean(logs: readonly number[]): number {
  const high = Math.max(...logs);
  if (high === Number.NEGATIVE_INFINITY) return high;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - high);
  return high + Math.log(sum / logs.length);
}

/** Below this, Stirling's series is entered a few steps higher up. */
const stirlingFrom = 10;

/**
 * log Γ(z) for z > 0, to about 1e-15 of its size: 1e-7 at z = 10^7.
 * @example logGamma(5) // log 24 = 3.178
 */
export function logGamma(z: number): number {
  let shift = 1;
  let x = z;
  for (; x < stirlingFrom; x++) shift *= x;
  const inverse = 1 / (x * x);
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) /
    x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(shift);
}
