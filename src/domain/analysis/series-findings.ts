/** What measured series say of a candidate: worse than stable, doubtful, kept, or unknown, as numbers and sentences. */
import { describeQuery, type SeriesMetric } from '../series/series.js';
import { doubtAt, fromLog } from './binomial-guard.js';
import { logBoundedMean } from './bounded-mean-test.js';
import { formatE } from './format-evidence.js';
import type { HealthPolicy } from './health-policy.js';
import { type SeriesState, type SeriesStates, unboundedOf } from './series-watch.js';
import { type MetricEvidence, shareAlarms } from './two-keys.js';
import { fewestUnits, logUnboundedMean, unboundedMeanBounds } from './unbounded-mean-test.js';
import type { Evidence } from './verdict.js';

/** A series on its way to the value at which it rolls back, for live views. */
export interface SeriesBar {
  readonly name: string;
  readonly candidate: string;
  readonly stable: string;
  readonly allowed: string;
  /** From 0 (no evidence) to 1 (rolls back), on a logarithmic scale. */
  readonly towardsRollback: number;
  readonly dryRun: boolean;
  readonly sentence: string;
}

interface SeriesFinding {
  readonly evidence: Evidence;
  readonly isHarm: boolean;
  readonly isDoubt: boolean;
}

/** After so many times their distance without a value, the last one says nothing about now. */
const freshTimes = 3;
/** A source may take this long to answer. */
const slackMs = 10_000;

/** Series that may roll back, which the other metrics share the false alarms with. */
export function actingSeries({ series = [] }: HealthPolicy): readonly MetricEvidence[] {
  return series
    .filter(({ dryRun }) => !dryRun)
    .map(({ name, weight }) => ({ metric: `series ${name}`, weight, logE: 0 }));
}

/** Of those that have a value; none before both sides have traffic. */
export function seriesFindings(
  states: SeriesStates | undefined,
  policy: HealthPolicy,
): readonly SeriesFinding[] {
  return knownSeries(states, policy).map(({ state, metric }) => findingOf(state, metric, policy));
}

/** The same as bars: how far a series without E values is takes a search, which no verdict waits for. */
export function seriesBars(
  states: SeriesStates | undefined,
  policy: HealthPolicy,
): readonly SeriesBar[] {
  return knownSeries(states, policy).map(({ state, metric }) => {
    const { sentence } = findingOf(state, metric, policy).evidence;
    const towardsRollback = progressOf(state, metric) / logLimitOf(metric, policy);
    return {
      ...{ name: metric.name, ...wordsOf(state, metric), dryRun: metric.dryRun, sentence },
      towardsRollback: Math.min(1, Math.max(0, towardsRollback)),
    };
  });
}

function knownSeries(states: SeriesStates | undefined, policy: HealthPolicy) {
  return (policy.series ?? []).flatMap((metric) => {
    const state = states?.[metric.name];
    return state === undefined || state.values === 0 ? [] : [{ state, metric }];
  });
}

/** Those that would have to be known now and are not. */
export function missingSeries(
  states: SeriesStates | undefined,
  policy: HealthPolicy,
  nowMs: number,
): readonly string[] {
  return (policy.series ?? []).flatMap((metric) => {
    const state = states?.[metric.name];
    if (state === undefined || metric.dryRun) return [];
    const { newsAtMs, missing } = state;
    const freshMs = Math.max(freshTimes * metric.everyMs, freshTimes * policy.intervalMs) + slackMs;
    if (newsAtMs !== null && nowMs - newsAtMs <= freshMs) return [];
    const since = newsAtMs === null ? '' : ` since ${Math.round((nowMs - newsAtMs) / 1000)} s`;
    const why =
      missing ?? `nothing was answered, asked ${metric.source}: ${describeQuery(metric.query)}`;
    return [`${metric.name} has no value${since}: ${why}`];
  });
}

/** A dry run takes nothing from the others; its limit is what it would be if it counted too. */
function logLimitOf(metric: SeriesMetric, policy: HealthPolicy): number {
  const own = { metric: `series ${metric.name}`, weight: metric.weight, logE: 0 };
  const { errors, latency } = policy.comparison ?? {};
  const compared = [errors, latency].flatMap((one, n) =>
    one === undefined || one.dryRun ? [] : [{ metric: String(n), weight: one.weight, logE: 0 }],
  );
  const series = actingSeries(policy).filter((one) => one.metric !== own.metric);
  return shareAlarms([own, ...compared, ...series])[0]?.logLimit ?? Number.POSITIVE_INFINITY;
}

function findingOf(state: SeriesState, metric: SeriesMetric, policy: HealthPolicy): SeriesFinding {
  const logLimit = logLimitOf(metric, policy);
  const found = testOf(state, metric, logLimit);
  const { values } = state;
  const { candidate: mine, stable: theirs, allowed } = wordsOf(state, metric);
  const dryRun = metric.dryRun ? ', dry run' : '';
  const counted = `over ${values} ${values === 1 ? 'value' : 'values'}`;
  return {
    isHarm: found.isHarm && !metric.dryRun,
    isDoubt: found.isDoubt && !metric.dryRun,
    evidence: {
      ...{ check: 'series', bad: null, total: values, seen: mine },
      limit: `stable's ${theirs}, ${allowed}`,
      eValue: found.logE === null ? null : fromLog(found.logE),
      eLimit: found.logE === null ? null : Math.round(fromLog(logLimit)),
      sentence: `${metric.name} is ${mine}, stable's ${theirs} ${counted}, ${allowed}: ${found.words}${dryRun}; asked ${metric.source}: ${describeQuery(metric.query)}`,
    },
  };
}

function wordsOf({ values, candidateSum, stableSum }: SeriesState, metric: SeriesMetric) {
  return {
    candidate: formatValue(candidateSum / values),
    stable: formatValue(stableSum / values),
    allowed: `${metric.worse} by ${formatValue(metric.margin)} allowed`,
  };
}

/** log E, or what stands for it. */
function progressOf({ test }: SeriesState, metric: SeriesMetric): number {
  return test.kind === 'bounded'
    ? logBoundedMean(test.state).worse
    : logUnboundedMean(test.state, unboundedOf(metric), metric.margin);
}

interface Tested {
  readonly logE: number | null;
  readonly isHarm: boolean;
  readonly isDoubt: boolean;
  readonly words: string;
}

function testOf({ test }: SeriesState, metric: SeriesMetric, logLimit: number): Tested {
  if (test.kind === 'bounded') {
    const logE = logBoundedMean(test.state).worse;
    const isHarm = logE >= logLimit;
    const words = `E = ${formatE(fromLog(logE))} ${isHarm ? '≥' : '<'} ${Math.round(fromLog(logLimit))}`;
    return { logE, isHarm, isDoubt: logE >= Math.log(doubtAt), words };
  }
  const series = unboundedOf(metric);
  const bounds = unboundedMeanBounds(test.state, series, Math.exp(-logLimit));
  if (bounds === null) {
    const words = `no bound before ${fewestUnits} values`;
    return { logE: null, isHarm: false, isDoubt: false, words };
  }
  const doubted = unboundedMeanBounds(test.state, series, 1 / doubtAt);
  const [low, high] = [formatValue(bounds.low), formatValue(bounds.high)];
  return {
    logE: null,
    isHarm: bounds.low > metric.margin,
    isDoubt: (doubted?.low ?? 0) > metric.margin,
    words: `worse by ${low} to ${high}`,
  };
}

function formatValue(value: number): string {
  return String(Number(value.toPrecision(3)));
}
