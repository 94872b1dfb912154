/** Stale issues and pull requests as the API shows them: those on their way, what a pass would do, and why. */
import { z } from 'zod';
import type { StaleExplanation } from '../../domain/stale-item/explain.js';
import type { StaleItemView, StaleSweepView } from '../../domain/stale-item/view.js';
import { repositoryPathParams } from './branch.js';
import { documents } from './documents.js';
import { pageShape, phaseName } from './names.js';
import { epochMs } from './rollout.js';

export const itemPathParams = repositoryPathParams.extend({
  number: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .meta({ description: 'Of the issue or pull request.', example: 12 }),
});

export const staleItemListQuery = z.strictObject(pageShape);

const repository = z.object({ owner: z.string(), name: z.string() });
const reason = z.string().meta({ description: 'Why, one clause.' });

const decision = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('leave'), dueAtMs: epochMs.nullable(), reason }),
    z.object({ kind: z.literal('mark'), dueAtMs: epochMs, reason }),
    z.object({ kind: z.literal('unmark'), reason }),
    z.object({ kind: z.literal('close'), dueAtMs: epochMs, reason }),
    z.object({ kind: z.literal('exempt'), reason }),
    z.object({ kind: z.literal('unknown'), reason }),
  ])
  .meta({ id: 'StaleDecision', description: 'What is to be done; `unknown`: nothing may be.' });

export const staleItemView = documents<StaleItemView>()(
  z
    .object({
      repository,
      number: z.int(),
      isPull: z.boolean(),
      stage: z.enum(['queued', 'marked', 'closed', 'unmarked', 'left', 'planned', 'stuck']),
      reason: z.string(),
      nextAtMs: epochMs.nullable().meta({ description: 'When it goes on by itself.' }),
      isDryRun: z.boolean(),
      story: z.array(z.object({ atMs: epochMs, text: z.string() })),
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'StaleItem' }),
);

export const staleSweepView = documents<StaleSweepView>()(
  z
    .object({
      repository,
      isDryRun: z.boolean(),
      passAtMs: epochMs.nullable(),
      nextAtMs: epochMs.nullable(),
      plan: z.array(
        z.object({
          number: z.int(),
          isPull: z.boolean(),
          decision,
          slotAtMs: epochMs.nullable().meta({ description: 'Its turn.' }),
        }),
      ),
      isCut: z.boolean().meta({ description: 'There is more than one pass takes.' }),
      looked: z.int(),
      exempt: z.record(z.string(), z.int()).meta({ description: 'Reason → how many.' }),
      watched: z.int(),
      trouble: z.string().nullable(),
      commands: z.array(z.string()),
    })
    .meta({ id: 'StaleSweep' }),
);

export const staleExplanation = documents<StaleExplanation>()(
  z
    .object({
      decision,
      summary: z.string(),
      reasons: z.array(z.object({ rule: z.string(), seen: z.string(), means: z.string() })),
    })
    .meta({ id: 'StaleExplanation' }),
);

export const staleItemList = z
  .object({
    items: z.array(
      z.object({
        number: z.int(),
        phase: phaseName.nullable(),
        needsAttention: z.string().nullable(),
        startedAtMs: epochMs,
        location: z.string(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'StaleItemList' });
export type StaleItemList = z.output<typeof staleItemList>;
