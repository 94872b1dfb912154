/** How health limits are written down; what is left out takes the founding documents' numbers. */
import { z } from 'zod';
import { durationText, shareText } from '../schema-parts.js';
import { judgeSchema, resolveJudge } from './alternatives/schema.js';
import { comparisonSchema, resolveComparison } from './comparison-schema.js';
import { resolveSeries, seriesMetricsSchema } from './series-schema.js';
import { defaultHealthPolicy, type HealthPolicy, type UndecidedPolicy } from './health-policy.js';

const undecided = z
  .enum(['rollBack', 'rollback', 'hold', 'advance'])
  .transform((word): UndecidedPolicy => (word === 'rollback' ? 'rollBack' : word));

/** Shorter looks see nothing new and only burden the target. */
const shortestIntervalMs = 100;

interface Limits {
  readonly max?: number | undefined;
  readonly success?: number | undefined;
}

const successWithinMax = {
  holds: ({ max, success }: Limits) => max === undefined || success === undefined || success <= max,
  told: { path: ['success'], error: 'at most what `max` says' },
};

const limits = z.strictObject({
  errorRate: z
    .strictObject({
      max: shareText.optional().describe('Evidence of more failed requests rolls back: 5%.'),
      success: shareText.optional().describe('Evidence of more holds the step: 1%.'),
    })
    .refine(successWithinMax.holds, successWithinMax.told)
    .optional(),
  latencyP95: z
    .strictObject({
      max: durationText.optional().describe('Evidence of a slower p95 rolls back: 1000ms.'),
      success: durationText.optional().describe('Evidence of slower holds the step: 500ms.'),
    })
    .refine(successWithinMax.holds, successWithinMax.told)
    .optional(),
  probeFailures: z
    .int()
    .min(0)
    .optional()
    .describe('More failed probes in a row of one instance roll back: 3.'),
  restarts: z.int().min(0).optional().describe('More unexpected exits roll back: 2.'),
  minimumRequests: z
    .int()
    .min(0)
    .optional()
    .describe('A step with fewer requests of the candidate has no verdict yet: 1.'),
  interval: durationText
    .refine((ms) => ms >= shortestIntervalMs, { error: `at least ${shortestIntervalMs}ms` })
    .optional()
    .describe('Time between two looks at the counters: 1s.'),
  onInconclusive: undecided
    .optional()
    .describe(
      "At a step's deadline with doubt; default: rollBack in the last environment, else hold.",
    ),
  onNoData: undecided
    .optional()
    .describe(
      "At a step's deadline without data; default: rollBack in the last environment, else hold.",
    ),
  comparison: comparisonSchema
    .optional()
    .describe('How the candidate is compared with stable beside it; "off": by its limits alone.'),
  metrics: seriesMetricsSchema.optional(),
  judge: judgeSchema
    .optional()
    .describe(
      'Who says when a step passes: evidence, or fixed thresholds or a Mann–Whitney test in its place.',
    ),
});

export const healthSchema = limits.refine(
  ({ judge = 'evidence', comparison = 'off' }) => judge === 'evidence' || comparison === 'off',
  { path: ['comparison'], error: '"off", since the named `judge` takes its place' },
);

export type HealthSpec = z.output<typeof healthSchema>;

/** The policy with every limit; undecided evidence turns back where users are (the last environment). */
export function resolveHealth(spec: HealthSpec, isLast: boolean): HealthPolicy {
  const preset = defaultHealthPolicy;
  const maxRate = spec.errorRate?.max ?? preset.errorRate.rollBackAbove;
  const maxMs = spec.latencyP95?.max ?? preset.latencyP95.rollBackAboveMs;
  const judge = resolveJudge(spec.judge);
  const comparison = judge === undefined ? resolveComparison(spec.comparison) : undefined;
  const undecidedDefault: UndecidedPolicy = isLast ? 'rollBack' : 'hold';
  return {
    errorRate: {
      rollBackAbove: maxRate,
      // A stricter limit than the usual success takes that along.
      succeedBelow: spec.errorRate?.success ?? Math.min(preset.errorRate.succeedBelow, maxRate),
    },
    latencyP95: {
      rollBackAboveMs: maxMs,
      succeedBelowMs: spec.latencyP95?.success ?? Math.min(preset.latencyP95.succeedBelowMs, maxMs),
    },
    maxProbeFailures: spec.probeFailures ?? preset.maxProbeFailures,
    maxRestarts: spec.restarts ?? preset.maxRestarts,
    minimumRequests: spec.minimumRequests ?? preset.minimumRequests,
    intervalMs: spec.interval ?? preset.intervalMs,
    onInconclusive: spec.onInconclusive ?? undecidedDefault,
    onNoData: spec.onNoData ?? undecidedDefault,
    ...(comparison === undefined ? {} : { comparison }),
    ...(spec.metrics === undefined || spec.metrics.length === 0
      ? {}
      : { series: resolveSeries(spec.metrics) }),
    ...(judge === undefined ? {} : { judge }),
  };
}
