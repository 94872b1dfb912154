/** How bad a candidate must be to be found within a step: the reach of the judge before a release begins. */
import { binomialTest, rollBackAt } from './binomial-guard.js';
import { unspentAt } from './evidence-mixture.js';
import { type CountPair, harmMultiples, oddsFactors } from './odds-test.js';
import { spreadFactors } from './spread-test.js';
import { troubleMs } from './two-keys.js';

/*
 * A share q of failed requests is found when log E is expected to reach its limit with room for bad luck: the growth of
 * log E over the step's looks has for each alternative a mean and a variance, taken over the counts that a look may
 * show, and mean - 1.28 standard deviations (nine of ten steps) must reach the limit for one alternative, in both keys.
 * Approximations, all of which make the answer somewhat larger than the truth or change it by less than a factor of 2:
 * - the step stands alone: what earlier steps have seen of the same harm is left out;
 * - of a fault that begins with the step the mixture spends what it keeps for the step's first tenth, and nine tenths count;
 * - the best alternative stands for the mean over all of them, which is at most the others' number below it;
 * - instances fail alike, and the test bears the dispersion that it has learnt or assumes;
 * - requests of a look are as many as expected, and only where that is fewer than 20 by chance more or fewer: a look
 *   without requests on one side tells nothing, and at low traffic most are such looks.
 */

export interface HarmQuestion {
  /** Of the step, and of the candidate's traffic before it. */
  readonly durationMs: number;
  readonly beforeMs: number;
  readonly intervalMs: number;
  /** Of the whole target. */
  readonly requestsPerS: number;
  /** Candidate's part, 1–100. */
  readonly weight: number;
  /** Failed requests of stable, 0–1. */
  readonly errorShare: number;
  readonly instances: { readonly candidate: number; readonly stable: number };
  /** Dispersion of the second key, see dispersion.ts. */
  readonly phi: number;
  /** log E at which the comparison rolls back; Infinity: it does not. */
  readonly logLimit: number;
  /** Share of failed requests above which the candidate is rolled back beside nobody. */
  readonly rollBackAbove: number;
}

export interface SmallestHarm {
  /** Failed requests of the candidate, 0–1. */
  readonly share: number;
  /** What finds it: the comparison with stable, or the limit that stands by itself. */
  readonly by: 'comparison' | 'limit';
}

/** Standard deviations for nine of ten. */
const badLuck = 1.28;
/** With more of them a look is taken to be shorter, so that a plan is not kept waiting by its arithmetic. */
const mostBad = 3000;
/** From here on the number of a look's requests may be taken as it is expected. */
const manyRequests = 20;

const multiples = [1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500];
const shares = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5];

/**
 * Null: within this time nothing is found, however bad.
 * @example 5 min at 20 % of 40 rps, stable fails 0.2 %, 1 and 3 instances, dispersion 0 → 5 times as many, by the comparison
 * @example 5 min at 20 % of 1 rps, the same → 30 %, by the limit of 5 %
 * @example no traffic → null
 */
export function smallestHarm(question: HarmQuestion): SmallestHarm | null {
  const { errorShare } = question;
  const harms =
    errorShare > 0
      ? [...multiples.map((multiple) => multiple * errorShare).filter((share) => share < 1), 1]
      : [...shares, 1];
  const compared = firstFound(harms, (share) => comparisonFinds(question, share));
  const limited = firstFound(harms, (share) => limitFinds(question, share));
  if (compared !== null && compared <= (limited ?? Infinity)) {
    return { share: compared, by: 'comparison' };
  }
  return limited === null ? null : { share: limited, by: 'limit' };
}

/** What is worse is found too, so that halves can be left out. */
function firstFound(harms: readonly number[], finds: (share: number) => boolean): number | null {
  let from = 0;
  let to = harms.length;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (finds(harms[middle] as number)) to = middle;
    else from = middle + 1;
  }
  return harms[from] ?? null;
}

function comparisonFinds(question: HarmQuestion, share: number): boolean {
  const { requestsPerS, weight, durationMs, errorShare, instances, phi, logLimit } = question;
  if (!Number.isFinite(logLimit) || weight >= 100) return false;
  if (requestsPerS <= 0 || durationMs <= 0) return false;
  const badPerS = requestsPerS * Math.max(errorShare, (share * weight) / 100);
  const start = startOf(question);
  const spread = (counts: CountPair) => spreadFactors({ ...counts, instances }, phi);
  const keys = [
    { factors: oddsFactors, stratumMs: question.intervalMs },
    // Looks of one time of trouble tell the second key together what one look of that length would.
    { factors: spread, stratumMs: Math.max(question.intervalMs, troubleMs) },
  ];
  return keys.every(({ factors, stratumMs }) => {
    const lookMs = Math.min(durationMs, stratumMs, (1000 * mostBad) / badPerS);
    const looks = (start.counted * durationMs) / lookMs;
    const sent = (part: number) => requestsOf((requestsPerS * lookMs * part) / 100_000);
    const pairs = sent(weight).flatMap((mine) =>
      sent(100 - weight).map((other) => ({ mine, other })),
    );
    const moments = momentsOf(factors, pairs, { mine: share, other: errorShare });
    const reached = moments.map(({ mean, variance }) => {
      return looks * mean - badLuck * Math.sqrt(looks * variance) - Math.log(moments.length);
    });
    return Math.max(...reached) + start.logWeight >= logLimit;
  });
}

function limitFinds(question: HarmQuestion, share: number): boolean {
  const { requestsPerS, weight, durationMs, rollBackAbove } = question;
  const { alternatives, logBad, logGood } = binomialTest(rollBackAbove);
  const start = startOf(question);
  const requests = (start.counted * requestsPerS * weight * durationMs) / 100_000;
  if (requests <= 0 || share <= rollBackAbove) return false;
  const reached = alternatives.map((_, j) => {
    const [bad, good] = [logBad[j] as number, logGood[j] as number];
    const deviation = Math.sqrt(requests * share * (1 - share)) * (bad - good);
    const mean = requests * (share * bad + (1 - share) * good);
    return mean - badLuck * deviation - Math.log(alternatives.length);
  });
  return Math.max(...reached) + start.logWeight >= Math.log(rollBackAt);
}

/** What the mixture over starts gives to a fault that begins with the step, and the part of the step that then counts. */
function startOf({ beforeMs, durationMs }: HarmQuestion): { logWeight: number; counted: number } {
  if (beforeMs === 0) return { logWeight: -Math.LN2, counted: 1 };
  const weight = unspentAt(beforeMs) - unspentAt(beforeMs + durationMs / 10);
  return { logWeight: Math.log(weight), counted: 0.9 };
}

interface Count {
  readonly count: number;
  readonly probability: number;
}

/** A normal law in a few points. */
function normalAround(mean: number, deviation: number, points: readonly number[]): Count[] {
  const heights = points.map((z) => Math.exp(-(z ** 2) / 2));
  const sum = heights.reduce((all, height) => all + height, 0);
  return points.map((z, n) => ({
    count: Math.max(0, Math.round(mean + z * deviation)),
    probability: (heights[n] as number) / sum,
  }));
}

/** Requests of a look on one side, by Poisson's law where they are few. */
function requestsOf(mean: number): readonly Count[] {
  if (mean >= manyRequests) return [{ count: Math.round(mean), probability: 1 }];
  if (mean >= 4) return normalAround(mean, Math.sqrt(mean), [-1.8, -0.9, 0, 0.9, 1.8]);
  const all: Count[] = [];
  let probability = Math.exp(-mean);
  for (let count = 0; count <= mean + 4 * Math.sqrt(mean) + 2; count++) {
    all.push({ count, probability });
    probability *= mean / (count + 1);
  }
  return all;
}

/** Bad ones of so many: all numbers that matter where they are few, else a normal law. */
function badOf(requests: number, share: number): readonly Count[] {
  const mean = requests * share;
  if (share >= 1) return [{ count: requests, probability: 1 }];
  if (mean >= 12) {
    const around = normalAround(mean, Math.sqrt(mean * (1 - share)), nine);
    return around.map(({ count, ...rest }) => ({ count: Math.min(requests, count), ...rest }));
  }
  const all: Count[] = [];
  let probability = Math.exp(requests * Math.log1p(-share));
  const most = Math.min(requests, Math.ceil(mean + 5 * Math.sqrt(mean) + 3));
  for (let count = 0; count <= most; count++) {
    all.push({ count, probability });
    probability *= ((requests - count) / (count + 1)) * (share / (1 - share));
  }
  return all;
}

const nine = [-2.4, -1.8, -1.2, -0.6, 0, 0.6, 1.2, 1.8, 2.4];

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Of the log factor of one look, for each alternative. */
function momentsOf(
  factors: (counts: CountPair) => readonly number[],
  pairs: readonly { readonly mine: Count; readonly other: Count }[],
  share: { readonly mine: number; readonly other: number },
): readonly Moments[] {
  const sums = harmMultiples.map(() => ({ first: 0, second: 0 }));
  let total = 0;
  for (const { mine, other } of pairs) {
    const weight = mine.probability * other.probability;
    // Without requests on a side the look tells nothing.
    if (mine.count === 0 || other.count === 0) {
      total += weight;
      continue;
    }
    for (const bad of badOf(mine.count, share.mine)) {
      for (const beside of badOf(other.count, share.other)) {
        const p = weight * bad.probability * beside.probability;
        total += p;
        if (bad.count + beside.count === 0) continue;
        const candidate = { requests: mine.count, bad: bad.count };
        const stable = { requests: other.count, bad: beside.count };
        factors({ candidate, stable }).forEach((log, j) => {
          const sum = sums[j];
          if (sum === undefined) return;
          sum.first += p * log;
          sum.second += p * log ** 2;
        });
      }
    }
  }
  return sums.map(({ first, second }) => {
    const mean = first / total;
    return { mean, variance: Math.max(0, second / total - mean ** 2) };
  });
}
