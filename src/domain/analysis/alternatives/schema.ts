/** How a named judge is written down in health.judge; what is left out takes the peer's own defaults. */
import { z } from 'zod';
import { durationText } from '../../schema-parts.js';
import { argoDefaults, type ArgoMetric } from './argo-thresholds.js';
import { readCondition } from './condition.js';
import { flaggerDefaults, type FlaggerMetric } from './flagger-thresholds.js';
import { effectSizesOf, kayentaDefaults } from './kayenta-metric.js';
import { type KayentaMetric, mannWhitneyDefaults } from './mann-whitney-judge.js';
import type { NamedJudge } from './named-judge.js';

const metricName = z.enum(
  ['successRate', 'errorRate', 'latencyP50', 'latencyP90', 'latencyP95', 'latencyP99'],
  {
    error: 'successRate, errorRate (0 to 1), latencyP50, latencyP90, latencyP95 or latencyP99 (ms)',
  },
);

const span = durationText.refine((ms) => ms >= 100, { error: 'at least 100ms' });

const conditionText = z
  .string({ error: 'a condition such as "result[0] >= 0.99"' })
  .transform((text, context) => {
    const condition = readCondition(text);
    if (condition !== null) return condition;
    const message =
      'comparisons of one result with numbers, joined by && and ||: "result[0] >= 0.99"';
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  })
  .meta({ examples: ['result[0] >= 0.99'] });

const limit = z.int().min(0).optional();

const argoMetric = z
  .strictObject({
    metric: metricName,
    window: span.optional().describe('Of the rate that is measured: 1m.'),
    interval: span.optional().describe('Between two measurements; without it there is one.'),
    initialDelay: durationText.optional().describe('Before the first measurement: 0s.'),
    count: z.int().min(0).optional().describe('Measurements; 0: until the step is over.'),
    failureLimit: z
      .int()
      .min(-1)
      .optional()
      .describe('More failed measurements fail: 0; -1: none does.'),
    inconclusiveLimit: limit.describe('More inconclusive measurements are doubt: 0.'),
    consecutiveErrorLimit: limit.describe('More errors in a row are no data: 4.'),
    consecutiveSuccessLimit: limit.describe('So many successes in a row are enough; 0: off.'),
    successCondition: conditionText.optional(),
    failureCondition: conditionText.optional(),
    dryRun: z.boolean().optional().describe('Measured and told, and never acted on: false.'),
  })
  .superRefine((metric, context) => {
    const told = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const { count = 0, failureLimit = 0, consecutiveSuccessLimit = 0 } = metric;
    if (metric.successCondition === undefined && metric.failureCondition === undefined) {
      told('successCondition', 'a successCondition or a failureCondition, since else all succeeds');
    }
    if (failureLimit === -1 && consecutiveSuccessLimit === 0) {
      told('failureLimit', '-1 beside a consecutiveSuccessLimit only, since else nothing decides');
    }
    if (count > 1 && metric.interval === undefined)
      told('interval', 'a duration, since count is over 1');
    const wanted = Math.max(0, failureLimit) + consecutiveSuccessLimit;
    if (count > 0 && count < wanted) {
      told('count', `at least failureLimit + consecutiveSuccessLimit (${wanted})`);
    }
    if (count > 0 && count < (metric.inconclusiveLimit ?? 0)) {
      told('count', 'at least inconclusiveLimit');
    }
  });

const argo = z.strictObject({
  kind: z.literal('thresholds'),
  style: z.literal('argo'),
  countsOver: z
    .enum(['step', 'rollout'])
    .optional()
    .describe('Whether limits count in each step, or over the rollout as in the background: step.'),
  metrics: z.array(argoMetric).min(1),
});

const flaggerMetric = z.strictObject({
  name: z.enum(['request-success-rate', 'request-duration'], {
    error: 'request-success-rate (percent) or request-duration (p99, ms)',
  }),
  interval: span.optional().describe('Window of its rate: 1m.'),
  thresholdRange: z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, { error: 'min or max' }),
});

const flagger = z.strictObject({
  kind: z.literal('thresholds'),
  style: z.literal('flagger'),
  interval: span.optional().describe('Between two checks: 1m.'),
  threshold: z
    .int()
    .min(1)
    .optional()
    .describe('So many failed checks over the rollout turn back: 1.'),
  iterations: z.int().min(1).optional().describe('Good checks that each step needs: 1.'),
  metrics: z.array(flaggerMetric).min(1),
});

const share = z.number().min(0).max(100);

const kayentaMetric = z.strictObject({
  metric: metricName,
  groups: z.array(z.string().min(1).max(63)).min(1).optional().describe('Default: its own name.'),
  direction: z.enum(['increase', 'decrease', 'either']).optional().describe('either'),
  nanStrategy: z
    .enum(['remove', 'replace'])
    .optional()
    .describe('A span without requests: left out, or taken for 0: remove.'),
  outliers: z.enum(['keep', 'remove']).optional().describe('keep'),
  outlierFactor: z.number().positive().optional().describe('3'),
  critical: z.boolean().optional().describe('High or Low fails the whole: false.'),
  mustHaveData: z.boolean().optional().describe('No data counts against its group: false.'),
  muted: z.boolean().optional().describe('Told, and never scored: false.'),
  effectSize: z
    .strictObject({
      measure: z.enum(['meanRatio', 'cles']).optional(),
      allowedIncrease: z.number().min(0).optional(),
      allowedDecrease: z.number().min(0).optional(),
      criticalIncrease: z.number().min(0).optional(),
      criticalDecrease: z.number().min(0).optional(),
    })
    .optional(),
});

const mannWhitney = z
  .strictObject({
    kind: z.literal('mannWhitney'),
    step: span.optional().describe('One value of a series for each: 1m.'),
    interval: span
      .optional()
      .describe("Scored after each; a score up to `marginal` fails then: at the step's end alone."),
    lookback: span.optional().describe('How far back values count: all of the rollout.'),
    beginAfter: durationText.optional().describe('Warm-up that is left out: 0s.'),
    minimumValues: z
      .int()
      .min(0)
      .optional()
      .describe('With fewer values a side there is no verdict: 10.'),
    score: z
      .strictObject({ pass: share.optional(), marginal: share.optional() })
      .refine(({ pass = 75, marginal = 50 }) => marginal <= pass, {
        path: ['marginal'],
        error: 'at most what `pass` says',
      })
      .optional()
      .describe('Passes from 75, is doubtful from 50, fails below.'),
    groupWeights: z
      .record(z.string(), share)
      .optional()
      .describe('Percent by group; groups without one share what is left.'),
    metrics: z.array(kayentaMetric).min(1),
  })
  .superRefine(({ groupWeights = {}, metrics }, context) => {
    const path = ['groupWeights'];
    const names = new Set(metrics.flatMap(({ metric, groups = [metric] }) => groups));
    const strange = Object.keys(groupWeights).find((group) => !names.has(group));
    if (strange !== undefined) {
      context.addIssue({
        code: 'custom',
        path,
        message: `groups that a metric is in, and none is in "${strange}"`,
      });
    }
    const sum = Object.values(groupWeights).reduce((total, weight) => total + weight, 0);
    const isWhole = [...names].every((name) => name in groupWeights);
    if (sum > 100 || (isWhole && names.size > 0 && sum !== 100)) {
      const message = `together 100, not ${sum}`;
      context.addIssue({ code: 'custom', path, message });
    }
  });

export const judgeSchema = z.union([
  z.literal('evidence'),
  z.discriminatedUnion(
    'kind',
    [z.discriminatedUnion('style', [argo, flagger], { error: 'argo or flagger' }), mannWhitney],
    { error: 'thresholds or mannWhitney' },
  ),
]);

type JudgeSpec = z.output<typeof judgeSchema>;

/** Undefined: the usual evidence. */
export function resolveJudge(spec: JudgeSpec | undefined): NamedJudge | undefined {
  if (spec === undefined || spec === 'evidence') return undefined;
  if (spec.kind === 'mannWhitney') return resolveMannWhitney(spec);
  if (spec.style === 'argo') {
    const { kind, style, countsOver = 'step', metrics } = spec;
    return { kind, style, countsOver, metrics: metrics.map(resolveArgo) };
  }
  const { kind, style, interval, threshold, iterations, metrics } = spec;
  return {
    kind,
    style,
    intervalMs: interval ?? flaggerDefaults.intervalMs,
    threshold: threshold ?? flaggerDefaults.threshold,
    iterations: iterations ?? flaggerDefaults.iterations,
    metrics: metrics.map(resolveFlagger),
  };
}

function resolveArgo(spec: z.output<typeof argoMetric>): ArgoMetric {
  return {
    metric: spec.metric,
    windowMs: spec.window ?? argoDefaults.windowMs,
    intervalMs: spec.interval ?? null,
    initialDelayMs: spec.initialDelay ?? argoDefaults.initialDelayMs,
    count: spec.count ?? null,
    failureLimit: spec.failureLimit ?? argoDefaults.failureLimit,
    inconclusiveLimit: spec.inconclusiveLimit ?? argoDefaults.inconclusiveLimit,
    consecutiveErrorLimit: spec.consecutiveErrorLimit ?? argoDefaults.consecutiveErrorLimit,
    consecutiveSuccessLimit: spec.consecutiveSuccessLimit ?? argoDefaults.consecutiveSuccessLimit,
    successCondition: spec.successCondition ?? null,
    failureCondition: spec.failureCondition ?? null,
    dryRun: spec.dryRun ?? argoDefaults.dryRun,
  };
}

function resolveFlagger(spec: z.output<typeof flaggerMetric>): FlaggerMetric {
  return {
    metric: spec.name,
    windowMs: spec.interval ?? flaggerDefaults.windowMs,
    min: spec.thresholdRange.min ?? null,
    max: spec.thresholdRange.max ?? null,
  };
}

function resolveMannWhitney(spec: z.output<typeof mannWhitney>): NamedJudge {
  const preset = mannWhitneyDefaults;
  return {
    kind: 'mannWhitney',
    stepMs: spec.step ?? preset.stepMs,
    intervalMs: spec.interval ?? preset.intervalMs,
    lookbackMs: spec.lookback ?? preset.lookbackMs,
    warmUpMs: spec.beginAfter ?? preset.warmUpMs,
    pass: spec.score?.pass ?? preset.pass,
    marginal: spec.score?.marginal ?? preset.marginal,
    groupWeights: spec.groupWeights ?? {},
    minimumValues: spec.minimumValues ?? preset.minimumValues,
    metrics: spec.metrics.map(resolveKayenta),
  };
}

function resolveKayenta(spec: z.output<typeof kayentaMetric>): KayentaMetric {
  const { measure = 'meanRatio', ...sizes } = spec.effectSize ?? {};
  const preset = effectSizesOf(measure);
  return {
    metric: spec.metric,
    groups: spec.groups ?? [spec.metric],
    direction: spec.direction ?? kayentaDefaults.direction,
    nanStrategy: spec.nanStrategy ?? kayentaDefaults.nanStrategy,
    outliers: spec.outliers ?? kayentaDefaults.outliers,
    outlierFactor: spec.outlierFactor ?? kayentaDefaults.outlierFactor,
    critical: spec.critical ?? kayentaDefaults.critical,
    mustHaveData: spec.mustHaveData ?? kayentaDefaults.mustHaveData,
    muted: spec.muted ?? false,
    effectSize: {
      measure,
      allowedIncrease: sizes.allowedIncrease ?? preset.allowedIncrease,
      allowedDecrease: sizes.allowedDecrease ?? preset.allowedDecrease,
      criticalIncrease: sizes.criticalIncrease ?? preset.criticalIncrease,
      criticalDecrease: sizes.criticalDecrease ?? preset.criticalDecrease,
    },
  };
}
