/** The templates in a query, each with its language, as its kind of source reads them. */
import {
  dataText,
  datadogQuery,
  jsonpath,
  type Language,
  nrql,
  promql,
  urlPath,
} from './languages.js';
import type { CloudwatchQuery, JsonQuery, SeriesQuery } from './series.js';

export type SourceKind = 'prometheus' | 'datadog' | 'cloudwatch' | 'newrelic' | 'json';

export interface QueryPart {
  /** Below the query; empty: the query itself. */
  readonly path: readonly PropertyKey[];
  readonly text: string;
  readonly language: Language;
}

const languages = { prometheus: promql, datadog: datadogQuery, newrelic: nrql } as const;

/** Null: the query does not have the form that this kind of source takes. */
export function partsOf(query: SeriesQuery, kind: SourceKind): readonly QueryPart[] | null {
  switch (kind) {
    case 'prometheus':
    case 'datadog':
    case 'newrelic':
      return typeof query === 'string'
        ? [{ path: [], text: query, language: languages[kind] }]
        : null;
    case 'cloudwatch':
      return typeof query === 'object' && 'dimensions' in query ? dimensionsOf(query) : null;
    case 'json':
      return typeof query === 'object' && 'path' in query ? jsonParts(query) : null;
  }
}

/** What a kind takes, for people. */
export function formOf(kind: SourceKind): string {
  if (kind === 'cloudwatch') return '{namespace, metric, dimensions}';
  return kind === 'json' ? '{path, value}' : `a text in ${languages[kind].name}`;
}

function dimensionsOf({ dimensions }: CloudwatchQuery): readonly QueryPart[] {
  return Object.entries(dimensions).map(([name, text]) => {
    return { path: ['dimensions', name], text, language: dataText };
  });
}

function jsonParts({ path, value, body }: JsonQuery): readonly QueryPart[] {
  return [
    { path: ['path'], text: path, language: urlPath },
    { path: ['value'], text: value, language: jsonpath },
    ...textsIn(body, ['body']),
  ];
}

function textsIn(value: unknown, path: readonly PropertyKey[]): readonly QueryPart[] {
  if (typeof value === 'string') return [{ path, text: value, language: dataText }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly [PropertyKey, unknown][] = Array.isArray(value)
    ? value.map((one: unknown, n) => [n, one])
    : Object.entries(value);
  return entries.flatMap(([key, one]) => textsIn(one, [...path, key]));
}
