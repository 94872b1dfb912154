/** A watch under way as the API shows it. */
import { z } from 'zod';
import type { WatchSummary } from '../../domain/analysis/explain-watch.js';
import { documents } from './documents.js';
import { epochMs } from './rollout.js';

const sideCounts = z.object({ requests: z.number(), bad: z.number() });

const watchSummary = documents<WatchSummary>()(
  z
    .object({
      looks: z.int(),
      missedLooks: z.int(),
      seenAtMs: epochMs.nullable(),
      missed: z.string().nullable().meta({ description: 'Why the newest look failed.' }),
      inFlight: z.number(),
      restarts: z.int(),
      checks: z.array(
        z.object({
          check: z.string(),
          candidate: sideCounts,
          stable: sideCounts
            .nullable()
            .meta({ description: 'Null where the candidate is held to a limit.' }),
          eValue: z.number(),
          eLimit: z.number(),
          towardsRollback: z.number().meta({
            description: 'From 0 (no evidence) to 1 (rolls back), on a logarithmic scale.',
          }),
          dryRun: z.boolean(),
          sentence: z.string(),
        }),
      ),
      series: z
        .array(
          z.object({
            name: z.string(),
            candidate: z.string(),
            stable: z.string(),
            allowed: z.string(),
            towardsRollback: z.number(),
            dryRun: z.boolean(),
            sentence: z.string(),
          }),
        )
        .meta({ description: 'Measured series beside stable’s.' }),
      named: z.string().nullable().meta({
        description: 'What a judge by name says so far; null: nothing, or none is named.',
      }),
      window: z
        .object({
          startedAtMs: epochMs.nullable(),
          endsAtMs: epochMs.nullable(),
          requests: z.number(),
          errors: z.number(),
        })
        .nullable(),
      expected: z
        .object({ kind: z.enum(['rollBack', 'goOn']), atMs: epochMs, check: z.string().nullable() })
        .nullable()
        .meta({ description: 'What comes first if all goes on like this.' }),
      heldBy: z.string().nullable().meta({
        description:
          'Why it does not go on although its time is over; null while nothing holds it.',
      }),
    })
    .meta({ id: 'Watch' }),
);

export const runningWatchSchema = z
  .object({
    rolloutId: z.string(),
    watch: watchSummary.nullable().meta({ description: 'Null while nothing is watched.' }),
  })
  .meta({ id: 'RunningWatch' });

export type RunningWatch = z.output<typeof runningWatchSchema>;
