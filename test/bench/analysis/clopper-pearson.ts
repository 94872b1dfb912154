/** How large a share can be when so many of so many runs were hits. */

/** P(at most `hits` of `n`) when each is one with the probability `share`. */
export function atMost(hits: number, n: number, share: number): number {
  let log = n * Math.log1p(-share);
  let sum = Math.exp(log);
  for (let x = 1; x <= hits; x++) {
    log += Math.log((n - x + 1) / x) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(log);
  }
  return sum;
}

/**
 * One-sided upper bound at 99 % confidence, by bisection.
 * @example 0 of 10,000 → 0.00046; 77 of 10,000 → 0.00999; 78 → 0.0101
 */
export function upper99(hits: number, n: number): number {
  let low = hits / n;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(hits, n, middle) > 0.01) low = middle;
    else high = middle;
  }
  return high;
}
