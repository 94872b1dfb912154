/** The explanation of a release or a rollout: verdict, numbers, record, samples and what to do next. */
import { z } from 'zod';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import { documents } from './documents.js';
import { phaseName } from './names.js';
import { verdictSchema } from './rollout.js';

const ledgerEventSchema = documents<LedgerEvent>()(
  z
    .object({
      id: z.string(),
      at: z.string(),
      kind: z.string(),
      subject: z.string(),
      actor: z.string(),
      reason: z.string(),
      data: z.record(z.string(), z.unknown()),
    })
    .meta({ id: 'LedgerEvent' }),
);

export const whySchema = z
  .object({
    subject: z.string().meta({ description: 'Workflow id of the release or rollout.' }),
    phase: phaseName,
    outcome: z.string().nullable(),
    environment: z.string().nullable().meta({ description: 'Where it was decided.' }),
    rolloutId: z.string().nullable(),
    sentence: z.string().meta({ description: 'The answer, one sentence.' }),
    verdict: verdictSchema.nullable(),
    samples: z
      .object({
        reference: z.string(),
        value: z
          .unknown()
          .meta({ description: 'The samples; null when they are gone or too large to show.' }),
        note: z.string().nullable(),
      })
      .nullable(),
    events: z.array(ledgerEventSchema).meta({ description: 'Oldest first.' }),
    next: z.array(z.string()).meta({ description: 'Commands ready to be typed.' }),
    temporal: z.string().nullable(),
  })
  .meta({ id: 'Why' });

export type Why = z.output<typeof whySchema>;
