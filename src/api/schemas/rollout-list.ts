/** A list of rollouts as the API shows it. */
import { z } from 'zod';
import { flagText, pageShape, phaseName, serviceName, stageName } from './names.js';

export const rolloutListQuery = z.strictObject({
  service: serviceName.optional(),
  environment: stageName.optional(),
  phase: phaseName.optional(),
  running: flagText.meta({ description: '`true`: only those that have not ended.' }),
  ...pageShape,
});

const rolloutRow = z
  .object({
    rolloutId: z.string(),
    service: z.string(),
    environment: z.string().meta({ description: '`production`, or `production/eu`.' }),
    n: z.int(),
    version: z.string().nullable().meta({ description: 'The candidate.' }),
    strategy: z.string().nullable(),
    phase: phaseName.nullable(),
    weight: z.number().nullable().meta({ description: 'Percent for the candidate.' }),
    needsAttention: z.string().nullable(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    location: z.string(),
  })
  .meta({ id: 'RolloutRow' });

export const rolloutList = z
  .object({ items: z.array(rolloutRow), nextCursor: z.string().nullable() })
  .meta({ id: 'RolloutList' });
export type RolloutList = z.output<typeof rolloutList>;
