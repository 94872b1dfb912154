/** The metrics of a Canary as a judge that counts failed checks as Flagger does, for whoever keeps thresholds. */
import { judgeSchema } from '../domain/analysis/alternatives/schema.js';
import type { Field } from './field.js';
import type { FieldRule } from './notes.js';
import { written } from './project-file.js';

type Written = Readonly<Record<string, unknown>>;

const place = 'health.judge';

/** What becomes of the fields when thresholds are kept. */
export const keptRules: readonly FieldRule[] = [
  { field: 'spec.analysis.threshold', becomes: `${place}.threshold` },
  ...['name', 'interval', 'thresholdRange.min', 'thresholdRange.max'].map((name) => ({
    field: `spec.analysis.metrics[].${name}`,
    becomes: `${place}.metrics[].${name}`,
  })),
  { field: 'spec.analysis.metrics[].threshold', becomes: `${place}.metrics[].thresholdRange` },
];

/** Undefined where no metric is one of the two built-in ones: there is nothing to count then. */
export function convertJudge(analysis: Field, intervalMs: number): Written | undefined {
  const metrics = analysis.at('metrics').items().flatMap(builtIn);
  if (metrics.length === 0) return undefined;
  const threshold = Number(analysis.at('threshold').value ?? 0);
  const iterations = Number(analysis.at('iterations').value ?? 0);
  const judge = {
    kind: 'thresholds',
    style: 'flagger',
    interval: written(intervalMs),
    ...(threshold > 1 ? { threshold } : {}),
    ...(iterations > 1 ? { iterations } : {}),
    metrics,
  };
  const fault = judgeSchema.safeParse(judge).error?.issues[0];
  return fault === undefined ? judge : analysis.at('metrics').fault(fault.message);
}

function builtIn(metric: Field): readonly Written[] {
  const name = metric.at('name').value;
  const isBuiltIn = name === 'request-success-rate' || name === 'request-duration';
  const isQuery = ['templateRef', 'query'].some((key) => metric.at(key).value !== undefined);
  if (!isBuiltIn || isQuery) return [];
  const range = rangeOf(metric, name === 'request-duration' ? 'max' : 'min');
  if (Object.keys(range).length === 0) return [];
  metric.at('name').text();
  const ms = metric.at('interval').duration();
  const interval = ms === undefined ? {} : { interval: written(ms) };
  return [{ name, ...interval, thresholdRange: range }];
}

/** Under its present name, else under its deprecated one, which bounds the side that is bad. */
function rangeOf(metric: Field, deprecated: 'min' | 'max'): Written {
  const range = metric.at('thresholdRange');
  if (range.value === undefined) {
    const limit = metric.at('threshold').amount();
    return limit === undefined ? {} : { [deprecated]: limit };
  }
  const [min, max] = [range.at('min').amount(), range.at('max').amount()];
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
