/** Judges series of both sides by Kayenta's rules: at the step's end, and at intervals before it. */
import {
  type Interval,
  type MetricName,
  noIncrease,
  type SideIncrease,
  sumOfSides,
  valueOf,
} from './interval.js';
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
import { type Classified, classifyMetric, type KayentaRules } from './kayenta-metric.js';
import { classifyScore, type Score, scoreMetrics } from './kayenta-score.js';

export interface KayentaMetric extends KayentaRules {
  readonly metric: MetricName;
  readonly groups: readonly string[];
  /** Classified and told, and never scored. */
  readonly muted: boolean;
}

export interface MannWhitneySettings {
  readonly kind: 'mannWhitney';
  /** One value of a series for each span of this length. */
  readonly stepMs: number;
  /** Judged anew after each; null: at the step's end alone. */
  readonly intervalMs: number | null;
  /** Only so much of the series counts; null: all of it. */
  readonly lookbackMs: number | null;
  /** The series begin so long after the candidate's first traffic. */
  readonly warmUpMs: number;
  readonly pass: number;
  readonly marginal: number;
  /** Percent by group. */
  readonly groupWeights: Readonly<Record<string, number>>;
  /** With fewer values of a side in every metric there is no verdict; Kayenta itself only warns, below 50. */
  readonly minimumValues: number;
  readonly metrics: readonly KayentaMetric[];
}

export const mannWhitneyDefaults = {
  stepMs: 60_000,
  intervalMs: null,
  lookbackMs: null,
  warmUpMs: 0,
  pass: 75,
  marginal: 50,
  minimumValues: 10,
} as const;

/** One for each span; null where there was no request. */
interface Series {
  readonly candidate: readonly (number | null)[];
  readonly stable: readonly (number | null)[];
}

/** JSON-serialisable; about 40 bytes a span and metric. */
export interface MannWhitneyState {
  /** When the candidate first had its weight, and what of the first span is over. */
  readonly startedAtMs: number | null;
  readonly edgesMs: readonly number[];
  /** Finished spans. */
  readonly spans: number;
  /** The span being filled. */
  readonly filling: { readonly candidate: SideIncrease; readonly stable: SideIncrease };
  /** In the order of the metrics. */
  readonly series: readonly Series[];
  readonly nextAtMs: number | null;
  /** A score at an interval that ended it. */
  readonly failed: Judgement | null;
}

/** Eight hours of minutes, so that a state stays small; older values are forgotten. */
const mostValues = 480;

const empty = { candidate: noIncrease, stable: noIncrease };

export function beginMannWhitney({ metrics }: MannWhitneySettings): MannWhitneyState {
  return {
    ...{ startedAtMs: null, edgesMs: [], spans: 0, filling: empty },
    series: metrics.map(() => ({ candidate: [], stable: [] })),
    ...{ nextAtMs: null, failed: null },
  };
}

/**
 * The state after one more interval. Series go on from step to step.
 * @param stepAtMs when the running step was seen at its weight; null: not yet
 */
export function observeMannWhitney(
  state: MannWhitneyState,
  interval: Interval,
  settings: MannWhitneySettings,
  stepAtMs: number | null,
): MannWhitneyState {
  const startedAtMs =
    state.startedAtMs ?? (stepAtMs === null ? null : stepAtMs + settings.warmUpMs);
  if (startedAtMs === null || interval.atMs <= startedAtMs) return { ...state, startedAtMs };
  const { atMs, candidate, stable } = interval;
  const known = { ...state, startedAtMs, edgesMs: interval.edgesMs ?? state.edgesMs };
  const span = Math.ceil((atMs - startedAtMs) / settings.stepMs) - 1;
  const before = finishSpans(known, span, settings);
  const filling = {
    candidate: sumOfSides(before.filling.candidate, candidate ?? noIncrease),
    stable: sumOfSides(before.filling.stable, stable ?? noIncrease),
  };
  const isFull = atMs >= startedAtMs + (span + 1) * settings.stepMs;
  const filled = finishSpans({ ...before, filling }, span + (isFull ? 1 : 0), settings);
  return judgeAtInterval(filled, atMs, startedAtMs, settings);
}

/** Closes every span before this one; those without any look have no values. */
function finishSpans(
  state: MannWhitneyState,
  until: number,
  { metrics }: MannWhitneySettings,
): MannWhitneyState {
  let { series, filling } = state;
  for (let span = Math.max(state.spans, until - mostValues); span < until; span++) {
    series = series.map((one, n) => ({
      candidate: append(one.candidate, metrics[n] as KayentaMetric, filling.candidate, state),
      stable: append(one.stable, metrics[n] as KayentaMetric, filling.stable, state),
    }));
    filling = empty;
  }
  return { ...state, series, filling, spans: Math.max(state.spans, until) };
}

function append(
  values: Series['candidate'],
  { metric }: KayentaMetric,
  side: SideIncrease,
  { edgesMs }: MannWhitneyState,
): Series['candidate'] {
  const value = valueOf(metric, side, edgesMs);
  return [...values.slice(1 - mostValues), Number.isNaN(value) ? null : value];
}

/** Only a score that ends it is kept; missing data waits for the step's end. */
function judgeAtInterval(
  state: MannWhitneyState,
  atMs: number,
  startedAtMs: number,
  settings: MannWhitneySettings,
): MannWhitneyState {
  const { intervalMs, marginal } = settings;
  if (intervalMs === null || state.failed !== null) return state;
  const nextAtMs = state.nextAtMs ?? startedAtMs + intervalMs;
  if (atMs < nextAtMs) return { ...state, nextAtMs };
  const comparison = compareSides(state, settings);
  const ends = !comparison.lacksData && comparison.score.score <= marginal;
  return {
    ...state,
    nextAtMs: nextAtMs + (Math.floor((atMs - nextAtMs) / intervalMs) + 1) * intervalMs,
    failed: ends ? judged('fail', tell(comparison, settings)) : null,
  };
}

interface Comparison {
  readonly metrics: readonly ComparedMetric[];
  readonly score: Score;
  /** Nothing but missing values would make it fail. */
  readonly lacksData: boolean;
}

interface ComparedMetric extends Classified {
  readonly setting: KayentaMetric;
  /** Values of the candidate and of stable. */
  readonly values: readonly [number, number];
}

function compareSides(state: MannWhitneyState, settings: MannWhitneySettings): Comparison {
  const { lookbackMs, stepMs, minimumValues, groupWeights } = settings;
  const kept = lookbackMs === null ? mostValues : Math.max(1, Math.round(lookbackMs / stepMs));
  const numbersOf = (values: Series['candidate']) =>
    values.slice(-kept).map((value) => value ?? Number.NaN);
  const metrics = settings.metrics.map((setting, n): ComparedMetric => {
    const { candidate = [], stable = [] } = state.series[n] ?? {};
    const [x, y] = [numbersOf(candidate), numbersOf(stable)];
    const known = (values: readonly number[]) =>
      setting.nanStrategy === 'replace'
        ? values.length
        : values.filter((value) => !Number.isNaN(value)).length;
    return { ...classifyMetric(x, y, setting), setting, values: [known(x), known(y)] };
  });
  const scored = metrics.filter(({ setting }) => !setting.muted);
  const score = scoreMetrics(
    scored.map(({ label, critical, setting }) => ({ label, critical, groups: setting.groups })),
    groupWeights,
  );
  const isHarm = scored.some(({ label, critical }) => critical && isDifferent(label));
  const isShort = scored.every(({ values }) => Math.min(...values) < minimumValues);
  return { metrics, score, lacksData: isShort || (score.failedBy !== null && !isHarm) };
}

function isDifferent(label: Classified['label']): boolean {
  return label === 'High' || label === 'Low';
}

/**
 * @example one metric, High, the step over → fail with score 0
 * @example errors Pass and latency High in two groups of equal weight → score 50, inconclusive: doubt
 * @example stable without traffic, all the time there is → inconclusive: noData
 */
export function judgeMannWhitney(
  state: MannWhitneyState,
  times: StepTimes,
  nowMs: number,
  settings: MannWhitneySettings,
): Judgement | null {
  if (state.failed !== null) return state.failed;
  if (!isOver(times, nowMs)) return null;
  const comparison = compareSides(state, settings);
  const numbers = tell(comparison, settings);
  if (comparison.lacksData) return isLate(times, nowMs) ? undecided('noData', numbers) : null;
  switch (classifyScore(comparison.score.score, settings)) {
    case 'Pass':
      return judged('pass', numbers);
    case 'Marginal':
      return undecided('doubt', numbers);
    case 'Fail':
      return judged('fail', numbers);
  }
}

function tell(
  { metrics, score, lacksData }: Comparison,
  { pass, marginal, minimumValues }: MannWhitneySettings,
): readonly JudgedEvidence[] {
  const worstFirst = ['High', 'Low', 'NodataFailMetric', 'Nodata', 'Error', 'Pass'];
  const parts = metrics
    .toSorted((a, b) => worstFirst.indexOf(a.label) - worstFirst.indexOf(b.label))
    .map(tellMetric);
  const limit = `pass ${pass}, marginal ${marginal}`;
  const why =
    score.failedBy === 'critical'
      ? ' (a critical metric)'
      : score.failedBy === 'nodata'
        ? ' (half of the metrics without data)'
        : '';
  const lacks = lacksData ? `too little data, ${minimumValues} values a side are wanted; ` : '';
  const first = parts[0]?.sentence ?? 'no metric';
  return [
    counted(
      `${lacks}score ${score.score}${why}, ${limit}: ${first}`,
      `score ${score.score}`,
      limit,
      [score.score, 100],
    ),
    ...parts,
  ];
}

function tellMetric({ setting, label, ratio, values }: ComparedMetric): JudgedEvidence {
  const mean = Number.isNaN(ratio)
    ? 'no ratio of means'
    : `${Number(ratio.toPrecision(3))} × stable`;
  const { metric, muted, effectSize } = setting;
  const limit = `${effectSize.measure} ${effectSize.allowedIncrease}`;
  const name = muted ? `${metric} (muted)` : metric;
  const sentence = `${name} is classified as ${label}: ${mean}, ${values[0]} values of the candidate beside ${values[1]} of stable`;
  return counted(sentence, label, limit, [values[0], values[1]]);
}
