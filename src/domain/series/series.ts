/** A measured series that a user names: what is asked of which source, and how much worse it may be. */

import { Failure } from '../failures.js';

/** One metric and its dimensions, whose values are templates; {{instances}} asks for one series each. */
export interface CloudwatchQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Average`, `Maximum`, `p99`. */
  readonly statistic: string;
  readonly periodMs: number;
}

export interface JsonQuery {
  /** Path and query below the source's URL, a template. */
  readonly path: string;
  /** JSONPath (RFC 9535) of the values in the answer, a template. */
  readonly value: string;
  /** JSON sent by POST, its texts being templates; absent: asked by GET. */
  readonly body?: unknown;
}

/** A text is in the source's own language: PromQL, NRQL, a Datadog query. */
export type SeriesQuery = string | CloudwatchQuery | JsonQuery;

export interface SeriesMetric {
  readonly name: string;
  /** An entry of `metricSources`. */
  readonly source: string;
  readonly query: SeriesQuery;
  readonly worse: 'higher' | 'lower';
  /** Lowest and highest value of an instance; absent: it has no bounds. */
  readonly range?: readonly [low: number, high: number];
  /** Difference from stable that is nothing to roll back for, in the series' unit. */
  readonly margin: number;
  /** Part of the false alarms, beside the other metrics' weights. */
  readonly weight: number;
  /** Reported, and never rolls back or holds. */
  readonly dryRun: boolean;
  /** Between two values that count: closer ones would be the same news twice. */
  readonly everyMs: number;
}

/** What the variables of a template stand for. */
export interface QueryValues {
  readonly service: string;
  readonly environment: string;
  readonly region?: string;
  readonly namespace?: string;
  readonly revision: string;
  /** Names of the revision's instances, as its metrics have them. */
  readonly instances: readonly string[];
}

/** @throws InvalidInput where it is no text */
export function queryText(query: SeriesQuery): string {
  if (typeof query === 'string') return query;
  throw new Failure('InvalidInput', `this source takes a text, not ${describeQuery(query)}`);
}

/** What of it is asked, in one line for people. */
export function describeQuery(query: SeriesQuery): string {
  if (typeof query === 'string') return query.replace(/\s+/g, ' ').trim();
  if ('path' in query)
    return `${query.body === undefined ? 'GET' : 'POST'} ${query.path} ${query.value}`;
  const dimensions = Object.entries(query.dimensions).map(([name, value]) => `${name}=${value}`);
  return `${query.statistic} ${query.namespace} ${query.metric} {${dimensions.join(', ')}}`;
}
