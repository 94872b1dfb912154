/** Metrics of analysis templates as a judge that counts measurements as Argo Rollouts does, for whoever keeps thresholds. */
import { type Condition, readCondition } from '../domain/analysis/alternatives/condition.js';
import { judgeSchema } from '../domain/analysis/alternatives/schema.js';
import { readDuration } from '../domain/time.js';
import { type Measure, readQuery } from './argo-condition.js';
import type { Field } from './field.js';
import type { FieldRule, Notebook } from './notes.js';

type Written = Readonly<Record<string, unknown>>;

const limits = [
  'count',
  'failureLimit',
  'inconclusiveLimit',
  'consecutiveErrorLimit',
  'consecutiveSuccessLimit',
] as const;
const conditions = ['successCondition', 'failureCondition'] as const;
const times = ['interval', 'initialDelay'] as const;

/** What becomes of a template's fields when thresholds are kept. */
export const keptRules: readonly FieldRule[] = [...times, ...limits, ...conditions].map((name) => ({
  field: `spec.metrics[].${name}`,
  becomes: `health.judge.metrics[].${name}`,
}));

/** And of a Rollout's. */
export const keptStepRules: readonly FieldRule[] = [
  {
    field: 'spec.strategy.canary.steps[].analysis.templates',
    becomes: 'strategy.canary.steps[].analysis, health.judge',
  },
];

/** Undefined where its query or a condition says more than a judge can read; nothing of it is used then. */
export function convertMetric(metric: Field, book: Notebook): Written | undefined {
  const query = textOf(metric.at('provider', 'prometheus', 'query'));
  const measure = readQuery(query);
  const name = measure && nameOf(measure);
  const read = conditions.flatMap((key) => {
    const { value } = metric.at(key);
    return value === undefined ? [] : [[key, readCondition(textOf(metric.at(key)))] as const];
  });
  if (measure === undefined || name === undefined || read.length === 0) return undefined;
  const texts = read.flatMap(([key, found]) => (found ? [[key, rescaled(found, measure)]] : []));
  if (texts.length < read.length) return undefined;
  for (const [key] of read) metric.at(key).use();
  metric.at('provider', 'prometheus', 'query').use();
  const converted = {
    metric: name,
    ...windowOf(query),
    ...Object.fromEntries(times.flatMap((key) => timeOf(metric.at(key)))),
    ...Object.fromEntries(limits.flatMap((key) => numberOf(metric.at(key), book))),
    ...Object.fromEntries(texts),
  };
  const judge = { kind: 'thresholds', style: 'argo', metrics: [converted] };
  const fault = judgeSchema.safeParse(judge).error?.issues[0];
  return fault === undefined ? converted : metric.fault(fault.message);
}

/** Without saying that it is used. */
function textOf({ value }: Field): string {
  return typeof value === 'string' ? value : '';
}

function nameOf(measure: Measure): string | undefined {
  if (measure.kind !== 'latency') return measure.kind === 'success' ? 'successRate' : 'errorRate';
  const percent = Math.round(measure.quantile * 100);
  const isMeasured = [50, 90, 95, 99].includes(percent) && percent === measure.quantile * 100;
  return isMeasured ? `latencyP${percent}` : undefined;
}

/** A query in percent or seconds is compared with other numbers than a share or milliseconds. */
function rescaled({ anyOf }: Condition, measure: Measure): string {
  const factor = measure.kind === 'latency' ? measure.unitMs : 1 / measure.scale;
  const terms = anyOf.map((all) =>
    all.map((term) => {
      if (term.kind === 'isNaN') return `${term.negated ? '!' : ''}isNaN(result[0])`;
      return `result[0] ${term.by} ${Number((term.to * factor).toPrecision(12))}`;
    }),
  );
  return terms.map((all) => all.join(' && ')).join(' || ');
}

function windowOf(query: string): Written {
  const window = /\[\s*(\d+(?:ms|s|m|h|d))\s*\]/.exec(query)?.[1];
  return window === undefined ? {} : { window };
}

function timeOf(field: Field): readonly (readonly [string, string])[] {
  const { value } = field;
  if (typeof value !== 'string' || (readDuration(value) ?? 0) <= 0) return [];
  field.duration();
  return [[String(field.path.at(-1)), value]];
}

/** A number, or a text of one; an argument in its place is not known here. */
function numberOf(field: Field, book: Notebook): readonly (readonly [string, number])[] {
  const { value } = field;
  if (value === undefined || value === null) return [];
  const number = value === '' ? Number.NaN : Number(value);
  if (!Number.isInteger(number)) {
    book.unexpressed(field, 'queries take no arguments, so their values are not known', 'a number');
    return [];
  }
  field.use();
  return [[String(field.path.at(-1)), number]];
}
