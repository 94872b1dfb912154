/** Judges what a watch has seen of a candidate: pass, fail, inconclusive, or nothing yet. */
import { answerByName, type NamedAnswer } from './alternatives/named-watch.js';
import { doubtAt, logKept } from './binomial-guard.js';
import { adviceOf, findingsOf } from './comparison-findings.js';
import type { Replacement } from './comparison.js';
import * as evidence from './evidence-sentences.js';
import { formatShare } from './format-evidence.js';
import type { HealthPolicy } from './health-policy.js';
import { observeRecorded } from './replacement.js';
import type { HealthSample, Observation } from './sample.js';
import { actingSeries, missingSeries, seriesFindings } from './series-findings.js';
import type { Evidence, Verdict } from './verdict.js';
import {
  beginWatch,
  openWindow,
  slowShareLimit,
  type WatchState,
  type WatchStep,
  type WindowState,
} from './watch.js';

/** Older than this many intervals, the newest look says nothing about now. */
const freshIntervals = 3;
/** Counters that come by a scrape may come this much after a step's deadline, which then waits for them. */
const longestLagMs = 30_000;

/**
 * The verdict at `nowMs`, or null while there is none. Failing is said at once, whatever the window; anything else
 * only when the window's minimum is over. Missing data never passes and never rolls back by itself.
 *
 * @example 12 of 40 requests failed, 1 s into a window of 10 min → fail
 * @example 0 of 900 failed, window over → pass, "clearly kept"
 * @example 0 of 30 failed, window over → pass, "no evidence of harm"
 * @example 40 of 2000 failed beside 20 of 38,000 of stable's (limit 5 %) → fail: far worse than stable
 * @example 8 of 200 failed (limits 1 % and 5 %), `judged` window over → null, at its maximum inconclusive: doubt
 * @example no request at weight 5, `judged` window over → null, at its maximum inconclusive: noData
 * @example 0 of 900 failed, window over, counted up to 10 s before its end → null until the rest is counted
 * @example the candidate starts slowly, weight not reached → null, however long; blind for the maximum → inconclusive: noData
 */
export function judge(state: WatchState, nowMs: number, policy: HealthPolicy): Verdict | null {
  const named = namedAnswer(state, nowMs, policy);
  const harm = [...harmOf(state, policy), ...(named?.kind === 'fail' ? named.evidence : [])];
  if (harm.length > 0) return verdictOf('fail', null, harm, state, nowMs);
  const { window } = state;
  if (window === null || window.until === 'resumed') return null;
  if (named?.kind === 'inconclusive' && window.until === 'judged') {
    const all = [...named.evidence, ...numbers(state, policy)];
    return verdictOf('inconclusive', named.undecided, all, state, nowMs);
  }
  const { startedAtMs, openedAtMs, minimumMs, maximumMs } = window;
  const blind = blindness(state, window, nowMs, policy);
  const isOver = startedAtMs !== null && nowMs >= startedAtMs + minimumMs;
  const lag = lagOf(state, window);
  const doubts = doubtsOf(state, policy, policy.judge ? unlessPassed(named, window) : null);
  const silent = silence(window, policy);
  const isSafe = blind === null && [...doubts, ...silent].length === 0;
  if (isSafe && !isOver && isClearlySafe(state, window, policy)) {
    return passOf(state, window, [], nowMs, policy);
  }
  if (isOver && blind === null && lag === null) {
    // A pause only waits: what an analysis would hold for is on record, and does not keep it from going on.
    const open = window.until === 'judged' ? [...doubts, ...silent] : [];
    if (open.length === 0) {
      const verdict = passOf(state, window, [...doubts, ...silent], nowMs, policy);
      return named?.kind === 'pass' ? passedBy(named, verdict) : verdict;
    }
  }
  // While the weight is awaited in plain sight, it is for the shift's own deadline to end it.
  const countsFromMs = startedAtMs ?? Math.max(openedAtMs ?? nowMs, state.seenAtMs ?? 0);
  const waitMs = blind === null && lag !== null ? longestLagMs : 0;
  const lateMs = maximumMs === null ? null : countsFromMs + maximumMs + waitMs;
  if (lateMs === null || nowMs < lateMs) return null;
  const missing = [...(blind === null ? [] : [blind]), ...(lag === null ? [] : [lag]), ...silent];
  return missing.length > 0
    ? verdictOf('inconclusive', 'noData', [...missing, ...numbers(state, policy)], state, nowMs)
    : verdictOf('inconclusive', 'doubt', [...doubts, ...numbers(state, policy)], state, nowMs);
}

/** Why a step whose time is over does not pass yet; null before that, where a person is waited for, and where it passes. */
export function heldBy(state: WatchState, nowMs: number, policy: HealthPolicy): Evidence | null {
  const { window } = state;
  if (window?.until !== 'judged' || window.startedAtMs === null) return null;
  if (nowMs < window.startedAtMs + window.minimumMs) return null;
  const blind = blindness(state, window, nowMs, policy) ?? lagOf(state, window);
  const byName = policy.judge ? unlessPassed(namedAnswer(state, nowMs, policy), window) : null;
  const [first] = [...silence(window, policy), ...doubtsOf(state, policy, byName)];
  return blind ?? first ?? null;
}

/** Null where the policy names no judge, or the judge has nothing to say yet. */
function namedAnswer(
  { named, window }: WatchState,
  nowMs: number,
  { judge: name }: HealthPolicy,
): NamedAnswer | null {
  return name && window ? answerByName(named, window, nowMs, name) : null;
}

/** What keeps a step from passing where a judge is named: its doubt, or that it has not answered yet. */
function unlessPassed(named: NamedAnswer | null, window: WindowState): readonly Evidence[] {
  if (named?.kind === 'pass' || window.weight === 0) return [];
  return named?.evidence ?? [evidence.dataEvidence('the judge has not answered yet')];
}

function passedBy({ evidence: said }: NamedAnswer, verdict: Verdict): Verdict {
  const reason = said[0]?.sentence ?? verdict.reason;
  return { ...verdict, reason, evidence: [...said, ...verdict.evidence] };
}

/** Every limit that is broken; empty when none is. */
function harmOf(state: WatchState, policy: HealthPolicy): readonly Evidence[] {
  const { guards, probes, restarts, unanswered } = state;
  const harm: Evidence[] = [];
  if (guards.errors.crossed) harm.push(evidence.errorEvidence(state, policy));
  if (guards.slow.crossed) harm.push(evidence.slowEvidence(state, policy));
  if (unanswered?.crossed) harm.push(evidence.silenceEvidence(unanswered.crossed, policy));
  if (probes) harm.push(evidence.probeEvidence(probes, policy));
  if (restarts.counted > policy.maxRestarts) {
    harm.push(evidence.restartEvidence(restarts, policy));
  }
  harm.push(...besideStable(state, policy, 'isHarm'));
  return harm;
}

/** @param byName what a named judge holds the step for, in place of the limits of success; null: none is named */
function doubtsOf(
  state: WatchState,
  policy: HealthPolicy,
  byName: readonly Evidence[] | null,
): readonly Evidence[] {
  const limits = [evidence.errorDoubt(state, policy), evidence.slowDoubt(state, policy)];
  const doubts = byName ?? limits.filter(({ eValue }) => (eValue ?? 0) >= doubtAt);
  return [...doubts, ...besideStable(state, policy, 'isDoubt')];
}

/** What the comparisons with stable say: all of it, or what is harm or doubt by itself. */
function besideStable(
  { comparison, series }: WatchState,
  policy: HealthPolicy,
  kind: 'isHarm' | 'isDoubt' | null = null,
): readonly Evidence[] {
  const counted = comparison && policy.comparison;
  const found = [
    ...(counted ? findingsOf(comparison, policy.comparison, actingSeries(policy)) : []),
    ...seriesFindings(series, policy),
  ];
  return found.filter((one) => kind === null || one[kind]).map((one) => one.evidence);
}

/** Before its time is over, where the policy lets a step end by what is known. */
function isClearlySafe(state: WatchState, window: WindowState, policy: HealthPolicy): boolean {
  if (policy.comparison?.advance !== 'whenSafe' || !state.comparison) return false;
  if (window.until !== 'judged' || window.startedAtMs === null) return false;
  const advice = adviceOf(state.comparison, policy.comparison, early);
  return advice?.advance.kind === 'boundHolds';
}

const early = { isOver: false, isDoubted: false };

/** Too few requests to say anything, where requests are expected. */
function silence(window: WindowState, policy: HealthPolicy): readonly Evidence[] {
  const enough = window.weight === 0 || window.requests >= policy.minimumRequests;
  return enough ? [] : [evidence.trafficEvidence(window.requests, policy)];
}

/**
 * What is not counted yet of a window that is over: what comes by a scrape is older than the look, and what the
 * candidate did meanwhile belongs to the step too. Null when all of it is.
 */
function lagOf(state: WatchState, window: WindowState): Evidence | null {
  const { countedToMs = null, seenAtMs, source, hasCounters } = state;
  const { startedAtMs, minimumMs, weight, until } = window;
  const isJudged = until === 'judged' || minimumMs > 0;
  if (!isJudged || weight === 0 || !hasCounters || startedAtMs === null) return null;
  if (countedToMs === null || countedToMs === seenAtMs) return null;
  const missingMs = startedAtMs + minimumMs - countedToMs;
  if (missingMs <= 0) return null;
  const seconds = Math.ceil(missingMs / 100) / 10;
  return evidence.dataEvidence(
    `the newest counters are from ${seconds} s before the step's end${from(source)}`,
  );
}

function from(source: string | undefined): string {
  return source === undefined ? '' : `: ${source}`;
}

/** Why nothing can be said about now; null when the newest look saw what it should. */
function blindness(
  state: WatchState,
  window: WindowState,
  nowMs: number,
  policy: HealthPolicy,
): Evidence | null {
  const { missed, seenAtMs, edges, hasCounters, gap, source } = state;
  if (missed !== null) return evidence.dataEvidence(`the last look failed: ${missed}`);
  if (seenAtMs === null) return evidence.dataEvidence('nothing has been looked at yet');
  const ageMs = nowMs - seenAtMs;
  if (ageMs > freshIntervals * policy.intervalMs) {
    return evidence.dataEvidence(`the last look is ${Math.round(ageMs / 1000)} s old`);
  }
  if (window.startedAtMs === null) {
    return evidence.dataEvidence(`the platform was not seen at weight ${window.weight}`);
  }
  if (gap !== undefined) return evidence.dataEvidence(`not all counters were read: ${gap}`);
  if (window.until !== 'judged' || window.weight === 0) return null;
  if (!hasCounters) {
    return evidence.dataEvidence(`the candidate has no counters${from(source)}`);
  }
  const unknown = window.weight < 100 ? missingSeries(state.series, policy, nowMs)[0] : undefined;
  if (unknown !== undefined) return evidence.dataEvidence(unknown);
  if (edges?.missing) {
    const { rollBackAboveMs, succeedBelowMs } = policy.latencyP95;
    const limits = `${succeedBelowMs} ms and ${rollBackAboveMs} ms`;
    return evidence.dataEvidence(
      `the latency histogram has no edge at or above a limit (${limits})`,
    );
  }
  return null;
}

function numbers(state: WatchState, policy: HealthPolicy): readonly Evidence[] {
  const limits = [evidence.errorEvidence(state, policy), evidence.slowEvidence(state, policy)];
  return [...limits, ...besideStable(state, policy)];
}

/** Says whether the limits of success were clearly kept, or there was just no evidence against them. */
function passOf(
  state: WatchState,
  window: WindowState,
  open: readonly Evidence[],
  nowMs: number,
  policy: HealthPolicy,
): Verdict {
  const { errorsDoubt, slowDoubt } = state.guards;
  const kept =
    logKept(policy.errorRate.succeedBelow, errorsDoubt) >= Math.log(doubtAt) &&
    logKept(slowShareLimit, slowDoubt) >= Math.log(doubtAt);
  const counts = `${errorsDoubt.bad} of ${errorsDoubt.total} requests failed (limit of success ${formatShare(policy.errorRate.succeedBelow)}), ${slowDoubt.bad} of ${slowDoubt.total} took longer than ${policy.latencyP95.succeedBelowMs} ms`;
  const verdict = verdictOf('pass', null, [...open, ...numbers(state, policy)], state, nowMs);
  return {
    ...verdict,
    reason: `${passWords(window, open, kept)}: ${counts}${compared(state, policy)}`,
  };
}

/** What the comparison adds to a pass: on what ground the candidate is thought harmless. */
function compared({ comparison }: WatchState, policy: HealthPolicy): string {
  if (!comparison || !policy.comparison) return '';
  const advice = adviceOf(comparison, policy.comparison, { isOver: true, isDoubted: false });
  return advice === null ? '' : `; ${advice.words}`;
}

function passWords(window: WindowState, open: readonly Evidence[], kept: boolean): string {
  if (open.length > 0) return `the pause is over with doubt on record (${open[0]?.sentence})`;
  if (kept) return 'limits clearly kept';
  return window.requests === 0 ? 'no traffic and no evidence of harm' : 'no evidence of harm';
}

function verdictOf(
  kind: Verdict['kind'],
  undecided: Verdict['undecided'],
  all: readonly Evidence[],
  state: WatchState,
  atMs: number,
): Verdict {
  const { looks, missedLooks } = state;
  const reason = all[0]?.sentence ?? '';
  return { kind, undecided, reason, evidence: all, atMs, looks, missedLooks };
}

/** A window and the index of the first observation that was made after it was opened. */
export interface RecordedStep extends WatchStep {
  readonly fromObservation: number;
}

/**
 * What a watch said, from its record: the verdict (or null) after the last observation.
 * @param start the look before traffic, or what earlier steps had seen when this record begins; null: from nothing
 * @param steps in the order they were opened
 * @param nowMs when it was judged; null: at the last observation's own time
 * @param replaced the instance that was replaced meanwhile
 */
export function recomputeVerdict(
  observations: readonly Observation[],
  start: HealthSample | WatchState | null,
  steps: readonly RecordedStep[],
  policy: HealthPolicy,
  nowMs: number | null = null,
  replaced?: Replacement,
): Verdict | null {
  let state = start !== null && 'guards' in start ? start : beginWatch(start);
  for (let index = 0; index <= observations.length; index++) {
    for (const step of steps) {
      if (step.fromObservation === index) state = openWindow(state, step);
    }
    const observation = observations[index];
    if (observation) state = observeRecorded(state, observation, policy, replaced);
  }
  return judge(state, nowMs ?? observations.at(-1)?.atMs ?? 0, policy);
}
