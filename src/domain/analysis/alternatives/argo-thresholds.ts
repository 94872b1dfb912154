/** Fixed thresholds as an analysis run of Argo Rollouts counts them: measurements, conditions and limits. */
import { type Condition, holds } from './condition.js';
import { formatValue, type Interval, type MetricName, valueOf } from './interval.js';
import { addToWindow, beginRateWindow, type RateWindow, sumOverWindow } from './rate-window.js';

/** One metric of an analysis; the names are Argo's. */
export interface ArgoMetric {
  readonly metric: MetricName;
  /** Of the rate that is measured: `1m` in a query. */
  readonly windowMs: number;
  /** Null: measured once. */
  readonly intervalMs: number | null;
  readonly initialDelayMs: number;
  /** Null: measured until the step's time is over (once, without an interval). */
  readonly count: number | null;
  /** More failures than this fail; -1: never. */
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  /** So many successes in a row are enough; 0: they are not asked for. */
  readonly consecutiveSuccessLimit: number;
  readonly successCondition: Condition | null;
  readonly failureCondition: Condition | null;
  /** Measured and told, and never acted on. */
  readonly dryRun: boolean;
}

export interface ArgoSettings {
  readonly kind: 'thresholds';
  readonly style: 'argo';
  /** `rollout`: counts go on from step to step, as in a background analysis; `step`: they begin anew. */
  readonly countsOver: 'step' | 'rollout';
  readonly metrics: readonly ArgoMetric[];
}

export const argoDefaults = {
  windowMs: 60_000,
  initialDelayMs: 0,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
  dryRun: false,
} as const;

/** An error is measured again after this, whatever the interval. */
const errorRetryMs = 10_000;

export type ArgoPhase = 'Running' | 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

/** JSON-serialisable; about 250 bytes. */
export interface ArgoMetricState {
  readonly phase: ArgoPhase;
  /** Measurements without errors. */
  readonly count: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly consecutiveErrors: number;
  readonly consecutiveSuccesses: number;
  readonly lastAtMs: number | null;
  readonly lastPhase: ArgoPhase;
  /** What was measured last, as people write it. */
  readonly last: string;
}

/** JSON-serialisable; at most 4 kB without histograms. */
export interface ArgoState {
  readonly startedAtMs: number | null;
  readonly window: RateWindow;
  readonly metrics: readonly ArgoMetricState[];
}

const fresh: ArgoMetricState = {
  ...{ phase: 'Running', count: 0, failed: 0, inconclusive: 0 },
  ...{ consecutiveErrors: 0, consecutiveSuccesses: 0, lastAtMs: null },
  ...{ lastPhase: 'Running', last: 'no measurement' },
};

export function beginArgo({ metrics }: ArgoSettings): ArgoState {
  return { startedAtMs: null, window: beginRateWindow(), metrics: metrics.map(() => fresh) };
}

/** A step has its weight: its own run begins, or the one over all steps goes on. */
function openRun(state: ArgoState, startedAtMs: number, { countsOver }: ArgoSettings): ArgoState {
  const goesOn = countsOver === 'rollout' && state.startedAtMs !== null;
  if (goesOn) return state;
  return { ...state, startedAtMs, metrics: state.metrics.map(() => fresh) };
}

/**
 * The state after one more interval.
 * @param stepAtMs when the running step was seen at its weight; null: not yet
 * @param isNewStep it was not there at the interval before
 */
export function observeArgo(
  state: ArgoState,
  interval: Interval,
  settings: ArgoSettings,
  stepAtMs: number | null,
  isNewStep: boolean,
): ArgoState {
  const longestMs = Math.max(...settings.metrics.map(({ windowMs }) => windowMs));
  const window = addToWindow(state.window, interval, longestMs);
  const run = isNewStep && stepAtMs !== null ? openRun(state, stepAtMs, settings) : state;
  const { startedAtMs } = run;
  if (startedAtMs === null || stepAtMs === null) return { ...run, window };
  // A run that has its answer measures no more.
  const isEnding = phaseOf(run, settings) !== 'Running';
  const metrics = run.metrics.map((metric, n) => {
    const setting = settings.metrics[n] as ArgoMetric;
    const isDue = !isEnding && nextAtMs(metric, setting, startedAtMs) <= interval.atMs;
    return isDue ? measure(metric, setting, window, interval.atMs) : metric;
  });
  return { ...run, window, metrics };
}

/** When it is to be measured next; Infinity: never more. */
function nextAtMs(metric: ArgoMetricState, setting: ArgoMetric, startedAtMs: number): number {
  const { phase, lastAtMs, lastPhase, count } = metric;
  if (phase !== 'Running') return Number.POSITIVE_INFINITY;
  if (lastAtMs === null) return startedAtMs + setting.initialDelayMs;
  const wanted = effectiveCount(setting);
  if (wanted !== null && count >= wanted) return Number.POSITIVE_INFINITY;
  const retries = lastPhase === 'Error' || setting.intervalMs === null;
  return lastAtMs + (retries ? errorRetryMs : (setting.intervalMs ?? 0));
}

/** Measured once when nothing else is said, for ever with an interval alone. */
function effectiveCount({ count, intervalMs }: ArgoMetric): number | null {
  if (count !== null && count > 0) return count;
  return intervalMs === null ? 1 : null;
}

function measure(
  metric: ArgoMetricState,
  setting: ArgoMetric,
  window: RateWindow,
  atMs: number,
): ArgoMetricState {
  const trouble =
    window.missed ?? (window.hasSeries ? null : 'nothing is counted of the candidate');
  const side = sumOverWindow(window, setting.windowMs, atMs);
  const value = valueOf(setting.metric, side, window.edgesMs);
  const outcome = trouble === null ? classify(value, setting) : 'Error';
  const isError = outcome === 'Error';
  const next: ArgoMetricState = {
    ...metric,
    count: metric.count + (isError ? 0 : 1),
    failed: metric.failed + (outcome === 'Failed' ? 1 : 0),
    inconclusive: metric.inconclusive + (outcome === 'Inconclusive' ? 1 : 0),
    consecutiveErrors: isError ? metric.consecutiveErrors + 1 : 0,
    consecutiveSuccesses: outcome === 'Successful' ? metric.consecutiveSuccesses + 1 : 0,
    lastAtMs: atMs,
    lastPhase: outcome,
    last: trouble ?? formatValue(setting.metric, value),
  };
  return { ...next, phase: assess(next, setting) };
}

/**
 * One measurement. Only a success condition: what does not meet it fails, NaN too. Only a failure condition: what
 * does not meet it succeeds, NaN too. Both: what meets neither is inconclusive.
 */
export function classify(
  value: number,
  { successCondition, failureCondition }: Pick<ArgoMetric, 'successCondition' | 'failureCondition'>,
): 'Successful' | 'Failed' | 'Inconclusive' {
  const fails = failureCondition === null ? null : holds(failureCondition, value);
  const succeeds = successCondition === null ? null : holds(successCondition, value);
  if (fails ?? succeeds === false) return 'Failed';
  return (succeeds ?? true) ? 'Successful' : 'Inconclusive';
}

/** A metric's phase from its counts, in Argo's order: an error beats an inconclusive one, which beats a failure. */
function assess(metric: ArgoMetricState, setting: ArgoMetric): ArgoPhase {
  const { failureLimit, consecutiveSuccessLimit } = setting;
  if (metric.consecutiveErrors > setting.consecutiveErrorLimit) return 'Error';
  if (metric.inconclusive > setting.inconclusiveLimit) return 'Inconclusive';
  if (failureLimit >= 0 && metric.failed > failureLimit) return 'Failed';
  const asksSuccesses = consecutiveSuccessLimit > 0;
  if (asksSuccesses && metric.consecutiveSuccesses >= consecutiveSuccessLimit) return 'Successful';
  const wanted = effectiveCount(setting);
  if (wanted === null || metric.count < wanted) return 'Running';
  if (!asksSuccesses) return 'Successful';
  return failureLimit >= 0 ? 'Inconclusive' : 'Failed';
}

const worstFirst = ['Failed', 'Error', 'Inconclusive'] as const;

/** The run's phase: one metric that did not succeed ends it; it succeeds when all have. */
export function phaseOf(state: ArgoState, { metrics }: ArgoSettings): ArgoPhase {
  const counting = state.metrics.filter((_, n) => !metrics[n]?.dryRun);
  for (const phase of worstFirst) if (counting.some((one) => one.phase === phase)) return phase;
  return state.metrics.every(({ phase }) => phase !== 'Running') ? 'Successful' : 'Running';
}

/** Metrics that are measured until the step ends, and have been measured: ended by it, they have succeeded. */
export function wouldSucceed(state: ArgoState, settings: ArgoSettings): boolean {
  return state.metrics.every(({ phase, lastAtMs }, n) => {
    const setting = settings.metrics[n] as ArgoMetric;
    const isEndless = effectiveCount(setting) === null && lastAtMs !== null;
    return setting.dryRun || phase === 'Successful' || (phase === 'Running' && isEndless);
  });
}
