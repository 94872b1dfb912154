/** Normalising constants of conditional distributions of counts, exact to about 1e-12 at any size. */

/** The unnormalised weights a_low..a_high of how a total could have fallen, told by their ratios. */
export interface Outcomes {
  readonly low: number;
  readonly high: number;
  /** a_{u+1} / a_u, for low <= u < high. */
  readonly ratio: (u: number) => number;
  /** The ratios fall with u, so that the weights have one peak for every tilt. */
  readonly hasOnePeak: boolean;
}

/** A term this small beside the sum is left out, with all beyond it. */
const negligible = 1e-18;
const rescaleAbove = 1e250;
/** So few outcomes stay within a double's range, whatever the sizes: (10^7 * 150)^20 is 10^184. */
const fewOutcomes = 20;

/**
 * log sum_u a_u psi^u for each tilt, up to one constant shared by all of them. Ratios only: logarithms of factorials of
 * 10^7 would leave no more than seven digits.
 * @param tilts ascending, above 0
 * @example of 2 bad among 2 and 2 requests: a = 1, 4, 1; tilts 1 and 2 → log 6 + c and log 13 + c
 */
export function logTiltedSums(outcomes: Outcomes, tilts: readonly number[]): number[] {
  if (outcomes.high - outcomes.low <= fewOutcomes) return logShortSums(outcomes, tilts);
  if (!outcomes.hasOnePeak) return tilts.map((tilt) => logWholeSum(outcomes, tilt));
  const walk = { u: peakOf(outcomes, tilts[0] as number), logA: 0 };
  return tilts.map((tilt) => {
    const peak = peakOf(outcomes, tilt);
    walk.logA += logBetween(outcomes, walk.u, peak);
    walk.u = peak;
    return walk.logA + peak * Math.log(tilt) + Math.log(sumAround(outcomes, peak, tilt));
  });
}

/** All terms, the weights worked out once: most looks have few errors. */
function logShortSums({ low, high, ratio }: Outcomes, tilts: readonly number[]): number[] {
  const weights = [1];
  for (let u = low; u < high; u++) weights.push((weights[u - low] as number) * ratio(u));
  return tilts.map((tilt) => {
    let sum = 0;
    for (let i = high - low; i >= 0; i--) sum = sum * tilt + (weights[i] as number);
    return low * Math.log(tilt) + Math.log(sum);
  });
}

/** The first u from which the terms do not grow any more. */
function peakOf({ low, high, ratio }: Outcomes, tilt: number): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (ratio(middle) * tilt > 1) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** log(a_to / a_from), from <= to; few logarithms, since tilts ascend and with them the peaks. */
function logBetween({ ratio }: Outcomes, from: number, to: number): number {
  let product = 1;
  let log = 0;
  for (let u = from; u < to; u++) {
    product *= ratio(u);
    if (product > 1e200 || product < 1e-200) {
      log += Math.log(product);
      product = 1;
    }
  }
  return log + Math.log(product);
}

/** sum_u a_u tilt^u over the term at the peak. */
function sumAround({ low, high, ratio }: Outcomes, peak: number, tilt: number): number {
  let sum = 1;
  let term = 1;
  for (let u = peak; u < high && term > negligible * sum; u++) {
    term *= ratio(u) * tilt;
    sum += term;
  }
  term = 1;
  for (let u = peak; u > low && term > negligible * sum; u--) {
    term /= ratio(u - 1) * tilt;
    sum += term;
  }
  return sum;
}

/** Term by term; what has become nothing beside the sum never grows back, because only polynomials bend these weights. */
function logWholeSum({ low, high, ratio }: Outcomes, tilt: number): number {
  let log = low * Math.log(tilt);
  let sum = 1;
  let term = 1;
  for (let u = low; u < high; u++) {
    term *= ratio(u) * tilt;
    sum += term;
    if (sum > rescaleAbove) {
      log += Math.log(sum);
      term /= sum;
      sum = 1;
    }
  }
  return log + Math.log(sum);
}
