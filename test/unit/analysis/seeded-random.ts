/** Seeded random numbers of the shapes that counts of requests have. */

export type Random = () => number;

/** Uniform numbers in [0, 1). */
export function randomFrom(start: number): Random {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform numbers in [0, 1) for very many runs: sfc32, whose 128 bits of state keep their streams apart. */
export function streamFrom(seed: number, stream: number): Random {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e3779b9 | 0;
  let count = 1;
  const next = (): number => {
    const sum = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 15; warmUp++) next();
  return next;
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Poisson number; above 30 a rounded normal one, which only requests need, whose number every test conditions on. */
export function poisson(mean: number, random: Random): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** Successes of n trials; by gaps between successes, so that rare ones are cheap. */
export function binomial(n: number, share: number, random: Random): number {
  if (share <= 0) return 0;
  if (share >= 1) return n;
  if (share > 0.5) return n - binomial(n, 1 - share, random);
  const log = Math.log1p(-share);
  let count = -1;
  for (let at = 0; at <= n; at += 1 + Math.floor(Math.log(1 - random()) / log)) count++;
  return count;
}

/** Gamma number with mean 1 and the shape k (Marsaglia and Tsang); below 1 by its power of a uniform. */
export function gammaFactor(k: number, random: Random): number {
  if (k < 1) return ((k + 1) / k) * gammaFactor(k + 1, random) * (1 - random()) ** (1 / k);
  const d = k - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return (d * v) / k;
  }
}
