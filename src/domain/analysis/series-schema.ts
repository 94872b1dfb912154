/** How measured series are written down among a target's health limits. */
import { z } from 'zod';
import { durationText, nameText } from '../schema-parts.js';
import type { SeriesMetric } from '../series/series.js';

/** Closer values would be the same news twice. */
const usualEveryMs = 15_000;
const shortestEveryMs = 1000;
const mostMetrics = 20;

const template = z.string().min(1).max(4000);

const cloudwatchQuerySchema = z.strictObject({
  namespace: z.string().min(1).max(255).describe('AWS/ECS'),
  metric: z.string().min(1).max(255).describe('CPUUtilization'),
  dimensions: z.record(z.string(), template).describe('Variables are filled into the values.'),
  statistic: z.string().min(1).max(20).default('Average').describe('Average, Maximum, p99.'),
  period: durationText
    .refine((ms) => [1, 5, 10, 30].includes(ms / 1000) || (ms > 0 && ms % 60_000 === 0), {
      error: '1s, 5s, 10s, 30s or whole minutes',
    })
    .prefault('60s'),
});

const jsonQuerySchema = z.strictObject({
  path: template
    .regex(/^\/(?!\/)[^\s\\#]*$/, { error: 'a path such as /lag?service={{service}}' })
    .describe('Below the URL of the source, with its query.'),
  value: template.regex(/^\$/, { error: 'a JSONPath such as $.pods[*].lag' }),
  body: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Sent by POST; variables are filled into its texts.'),
});

const querySchema = z.union([template, cloudwatchQuerySchema, jsonQuerySchema], {
  error: 'a text in the language of the source, or what docs/metrics.md shows for it',
});

const seriesMetricSchema = z
  .strictObject({
    name: nameText,
    source: nameText.describe('An entry of `metricSources`.'),
    query: querySchema.describe(
      'Of one revision: {{service}} {{environment}} {{region}} {{namespace}} {{revision}} {{instances}}.',
    ),
    worse: z.enum(['higher', 'lower']),
    range: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low < high, { error: 'a low and a higher end' })
      .optional()
      .describe('Lowest and highest possible value; default: it has no bounds.'),
    margin: z.number().min(0).describe('Difference from stable that is nothing to roll back for.'),
    weight: z.number().positive().max(100).default(1).describe('Part of the false alarms.'),
    every: durationText
      .refine((ms) => ms >= shortestEveryMs, { error: `at least ${shortestEveryMs}ms` })
      .prefault(`${usualEveryMs}ms`)
      .describe('Between two values that count: at least the window that the query averages over.'),
    dryRun: z.boolean().default(false).describe('Reported, and never rolls back or holds.'),
  })
  .refine(({ range, margin }) => range === undefined || margin < range[1] - range[0], {
    path: ['margin'],
    error: 'less than the width of the range',
  });

export const seriesMetricsSchema = z
  .array(seriesMetricSchema)
  .max(mostMetrics)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: 'a name of its own for each',
  })
  .describe('Measured series that are compared with stable: docs/metrics.md.');

export function resolveSeries(written: z.output<typeof seriesMetricsSchema>): SeriesMetric[] {
  return written.map(({ query, every, range, ...rest }) => ({
    ...rest,
    query: queryOf(query),
    // A value is told once a period.
    everyMs: typeof query === 'object' && 'period' in query ? Math.max(every, query.period) : every,
    ...(range === undefined ? {} : { range }),
  }));
}

function queryOf(query: z.output<typeof querySchema>): SeriesMetric['query'] {
  if (typeof query === 'string') return query;
  if ('path' in query) {
    const { path, value, body } = query;
    return { path, value, ...(body === undefined ? {} : { body }) };
  }
  const { period, ...rest } = query;
  return { ...rest, periodMs: period };
}
