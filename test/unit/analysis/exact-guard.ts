/** The guard once more, in exact rational arithmetic and straight from its definition, to check the real one against. */

/** Numerator over denominator, never reduced below what is needed to compare. */
export interface Ratio {
  readonly top: bigint;
  readonly bottom: bigint;
}

const scale = 1_000_000n;

/** A decimal with at most six digits, exactly. */
export function ratio(value: number): Ratio {
  return { top: BigInt(Math.round(value * 1e6)), bottom: scale };
}

export const whole = (n: number): Ratio => ({ top: BigInt(n), bottom: 1n });
export const times = (a: Ratio, b: Ratio): Ratio => ({
  top: a.top * b.top,
  bottom: a.bottom * b.bottom,
});
export const plus = (a: Ratio, b: Ratio): Ratio => ({
  top: a.top * b.bottom + b.top * a.bottom,
  bottom: a.bottom * b.bottom,
});
export const over = (a: Ratio, b: Ratio): Ratio => ({
  top: a.top * b.bottom,
  bottom: a.bottom * b.top,
});
const lessFrom1 = (a: Ratio): Ratio => ({ top: a.bottom - a.top, bottom: a.bottom });
export const power = (a: Ratio, n: number): Ratio => ({
  top: a.top ** BigInt(n),
  bottom: a.bottom ** BigInt(n),
});
export const isAtMost = (a: Ratio, b: Ratio): boolean => a.top * b.bottom <= b.top * a.bottom;

export function toNumber({ top, bottom }: Ratio): number {
  const digits = 10n ** 18n;
  return Number((top * digits) / bottom) / 1e18;
}

export interface ExactLook {
  readonly bad: number;
  readonly total: number;
  /** Undecided when the look began. */
  readonly before: number;
}

/** E after the looks, in the words of the definition: a mean over alternatives of a mixture over all starts. */
export function exactEvidence(
  limit: number,
  alternatives: readonly number[],
  looks: readonly ExactLook[],
  undecidedNow: number,
): Ratio {
  const p0 = ratio(limit);
  let sum = whole(0);
  for (const alternative of alternatives) {
    const p = ratio(alternative);
    const ofBad = over(p, p0);
    const ofGood = over(lessFrom1(p), lessFrom1(p0));
    let inner = whole(0);
    let spent = whole(0);
    for (let start = 1; start <= looks.length; start++) {
      const weight = startWeight(start);
      spent = plus(spent, weight);
      let product = times(weight, power(over(whole(1), ofBad), looks[start - 1]?.before ?? 0));
      for (const { bad, total } of looks.slice(start - 1)) {
        product = times(product, times(power(ofBad, bad), power(ofGood, total - bad)));
      }
      inner = plus(inner, times(product, power(ofGood, undecidedNow)));
    }
    sum = plus(sum, plus(inner, lessFrom1(spent)));
  }
  return over(sum, whole(alternatives.length));
}

function startWeight(t: number): Ratio {
  return t === 1 ? { top: 1n, bottom: 2n } : { top: 1n, bottom: BigInt(2 * t * (t - 1)) };
}

/** P(x bad of n) when each is bad with the probability. */
export function chance(n: number, x: number, share: number): Ratio {
  const p = ratio(share);
  let ways = 1n;
  for (let k = 1; k <= x; k++) ways = (ways * BigInt(n - k + 1)) / BigInt(k);
  const outcome = times(power(p, x), power(lessFrom1(p), n - x));
  return { top: ways * outcome.top, bottom: outcome.bottom };
}
