/** Rules between the series of an environment's health, the sources they name, and what their queries may say. */
import { JSONPathError, jsonpath } from 'json-p3';
import { partsOf, type QueryPart, formOf, type SourceKind } from '../domain/series/query-parts.js';
import type { QueryValues, SeriesQuery } from '../domain/series/series.js';
import { fillTemplate, readTemplate, variableNames } from '../domain/series/template.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { nearest } from './nearest.js';
import { unknownName } from './unknown-name.js';
import { entriesAt } from './written.js';

const kinds: readonly string[] = ['prometheus', 'datadog', 'cloudwatch', 'newrelic', 'json'];

/** Said where it stands in the file; what the schema already refuses is passed over. */
export function seriesFitSources(written: unknown): readonly Explained[] {
  return entriesAt(written, ['environments']).flatMap(([environment, settings]) => {
    const metrics = valueAt(settings, ['health', 'metrics']);
    if (!Array.isArray(metrics)) return [];
    const platform = valueAt(settings, ['platform']);
    const place: Place = {
      hasNamespace: valueAt(written, ['platforms', String(platform), 'kind']) === 'kubernetes',
      hasRegions: valueAt(settings, ['regions']) !== undefined,
    };
    return metrics.flatMap((metric: unknown, n) =>
      metricFaults(written, metric, ['environments', environment, 'health', 'metrics', n], place),
    );
  });
}

interface Place {
  readonly hasNamespace: boolean;
  readonly hasRegions: boolean;
}

function metricFaults(
  written: unknown,
  metric: unknown,
  path: readonly PropertyKey[],
  place: Place,
): readonly Explained[] {
  const name = valueAt(metric, ['source']);
  const query = valueAt(metric, ['query']);
  if (typeof name !== 'string') return [];
  const sources = [...entriesAt(written, ['metrics']), ...entriesAt(written, ['metricSources'])];
  const source = sources.find(([known]) => known === name);
  if (source === undefined) {
    const known = sources.map(([one]) => one);
    return [unknownName([...path, 'source'], 'entry of metricSources', name, known)];
  }
  const kind = valueAt(source[1], ['kind']);
  if (typeof kind !== 'string' || !kinds.includes(kind) || !hasForm(query)) return [];
  const parts = partsOf(query, kind as SourceKind);
  const at = [...path, 'query'];
  if (parts === null) {
    const message = `${formatPath(at)}: seen ${typeof query === 'string' ? 'a text' : 'an object'}, allowed for "${name}" (${kind}): ${formOf(kind as SourceKind)}`;
    return [{ path: at, message }];
  }
  const faults = parts.flatMap((part) => partFaults(part, at, place));
  const isOfRevision = parts.some(({ text }) => /\{\{\s*(?:revision|instances)\s*\}\}/.test(text));
  if (faults.length > 0 || isOfRevision) return faults;
  const message = `${formatPath(at)}: seen no {{revision}} and no {{instances}}, allowed: one of them, or both sides have the same values`;
  return [{ path: at, message }];
}

/** What is not is refused by the schema. */
function hasForm(query: unknown): query is SeriesQuery {
  if (typeof query === 'string') return true;
  const dimensions = valueAt(query, ['dimensions']);
  if (typeof dimensions === 'object' && dimensions !== null) {
    return Object.values(dimensions).every((value) => typeof value === 'string');
  }
  return ['path', 'value'].every((key) => typeof valueAt(query, [key]) === 'string');
}

function partFaults(
  { path, text, language }: QueryPart,
  above: readonly PropertyKey[],
  place: Place,
): readonly Explained[] {
  const at = [...above, ...path];
  const told = (message: string): readonly Explained[] => [
    { path: at, message: `${formatPath(at)}: ${message}` },
  ];
  const template = readTemplate(text, language);
  if (template.kind === 'fault') {
    const line = text.slice(0, template.offset).split('\n').length;
    const where = `, ${text.includes('\n') ? `line ${line} of the query` : `character ${template.offset + 1}`}`;
    const meant = template.unknown === undefined ? null : nearest(template.unknown, variableNames);
    const known = variableNames.map((one) => `{{${one}}}`).join(' ');
    const hint = meant === null ? '' : `; did you mean "${meant}"?`;
    const allowed = template.unknown === undefined ? '' : `, allowed: ${known}${hint}`;
    return told(`${template.message}${where}${allowed}`);
  }
  const { variables } = template;
  if (variables.has('namespace') && !place.hasNamespace) {
    return told('{{namespace}} has a value on Kubernetes alone');
  }
  if (variables.has('region') && !place.hasRegions) {
    return told('{{region}} has a value only in an environment with regions');
  }
  if (language.name !== 'JSONPath') return [];
  const words = jsonpathFault(fillTemplate(template, examples));
  return words === null ? [] : told(`no JSONPath: ${words}`);
}

const examples: QueryValues = {
  ...{ service: 'x', environment: 'x', region: 'x', namespace: 'x', revision: 'x' },
  instances: ['x'],
};

function jsonpathFault(text: string): string | null {
  try {
    jsonpath.compile(text);
    return null;
  } catch (error) {
    if (error instanceof JSONPathError) return error.message;
    throw error;
  }
}
