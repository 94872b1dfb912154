/** What a rollout has seen of the series that its policy names: values of both sides that count once, and what was missing. */
import type { SeriesMetric } from '../series/series.js';
import {
  beginBoundedMean,
  type BoundedMeanState,
  lookAtBoundedMean,
  meanOf,
} from './bounded-mean-test.js';
import type { HealthSample, SeriesSeen } from './sample.js';
import {
  beginUnboundedMean,
  lookAtUnboundedMean,
  type UnboundedMeanState,
  type UnboundedSeries,
} from './unbounded-mean-test.js';

type TestState =
  | { readonly kind: 'bounded'; readonly state: BoundedMeanState }
  | { readonly kind: 'unbounded'; readonly state: UnboundedMeanState };

/** JSON-serialisable; at most 1.5 kB. */
export interface SeriesState {
  readonly test: TestState;
  /** Values of both sides that counted, and their means summed up. */
  readonly values: number;
  readonly candidateSum: number;
  readonly stableSum: number;
  /** When the newest value that counted was asked for, and what time it is of by its source; null before the first. */
  readonly askedAtMs: number | null;
  readonly ofMs: number | null;
  /** When the test had its first side by side, and the newest look that brought news. */
  readonly newsAtMs: number | null;
  /** Why the newest answer did not count; null when it did. */
  readonly missing: string | null;
}

/** By the metric's name. */
export type SeriesStates = Readonly<Record<string, SeriesState>>;

const longestText = 700;

/** Units are a series' values, as far apart as its policy says; the bound is tightest after an hour of the usual ones. */
export function unboundedOf({ worse }: SeriesMetric): UnboundedSeries {
  return { worse, looksPerUnit: 1, expectedUnits: 60 };
}

/**
 * The states after one more look. Both sides count only while both have traffic: an idle revision is not comparable.
 * @param states null: nothing was comparable yet
 */
export function observeSeries(
  states: SeriesStates | null,
  sample: HealthSample,
  metrics: readonly SeriesMetric[],
): SeriesStates | null {
  const weight = sample.weight ?? 0;
  if (sample.stable === null || weight <= 0 || weight >= 100) return states;
  return Object.fromEntries(
    metrics.map((metric) => {
      const state = states?.[metric.name] ?? beginSeries(metric);
      const seen = sample.series?.[metric.name];
      return [
        metric.name,
        seen === undefined ? state : observeOne(state, seen, sample.atMs, metric),
      ];
    }),
  );
}

function beginSeries({ range }: SeriesMetric): SeriesState {
  const test: TestState =
    range === undefined
      ? { kind: 'unbounded', state: beginUnboundedMean() }
      : { kind: 'bounded', state: beginBoundedMean() };
  const nothing = { values: 0, candidateSum: 0, stableSum: 0 };
  return { test, ...nothing, askedAtMs: null, ofMs: null, newsAtMs: null, missing: null };
}

function observeOne(
  state: SeriesState,
  seen: SeriesSeen,
  atMs: number,
  metric: SeriesMetric,
): SeriesState {
  if ('missing' in seen) return { ...state, missing: seen.missing.slice(0, longestText) };
  if (!isNews(state, seen, metric)) return state;
  const { candidate, stable } = seen;
  return {
    test: lookAtTest(state.test, { atMs, candidate, stable }, metric),
    values: state.values + 1,
    candidateSum: state.candidateSum + meanOf(candidate),
    stableSum: state.stableSum + meanOf(stable),
    askedAtMs: seen.askedAtMs,
    ofMs: seen.ofMs ?? null,
    newsAtMs: atMs,
    missing: null,
  };
}

type Values = Exclude<SeriesSeen, { readonly missing: string }>;

/** The same value told twice is no evidence, and of two that overlap only one is. */
function isNews(
  { askedAtMs, ofMs }: SeriesState,
  seen: Values,
  { everyMs }: SeriesMetric,
): boolean {
  if (askedAtMs !== null && seen.askedAtMs - askedAtMs < everyMs) return false;
  return ofMs === null || seen.ofMs === undefined || seen.ofMs > ofMs;
}

function lookAtTest(
  test: TestState,
  look: { atMs: number; candidate: readonly number[]; stable: readonly number[] },
  metric: SeriesMetric,
): TestState {
  if (test.kind === 'unbounded' || metric.range === undefined) {
    const { state } = test.kind === 'unbounded' ? test : { state: beginUnboundedMean() };
    return { kind: 'unbounded', state: lookAtUnboundedMean(state, look, unboundedOf(metric)) };
  }
  const [low, high] = metric.range;
  const series = { low, high, worse: metric.worse, margin: metric.margin };
  return { kind: 'bounded', state: lookAtBoundedMean(test.state, look, series) };
}
