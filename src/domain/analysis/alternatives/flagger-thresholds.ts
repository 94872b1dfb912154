/** Fixed thresholds as Flagger checks them: every tick all metrics, failed checks that are never forgiven, and a limit of those. */
import { formatValue, type Interval, valueOf } from './interval.js';
import {
  counted,
  isLate,
  isOver,
  judged,
  type JudgedEvidence,
  type Judgement,
  type StepTimes,
  undecided,
} from './judgement.js';
import { addToWindow, beginRateWindow, type RateWindow, sumOverWindow } from './rate-window.js';

/** A built-in metric: the share of successes in percent, or the p99 in whole milliseconds. */
export interface FlaggerMetric {
  readonly metric: 'request-success-rate' | 'request-duration';
  /** The metric's own `interval`: the window of its rate. */
  readonly windowMs: number;
  readonly min: number | null;
  readonly max: number | null;
}

export interface FlaggerSettings {
  readonly kind: 'thresholds';
  readonly style: 'flagger';
  /** Between two checks. */
  readonly intervalMs: number;
  /** So many failed checks over the rollout end it, one interval after the last of them. */
  readonly threshold: number;
  /** Good checks that a step needs; Flagger's steps of weight need one. */
  readonly iterations: number;
  /** Asked in this order; the first that is out of its range fails the check. */
  readonly metrics: readonly FlaggerMetric[];
}

export const flaggerDefaults = {
  intervalMs: 60_000,
  threshold: 1,
  iterations: 1,
  windowMs: 60_000,
} as const;

/** JSON-serialisable; at most 4 kB without histograms. */
export interface FlaggerState {
  readonly window: RateWindow;
  /** Null before the first step has its weight. */
  readonly nextAtMs: number | null;
  /** Over the rollout. */
  readonly failedChecks: number;
  /** Of the running step. */
  readonly goodChecks: number;
  /** What the last check said. */
  readonly last: string;
  /** Why the newest failed check failed. */
  readonly failure: string;
  readonly isRolledBack: boolean;
}

export function beginFlagger(): FlaggerState {
  return {
    window: beginRateWindow(),
    nextAtMs: null,
    failedChecks: 0,
    goodChecks: 0,
    last: 'no check',
    failure: 'none',
    isRolledBack: false,
  };
}

/**
 * The state after one more interval.
 * @param stepAtMs when the running step was seen at its weight; null: not yet
 * @param isNewStep it was not there at the interval before
 */
export function observeFlagger(
  state: FlaggerState,
  interval: Interval,
  settings: FlaggerSettings,
  stepAtMs: number | null,
  isNewStep: boolean,
): FlaggerState {
  const longestMs = Math.max(...settings.metrics.map(({ windowMs }) => windowMs));
  const window = addToWindow(state.window, interval, longestMs);
  const isOpened = isNewStep && stepAtMs !== null;
  // The tick that sets a weight checks nothing any more.
  const opened = isOpened
    ? { ...state, goodChecks: 0, nextAtMs: stepAtMs + settings.intervalMs }
    : state;
  const { nextAtMs } = opened;
  if (stepAtMs === null || nextAtMs === null || interval.atMs < nextAtMs) {
    return { ...opened, window };
  }
  const missedTicks = Math.floor((interval.atMs - nextAtMs) / settings.intervalMs);
  const due = { ...opened, window, nextAtMs: nextAtMs + (missedTicks + 1) * settings.intervalMs };
  // Before it checks anew, a tick asks whether the checks before it were enough.
  if (due.failedChecks >= settings.threshold) return { ...due, isRolledBack: true };
  const trouble = troubleOf(window, interval.atMs, settings);
  return trouble === null
    ? { ...due, goodChecks: due.goodChecks + 1, last: 'every metric in its range' }
    : { ...due, failedChecks: due.failedChecks + 1, last: trouble, failure: trouble };
}

/** Why the check fails; no values and a source that does not answer are failures too. Null: it is good. */
function troubleOf(window: RateWindow, nowMs: number, settings: FlaggerSettings): string | null {
  if (window.missed !== null) return window.missed;
  for (const { metric, windowMs, min, max } of settings.metrics) {
    const isShare = metric === 'request-success-rate';
    const name = isShare ? 'successRate' : 'latencyP99';
    const value = valueOf(name, sumOverWindow(window, windowMs, nowMs), window.edgesMs);
    if (Number.isNaN(value)) return `no values found for ${metric}`;
    // Durations are cut to whole milliseconds before they are compared.
    const compared = isShare ? value * 100 : Math.trunc(value);
    const seen = isShare ? `${Number(compared.toPrecision(4))} %` : formatValue(name, compared);
    const unit = isShare ? '%' : 'ms';
    if (min !== null && compared < min) return `${metric} ${seen} < ${min} ${unit}`;
    if (max !== null && compared > max) return `${metric} ${seen} > ${max} ${unit}`;
  }
  return null;
}

/**
 * @example threshold 5, interval 60 s, every check bad → fail 6 min after the weight was seen
 * @example iterations 2, one failed check between two good ones, threshold 2 → pass after three
 */
export function judgeFlagger(
  state: FlaggerState,
  times: StepTimes,
  nowMs: number,
  settings: FlaggerSettings,
): Judgement | null {
  const numbers = [tell(state, settings)];
  if (state.isRolledBack) return judged('fail', numbers);
  // With enough failed checks nothing advances until the next tick rolls back.
  const isDoomed = state.failedChecks >= settings.threshold;
  const isDone = !isDoomed && state.goodChecks >= settings.iterations;
  if (isDone && isOver(times, nowMs)) return judged('pass', numbers);
  if (!isLate(times, nowMs)) return null;
  return undecided('doubt', numbers);
}

function tell(state: FlaggerState, { threshold, iterations }: FlaggerSettings): JudgedEvidence {
  const { failedChecks, goodChecks, last, failure } = state;
  const failures = `${failedChecks} failed ${failedChecks === 1 ? 'check' : 'checks'}, threshold ${threshold}`;
  const why = failedChecks === 0 ? '' : `, the newest: ${failure}`;
  const good = `${goodChecks} of ${iterations} good ones in this step, the last check: ${last}`;
  return counted(
    state.isRolledBack ? `${failures}${why}` : `${failures}${why}; ${good}`,
    `${failedChecks} failed checks`,
    `threshold ${threshold}`,
    [failedChecks, failedChecks + goodChecks],
  );
}
