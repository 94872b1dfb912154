/** The numbers behind a verdict, each as one sentence that a person can check. */
import {
  binomialTest,
  doubtAt,
  fromLog,
  type GuardState,
  logEvidence,
  rollBackAt,
} from './binomial-guard.js';
import type { HealthPolicy } from './health-policy.js';
import { formatE, formatShare, shareOf } from './format-evidence.js';
import type { Crossed } from './unanswered.js';
import type { CheckName, Evidence } from './verdict.js';
import { slowShareLimit, type WatchState } from './watch.js';

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

interface GuardWords {
  readonly check: CheckName;
  /** `requests failed` */
  readonly what: string;
  readonly limitShare: number;
  readonly limit: string;
  readonly note: string;
}

/** A guard's counts and its E against the value that decides; the crossing itself when it was ever reached. */
function guardEvidence(guard: GuardState, words: GuardWords, eLimit: number): Evidence {
  const latched = eLimit === rollBackAt ? guard.crossed : null;
  const logE = latched?.logE ?? logEvidence(binomialTest(words.limitShare), guard);
  const { bad, total, recent } = latched ?? guard;
  const e = fromLog(logE);
  const sign = e >= eLimit ? '≥' : '<';
  // A fault that began late drowns in the totals, so the sentence shows the part it lies in too.
  const late = e >= eLimit && recent.total < total && recent.bad * total > bad * recent.total;
  const counts = late ? recent : { bad, total };
  const seen = shareOf(counts.bad, counts.total);
  const since = late
    ? ` since ${timeOf(recent.sinceMs)} UTC (${bad} of ${total} in all, ${shareOf(bad, total)})`
    : '';
  return {
    check: words.check,
    bad: counts.bad,
    total: counts.total,
    limit: words.limit,
    seen,
    eValue: e,
    eLimit,
    sentence: `${counts.bad} of ${counts.total} ${words.what} (${seen})${since}, limit ${formatShare(words.limitShare)}${words.note}: E = ${formatE(e)} ${sign} ${eLimit}`,
  };
}

export function errorEvidence(state: WatchState, policy: HealthPolicy): Evidence {
  const limitShare = policy.errorRate.rollBackAbove;
  return guardEvidence(state.guards.errors, errorWords(limitShare), rollBackAt);
}

export function errorDoubt(state: WatchState, policy: HealthPolicy): Evidence {
  const limitShare = policy.errorRate.succeedBelow;
  return guardEvidence(state.guards.errorsDoubt, errorWords(limitShare), doubtAt);
}

function errorWords(limitShare: number): GuardWords {
  const limit = formatShare(limitShare);
  return { check: 'errorRate', what: 'requests failed', limitShare, limit, note: '' };
}

export function slowEvidence(state: WatchState, policy: HealthPolicy): Evidence {
  const limitMs = policy.latencyP95.rollBackAboveMs;
  const words = slowWords(limitMs, state.edges?.lateMs ?? limitMs);
  return guardEvidence(state.guards.slow, words, rollBackAt);
}

export function slowDoubt(state: WatchState, policy: HealthPolicy): Evidence {
  const limitMs = policy.latencyP95.succeedBelowMs;
  const words = slowWords(limitMs, state.edges?.slackMs ?? limitMs);
  return guardEvidence(state.guards.slowDoubt, words, doubtAt);
}

function slowWords(limitMs: number, edgeMs: number): GuardWords {
  const edge = edgeMs === limitMs ? '' : `, counted at the histogram's edge of ${edgeMs} ms`;
  return {
    check: 'latencyP95',
    what: `requests took longer than ${limitMs} ms`,
    limitShare: slowShareLimit,
    limit: `${limitMs} ms`,
    note: ` (p95${edge})`,
  };
}

export function silenceEvidence(silence: Crossed, policy: HealthPolicy): Evidence {
  const { answered, expected, logE, weight, sinceMs } = silence;
  const sent = Math.floor(expected);
  const limit = `${policy.latencyP95.rollBackAboveMs} ms`;
  const e = fromLog(logE);
  return {
    ...{ check: 'answers', bad: sent, total: sent, limit, seen: 'no answer' },
    ...{ eValue: e, eLimit: rollBackAt },
    sentence: `none of about ${sent} requests that ${weight} % sends to the candidate since ${timeOf(sinceMs)} UTC was answered within ${limit}, while stable answered ${Math.floor(answered)}: E = ${formatE(e)} ≥ ${rollBackAt}`,
  };
}

function plain(
  check: CheckName,
  limit: string,
  seen: string,
  sentence: string,
  bad: number | null = null,
): Evidence {
  return { check, bad, total: null, limit, seen, eValue: null, eLimit: null, sentence };
}

export function probeEvidence(
  { instance, failures }: NonNullable<WatchState['probes']>,
  policy: HealthPolicy,
): Evidence {
  const seen = `${failures} in a row`;
  const sentence = `instance ${instance} failed ${seen} of its health probes, limit ${policy.maxProbeFailures}`;
  return plain('probeFailures', String(policy.maxProbeFailures), seen, sentence, failures);
}

export function restartEvidence(
  { counted, why }: WatchState['restarts'],
  policy: HealthPolicy,
): Evidence {
  const times = `${counted} ${counted === 1 ? 'time' : 'times'}`;
  const told = why === undefined ? '' : `: ${why}`;
  const sentence = `the candidate's instances exited unexpectedly ${times}, limit ${policy.maxRestarts}${told}`;
  return plain('restarts', String(policy.maxRestarts), times, sentence, counted);
}

export function trafficEvidence(requests: number, policy: HealthPolicy): Evidence {
  const limit = String(policy.minimumRequests);
  const sentence = `${requests} requests of the candidate in this step, ${limit} needed`;
  return { ...plain('traffic', limit, String(requests), sentence), total: requests };
}

export function dataEvidence(seen: string): Evidence {
  return plain('data', 'a look at every interval', seen, seen);
}
