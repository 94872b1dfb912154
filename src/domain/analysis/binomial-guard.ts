/** A test that may be looked at after every scrape: is the share of bad requests above a limit? */

import { logMean, logSum } from './log-numbers.js';

/*
 * Null: each request is bad with a probability <= limit. For fixed alternatives p_j > limit, the likelihood ratio of one
 * look's increase (n requests, x bad) is (p_j/limit)^x ((1-p_j)/(1-limit))^(n-x); its expectation is <= 1 under the null.
 * A fault may begin late, so every look is a possible start: S_t = L_t * (S_{t-1} + w_t), with prior weights w_1 = 1/2,
 * w_t = 1/2 * 1/(t(t-1)) over looks with traffic (decided or in flight), and E_t = mean_j (S_t^j + 1 - sum_{s<=t} w_s), where that rest is 1/(2t).
 * E is an e-process: P(E ever >= 100) <= 1 % for every share <= limit, however often one looks and whenever one stops.
 *
 * Answers arrive out of order: a time-out comes seconds after the successes sent beside it, and a fast error comes before
 * them. Left alone, a look may hold nothing but the bad tail of a healthy burst. Two rules keep the guarantee in the order
 * in which requests were *sent*, whatever their latencies:
 * requests still undecided count as good while E is read, and a late start pays for the k requests that were
 * undecided when it began as if all of them were bad (its weight is multiplied by (limit/p_j)^k).
 */

/** JSON-serialisable; a few hundred bytes. */
export interface GuardState {
  /** Looks with traffic so far, decided or in flight: t. */
  readonly looks: number;
  /** Natural logarithm of S_t for each alternative; meaningless before the first look. */
  readonly logS: readonly number[];
  /** Requests sent and not decided at the last look: k. */
  readonly undecided: number;
  readonly bad: number;
  readonly total: number;
  /** The part of the counts in which a late fault lies, for people; it takes no part in the decision. */
  readonly recent: { readonly bad: number; readonly total: number; readonly sinceMs: number };
  /** The first look at which E reached the limit; it stays. */
  readonly crossed: Crossing | null;
}

export interface Crossing {
  readonly logE: number;
  readonly bad: number;
  readonly total: number;
  readonly recent: GuardState['recent'];
}

/** What one look adds. */
export interface GuardLook {
  readonly atMs: number;
  readonly bad: number;
  /** Bad and good together. */
  readonly total: number;
  /** Sent and neither good nor bad yet. */
  readonly undecided: number;
}

/** E at which a candidate is rolled back: at most 1 % of all healthy rollouts. */
export const rollBackAt = 100;
/** E at which a step's success is doubted, and at which keeping the limits is called clear. */
export const doubtAt = 20;

export interface BinomialTest {
  readonly alternatives: readonly number[];
  /** log(p_j/limit) and log((1-p_j)/(1-limit)). */
  readonly logBad: readonly number[];
  readonly logGood: readonly number[];
}

const multiples = [
  1.5,
  2,
  3,
  6,
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [1.5 * 10 ** n, 5 * 10 ** n]),
];
/** Stands for a limit of 0, so that a single bad request in thousands exceeds it. */
const smallestLimit = 1e-9;

function testAgainst(limit: number, alternatives: readonly number[]): BinomialTest {
  return {
    alternatives,
    logBad: alternatives.map((p) => Math.log(p / limit)),
    logGood: alternatives.map((p) => Math.log1p(-p) - Math.log1p(-limit)),
  };
}

/**
 * The test of "more than `limit`"; a limit of 1 or more can not be exceeded, so its test has no alternatives and E stays 1.
 * @example binomialTest(0.05).alternatives // [0.075, 0.1, 0.15, 0.3, 0.6, 0.95]
 */
export function binomialTest(limit: number): BinomialTest {
  if (limit >= 1) return testAgainst(0.5, []);
  const low = Math.max(limit, smallestLimit);
  const near = multiples.map((multiple) => multiple * low).filter((p) => p < 0.25);
  const far = [0.3, 0.6, 0.95].filter((p) => p > 1.2 * low);
  const alternatives = [...near, ...far];
  return testAgainst(
    low,
    alternatives.length > 1 ? alternatives : [...alternatives, (1 + low) / 2],
  );
}

/** The mirrored test of "less than `limit`". */
function keptTest(limit: number): BinomialTest {
  const low = Math.min(Math.max(limit, smallestLimit), 0.999);
  return testAgainst(low, [low / 1.5, low / 2, low / 3, low / 5, low / 20]);
}

export function beginGuard(undecided: number): GuardState {
  return {
    looks: 0,
    logS: [],
    undecided,
    bad: 0,
    total: 0,
    recent: { bad: 0, total: 0, sinceMs: 0 },
    crossed: null,
  };
}

/** log w_t */
function logStartWeight(t: number): number {
  return t === 1 ? -Math.LN2 : -Math.LN2 - Math.log(t) - Math.log(t - 1);
}

/** The state after one more look; a look at which nothing was decided or in flight is none. */
export function lookAt(
  test: BinomialTest,
  state: GuardState,
  look: GuardLook,
  decideAt: number,
): GuardState {
  if (look.total === 0 && look.undecided === 0) return { ...state, undecided: 0 };
  const t = state.looks + 1;
  const good = look.total - look.bad;
  const before = t === 1 ? test.logBad.map(() => Number.NEGATIVE_INFINITY) : state.logS;
  const starts = test.logBad.map((logBad) => logStartWeight(t) - state.undecided * logBad);
  const logS = test.logBad.map(
    (logBad, j) =>
      logSum(before[j] as number, starts[j] as number) +
      look.bad * logBad +
      good * (test.logGood[j] as number),
  );
  const anew = t === 1 || logMean(before) <= logMean(starts);
  const counted = anew ? { bad: 0, total: 0, sinceMs: look.atMs } : state.recent;
  const next: GuardState = {
    looks: t,
    logS,
    undecided: look.undecided,
    bad: state.bad + look.bad,
    total: state.total + look.total,
    recent: {
      ...counted,
      bad: counted.bad + look.bad,
      total: counted.total + look.total,
    },
    crossed: state.crossed,
  };
  const logE = logEvidence(test, next);
  if (next.crossed !== null || logE < Math.log(decideAt)) return next;
  const { bad, total, recent } = next;
  return { ...next, crossed: { logE, bad, total, recent } };
}

/**
 * log E. With the limit 5 %, all in the first look and nothing in flight:
 * @example 1 bad of 2: E = 1.9, decides nothing
 * @example 2 bad of 2: E = 47, not yet; 3 of 3: E = 737, rolls back
 * @example 6 bad of 20 (30 %): E = 72, not yet; 7 of 23: E = 216, rolls back
 * @example 50 bad of 1000 (5 %): E = 0.5
 */
export function logEvidence(test: BinomialTest, state: GuardState): number {
  if (state.looks === 0 || test.alternatives.length === 0) return 0;
  const now = state.logS.map((log, j) => log + state.undecided * (test.logGood[j] as number));
  return logSum(logMean(now), -Math.log(2 * state.looks));
}

/**
 * log E against the null that the share is at or above `limit`: at 20 and more the limit is clearly kept.
 * Requests not decided yet count as bad. From totals alone, since all of the rollout counts.
 */
export function logKept(
  limit: number,
  counts: { readonly bad: number; readonly total: number; readonly undecided: number },
): number {
  const { logBad, logGood } = keptTest(limit);
  const bad = counts.bad + counts.undecided;
  const good = counts.total - counts.bad;
  return logMean(logBad.map((log, j) => bad * log + good * (logGood[j] as number)));
}

/** E as a finite number that survives JSON, whatever its size. */
export function fromLog(logE: number): number {
  return Math.exp(Math.min(logE, 690));
}
