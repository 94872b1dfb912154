/** The explanation of a release or a rollout: verdict, numbers, record, samples and what to do next. */
import { z } from 'zod';
import type { Measured } from '../../domain/analysis/measured.js';
import { ledgerEventSchema } from './audit.js';
import { documents } from './documents.js';
import { phaseName } from './names.js';
import { verdictSchema } from './rollout.js';

const sideSchema = z.object({ requests: z.number(), errors: z.number() });

const measuredSchema = documents<Measured>()(
  z
    .object({
      query: z
        .string()
        .nullable()
        .meta({ description: 'Where the counters were read; null: the platform counts itself.' }),
      stableQuery: z.string().nullable(),
      fromMs: z.number(),
      toMs: z.number(),
      weight: z.number().meta({ description: "The candidate's share of traffic, per cent." }),
      looks: z.int(),
      missed: z.int(),
      points: z
        .array(
          z.object({
            atMs: z.number(),
            candidate: sideSchema,
            stable: sideSchema.nullable(),
          }),
        )
        .readonly()
        .meta({ description: 'The newest looks, oldest first: what each added.' }),
    })
    .meta({ id: 'Measured' }),
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
    measured: measuredSchema
      .nullable()
      .meta({ description: 'What the verdict was measured by; null where no record is kept.' }),
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
