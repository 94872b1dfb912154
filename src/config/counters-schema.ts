/** Where a router's counters are read and how they are named there, as it is written down. */
import { z } from 'zod';
import {
  type CounterDialect,
  type CounterDialectName,
  counterDialects,
  customDialect,
} from '../domain/analysis/counter-dialect.js';
import { nameText, urlText } from '../domain/schema-parts.js';

const metricName = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, {
  error: 'the name of a metric such as http_requests_total',
});

const labelPattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Prometheus knows neither looking around nor back, so such a pattern would be refused in the midst of a rollout. */
function isPattern(text: string): boolean {
  if (/\(\?(?!:)|\\[1-9k]/.test(text)) return false;
  try {
    new RegExp(text.replace(/\{(?:namespace|service|revision)\}/g, 'x'));
    return true;
  } catch {
    return false;
  }
}

const patternText = z
  .string()
  .min(1)
  .refine(isPattern, { error: 'a regular expression without look-around and back-references' });

/** The names are checked behind the values, so that all faults are seen at once. */
const labelsSchema = z
  .record(z.string(), patternText)
  .refine((labels) => Object.keys(labels).length > 0, { error: 'at least one label' })
  .refine((labels) => Object.keys(labels).every((label) => labelPattern.test(label)), {
    error: 'names of labels such as pod or response_code',
  })
  .meta({ minProperties: 1, propertyNames: { type: 'string', pattern: labelPattern.source } });

const customSchema = z.strictObject({
  requests: metricName.describe('Counter of requests answered: http_requests_total.'),
  errors: labelsSchema.describe('A request failed where one of these labels fits: {code: "5.."}.'),
  durations: metricName
    .regex(/_bucket$/, { error: 'the name of cumulative buckets, ending in _bucket' })
    .describe('Buckets of durations: http_request_duration_seconds_bucket.'),
  unit: z.enum(['s', 'ms']).describe('Of the buckets.'),
  labels: labelsSchema
    .refine((labels) => /\{(?:service|revision)\}/.test(Object.values(labels).join(' ')), {
      error: 'a label with {service} or {revision}, or revisions cannot be told apart',
    })
    .describe('Whole values as regular expressions, {namespace}, {service}, {revision} filled in.'),
  instance: z
    .array(z.string().regex(labelPattern, { error: 'the name of a label' }))
    .optional()
    .describe('Labels that tell processes apart; default: job, instance, pod.'),
});

const dialectNames = Object.keys(counterDialects) as [CounterDialectName, ...CounterDialectName[]];

const countersSchema = z
  .union([z.enum(dialectNames), customSchema])
  .optional()
  .describe("Who counts; default: what belongs to the router's kind.");

export const metricsSchema = z
  .union([
    urlText,
    z
      .strictObject({
        scrape: z.union([urlText, z.array(urlText).min(1)]).optional(),
        prometheus: nameText.optional().describe('A Prometheus of `metricSources`.'),
        counters: countersSchema,
      })
      .refine(({ scrape, prometheus }) => (scrape === undefined) !== (prometheus === undefined), {
        error: 'one of scrape and prometheus',
      }),
  ])
  .meta({
    id: 'counters',
    description:
      'Where counters are read: the endpoint of every gateway process (or a name that resolves to all), or a Prometheus.',
  });

export type MetricsSettings = z.output<typeof metricsSchema>;

/** Whose counters tell revisions apart; behind one Service, and behind routers that are not here, only pods can. */
const byRouter: Readonly<Record<string, CounterDialectName>> = {
  'service-selector': 'pods',
  'replica-share': 'pods',
  'aws-alb': 'pods',
  'gateway-api': 'traefik',
  'traefik-service': 'traefik',
  istio: 'istio',
  'ingress-nginx': 'ingress-nginx',
};

/** Null: no router of that kind is known here. */
export function defaultDialect(routerKind: string): CounterDialectName | null {
  return byRouter[routerKind] ?? null;
}

export function dialectOf(routerKind: string, metrics: MetricsSettings): CounterDialect {
  const counters = typeof metrics === 'string' ? undefined : metrics.counters;
  if (typeof counters === 'object') return customDialect(counters);
  return counterDialects[counters ?? defaultDialect(routerKind) ?? 'pods'];
}
