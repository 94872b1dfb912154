/** How alerts from outside are recognised and what they do, as it is written down. */
import { z } from 'zod';
import { alertActions } from '../domain/rollout/alert.js';
import { durationText } from '../domain/schema-parts.js';
import { credentialSchema } from './credential-schema.js';

const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'the name of a label such as sluice_service' });

export const alertsSchema = z.strictObject({
  signature: z
    .strictObject({
      secret: credentialSchema.describe('Shared with whoever signs; 16 characters at least.'),
      tolerance: durationText
        .refine((ms) => ms >= 1000 && ms <= 3_600_000, { error: 'from 1s to 1h' })
        .prefault('5m')
        .describe('How old, or ahead of our clock, a signature may be.'),
    })
    .optional()
    .describe('Default: alerts come with a token of scope `alert` only.'),
  labels: z
    .strictObject({
      service: labelName.default('sluice_service'),
      environment: labelName.default('sluice_environment'),
      region: labelName.default('sluice_region'),
      action: labelName.default('sluice_action'),
    })
    .prefault({})
    .describe('Labels of an alert that name its target, and what it does.'),
  action: z
    .enum(alertActions)
    .default('rollback')
    .describe('For an alert without the label for it.'),
});

export type AlertSettings = z.output<typeof alertsSchema>;
