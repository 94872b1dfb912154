/** How the comparison with stable is written down; what is left out takes the usual numbers. */
import { z } from 'zod';
import { shareText } from '../schema-parts.js';
import { type ComparisonPolicy, defaultComparison } from './comparison-policy.js';

const metric = {
  weight: z
    .number()
    .min(0)
    .optional()
    .describe('Part of the false alarms it may cause, beside the others; 0: not compared: 1.'),
  dryRun: z.boolean().optional().describe('Reported, and never acted on: false.'),
};

const slowdownText = z
  .string({ error: 'a share such as 25%' })
  .regex(/^\d{1,3}(?:\.\d+)?%$/, { error: 'a share such as 25%' })
  .transform((text) => 1 + Number(text.slice(0, -1)) / 100)
  .meta({ examples: ['25%'] });

export const comparisonSchema = z.union(
  [
    z.literal('off'),
    z.strictObject({
      errors: z.strictObject(metric).optional(),
      latency: z
        .strictObject({
          ...metric,
          tolerate: slowdownText
            .optional()
            .describe('So much slower than stable is nothing to roll back for: 25%.'),
        })
        .optional(),
      minimumRequests: z
        .int()
        .min(1)
        .optional()
        .describe('With fewer requests of the candidate it does not roll back: 1.'),
      minimumInstances: z
        .int()
        .min(1)
        .optional()
        .describe('With fewer instances of the candidate it does not roll back: 1.'),
      allowedHarm: z
        .strictObject({
          ratio: z.number().gt(1).optional().describe("Times stable's odds of failing: 2."),
          difference: shareText.optional().describe('More failures than stable: 0.1%.'),
        })
        .optional()
        .describe('Harm below which a step is known to be safe.'),
      advance: z
        .enum(['atStepsEnd', 'whenSafe'])
        .optional()
        .describe('When a step may end: at its end, or once it is known to be safe: atStepsEnd.'),
      oneBadInstance: z
        .enum(['rollBack', 'replace'])
        .optional()
        .describe(
          'What is done when one instance carries all of the failures: rollBack, or replace it once; on Kubernetes that needs deploy/kubernetes/rbac-replace.yaml.',
        ),
    }),
  ],
  { error: '"off", or how to compare with stable' },
);

type ComparisonSpec = z.output<typeof comparisonSchema>;

/** Undefined: the candidate is held to the limits alone. */
export function resolveComparison(spec: ComparisonSpec | undefined): ComparisonPolicy | undefined {
  if (spec === 'off') return undefined;
  const preset = defaultComparison;
  const { errors, latency, allowedHarm } = spec ?? {};
  return {
    errors: {
      weight: errors?.weight ?? preset.errors.weight,
      dryRun: errors?.dryRun ?? preset.errors.dryRun,
    },
    latency: {
      weight: latency?.weight ?? preset.latency.weight,
      dryRun: latency?.dryRun ?? preset.latency.dryRun,
      toleratedSlowdown: latency?.tolerate ?? preset.latency.toleratedSlowdown,
    },
    minimumRequests: spec?.minimumRequests ?? preset.minimumRequests,
    minimumInstances: spec?.minimumInstances ?? preset.minimumInstances,
    allowed: {
      ratio: allowedHarm?.ratio ?? preset.allowed.ratio,
      difference: allowedHarm?.difference ?? preset.allowed.difference,
    },
    advance: spec?.advance ?? preset.advance,
    oneBadInstance: spec?.oneBadInstance ?? preset.oneBadInstance,
    saved: null,
  };
}
