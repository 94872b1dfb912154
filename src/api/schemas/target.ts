/** A target as the API shows it. */
import { z } from 'zod';
import type { TargetView } from '../../domain/target/view.js';
import { documents } from './documents.js';
import { flagText, pageShape, phaseName, serviceName, stageName, versionText } from './names.js';
import { epochMs, outcomeName, revisionSchema, targetKeySchema } from './rollout.js';

export const targetViewSchema = documents<TargetView>()(
  z
    .object({
      target: targetKeySchema,
      platform: z.string().nullable(),
      url: z.string().nullable().meta({ description: 'Where users reach it.' }),
      stable: revisionSchema.nullable(),
      previous: z.object({ revision: revisionSchema, warmUntilMs: epochMs }).nullable(),
      current: z
        .object({ rolloutId: z.string(), n: z.int(), candidate: revisionSchema })
        .nullable(),
      queue: z.array(
        z.object({ rolloutId: z.string(), candidate: revisionSchema, requestedBy: z.string() }),
      ),
      lock: z
        .object({
          owner: z.string(),
          reason: z.string(),
          sinceMs: epochMs,
          expiresAtMs: epochMs.nullable(),
        })
        .nullable(),
      history: z.array(
        z.object({
          n: z.int(),
          version: z.string(),
          digest: z.string(),
          outcome: outcomeName,
          reason: z.string(),
          endedAtMs: epochMs,
        }),
      ),
      repaired: z.object({ atMs: epochMs, reason: z.string() }).nullable(),
      handingBack: z
        .object({
          actor: z.string(),
          reason: z.string(),
          sinceMs: epochMs,
          trouble: z.string().nullable(),
        })
        .nullable()
        .meta({ description: 'It is being given back to what was there before.' }),
      dispersion: z
        .object({ errors: z.number().nullable(), latency: z.number().nullable() })
        .exactOptional()
        .meta({ description: "How stable's instances differ from each other, as was learnt." }),
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'Target' }),
);

export const targetListQuery = z.strictObject({
  service: serviceName.optional(),
  environment: stageName.optional(),
  version: versionText.optional().meta({ description: 'The stable version.' }),
  phase: phaseName.optional(),
  needsAttention: flagText,
  ...pageShape,
});

const targetRow = z
  .object({
    targetId: z.string(),
    service: z.string(),
    environment: z.string(),
    region: z.string().nullable(),
    version: z.string().nullable().meta({ description: 'The stable version.' }),
    phase: phaseName.nullable(),
    needsAttention: z.string().nullable(),
    location: z.string(),
  })
  .meta({ id: 'TargetRow' });

export const targetList = z
  .object({ items: z.array(targetRow), nextCursor: z.string().nullable() })
  .meta({ id: 'TargetList' });
export type TargetList = z.output<typeof targetList>;
