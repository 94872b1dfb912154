/** The silence of a candidate while stable answers: requests that its weight must have sent there, and none came back. */
import { rollBackAt } from './binomial-guard.js';
import type { HealthPolicy } from './health-policy.js';
import type { HealthSample, RevisionCounters } from './sample.js';

/*
 * For counters that cannot tell what is sent and not answered yet. Null: of the requests of both revisions, a share
 * p = weight is sent to the candidate, each by its own chance (gateways that count off deal more evenly than that), and
 * at most a share q = 5 % of those is slower than the latency limit, or the candidate fails by that limit already. Then
 * one of stable's answers comes without an answer of the candidate's beside it with a probability <= 1 - p (1 - q), and
 * after n of them E = w_t (1 - p (1 - q))^-n, where t is the look since which the candidate is silent and w_t the same
 * prior weights of a late start as in the binomial guard: P(E ever >= 100) <= 1 %, however often one looks.
 * Where requests are copied, each answer of stable's stands for a copy with the probability p, and the same holds.
 * Only what stable had answered one latency limit ago counts: its like at the candidate had the time to be answered.
 */

/** JSON-serialisable; below 1 kB with 5 processes of a gateway. */
export interface UnansweredState {
  /** Answers of stable at the newest look. */
  readonly stable: readonly { readonly instance: string; readonly requests: number }[];
  /** Looks at which either revision had answered something. */
  readonly looks: number;
  /** Weight at the newest look. */
  readonly weight: number;
  /** Up to when everything was counted at the newest look. */
  readonly countedToMs: number;
  /** The silence began with this look, and what was sent since then counts. */
  readonly sinceLook: number;
  readonly sinceMs: number;
  /** Answers of stable too young to count, oldest first. */
  readonly young: readonly Answered[];
  readonly counted: Silence;
  /** Where it was enough evidence; it stays. */
  readonly crossed: Crossed | null;
}

interface Answered {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  /** Candidate's, 0–1. */
  readonly share: number;
  /** It is a share of copies: stable answers the requests themselves too. */
  readonly mirrored?: true;
}

export interface Silence {
  /** Answers of stable. */
  readonly answered: number;
  /** Requests that must have been sent to the candidate meanwhile. */
  readonly expected: number;
  readonly logE: number;
}

export interface Crossed extends Silence {
  readonly weight: number;
  readonly sinceMs: number;
}

/** What is slower than the limit all the same, where the limit is kept. */
const slowShare = 0.05;
/** Below it a few connections that a client keeps, or a gateway that deals in turns, may be all there is to it. */
const leastExpected = 20;
/** A gateway may take that long to go by a new split; what it sends meanwhile says nothing. */
const settleMs = 2000;
/** Young answers are kept in so many portions of a latency limit. */
const portions = 8;

const none: Silence = { answered: 0, expected: 0, logE: 0 };

/**
 * @param candidateAnswers what the candidate has answered since the look before
 * @returns undefined where the counters are not those of what divides the requests
 */
export function observeSilence(
  before: UnansweredState | undefined,
  sample: HealthSample,
  candidateAnswers: number,
  policy: HealthPolicy,
): UnansweredState | undefined {
  const { candidate, stable, atMs, mirrored = false } = sample;
  if (before?.crossed) return before;
  if (candidate.countedAtSplit !== true || stable === null) return undefined;
  const weight = sample.weight ?? 0;
  const grown = grownBy(before?.stable ?? [], stable);
  const looks = (before?.looks ?? 0) + (candidateAnswers + grown > 0 ? 1 : 0);
  const toMs = Math.max(...timesOf(stable, atMs));
  const countedToMs = Math.min(...timesOf(candidate, atMs), ...timesOf(stable, atMs));
  const now = {
    stable: stable.instances.map(({ instance, requests }) => ({ instance, requests })),
    ...{ looks, weight, countedToMs, crossed: null },
  };
  const settled = weight === before?.weight ? before.sinceMs : toMs + settleMs;
  const isSilent = candidateAnswers === 0 && candidate.gap === undefined && sends(weight, mirrored);
  if (before === undefined || !isSilent || !sends(before.weight, mirrored)) {
    const sinceMs = Math.max(settled, toMs);
    return { ...now, sinceLook: Math.max(1, looks), sinceMs, young: [], counted: none };
  }
  const sinceMs = Math.max(before.sinceMs, settled);
  const fromMs = before.countedToMs;
  const share = { share: weight / 100, ...(mirrored && { mirrored }) };
  const newest: Answered = { fromMs, toMs, requests: grown, ...share };
  const counts = grown > 0 && fromMs >= sinceMs;
  const limitMs = policy.latencyP95.rollBackAboveMs;
  const young = counts ? addTo(before.young, newest, limitMs / portions) : before.young;
  const isOld = (part: Answered) => part.toMs + limitMs <= countedToMs;
  const counted = young.filter(isOld).reduce(add, before.counted);
  const next = {
    ...{ ...now, sinceMs, counted, sinceLook: before.sinceLook },
    young: young.filter((part) => !isOld(part)),
  };
  const logE = logUnanswered(next);
  const decides = counted.expected >= leastExpected && logE >= Math.log(rollBackAt);
  return decides ? { ...next, crossed: { ...counted, logE, weight, sinceMs } } : next;
}

/** @example silent since the first look of all, at 20 %, while stable answered 80: E = 1e7 */
function logUnanswered({ sinceLook: t, counted }: Omit<UnansweredState, 'crossed'>): number {
  const logStart = t === 1 ? -Math.LN2 : -Math.LN2 - Math.log(t) - Math.log(t - 1);
  return logStart + counted.logE;
}

/** At 100 % nobody answers beside the candidate, unless it gets copies. */
function sends(weight: number, mirrored: boolean): boolean {
  return weight > 0 && (weight < 100 || mirrored);
}

function add(sum: Silence, { requests, share, mirrored }: Answered): Silence {
  const each = mirrored ? share : share / (1 - share);
  return {
    answered: sum.answered + requests,
    expected: sum.expected + requests * each,
    logE: sum.logE - requests * Math.log1p(-share * (1 - slowShare)),
  };
}

/** Looks that come more often than that share a portion, which is as old as its youngest answer. */
function addTo(
  young: readonly Answered[],
  newest: Answered,
  portionMs: number,
): readonly Answered[] {
  const last = young.at(-1);
  const isAlike = last?.share === newest.share && last.mirrored === newest.mirrored;
  if (!last || !isAlike || newest.toMs - last.fromMs > portionMs) {
    return [...young, newest];
  }
  const requests = last.requests + newest.requests;
  return [...young.slice(0, -1), { ...last, toMs: newest.toMs, requests }];
}

/** A process that was not known before comes with all it ever counted; one that fell began anew. */
function grownBy(known: UnansweredState['stable'], stable: RevisionCounters): number {
  const before = new Map(known.map(({ instance, requests }) => [instance, requests]));
  return stable.instances.reduce((sum, { instance, requests }) => {
    const from = before.get(instance) ?? requests;
    return sum + (requests >= from ? requests - from : requests);
  }, 0);
}

function timesOf(counters: RevisionCounters, atMs: number): readonly number[] {
  const told = counters.instances.map(({ asOfMs }) => asOfMs ?? atMs);
  return told.length === 0 ? [atMs] : told;
}
