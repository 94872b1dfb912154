/** Resets of branches and their backups, as the API takes and shows them. */
import { z } from 'zod';
import type { ResetPlan } from '../../domain/develop-reset/plan.js';
import type { ResetResult, ResetView } from '../../domain/develop-reset/view.js';
import { documents } from './documents.js';
import { phaseName, reasonText } from './names.js';
import { epochMs } from './rollout.js';

const refText = z
  .string()
  .regex(/^refs\/[\x21-\x7e]{1,400}$/, { error: 'a full name such as refs/backup/develop/…' })
  .meta({ description: 'Full name of a ref.', example: 'refs/backup/develop/8f14e45f' });

export const resetBody = z
  .strictObject({
    reason: reasonText,
    from: refText.optional().meta({
      description: 'A backup to restore; left out: the branch goes where the policy says.',
    }),
  })
  .meta({ id: 'ResetBranch', example: { reason: 'the release is out' } });

export const approveResetBody = z
  .strictObject({
    reason: reasonText,
    before: z
      .string()
      .regex(/^[0-9a-f]{7,64}$/, { error: '7 to 64 lower-case hex digits' })
      .meta({ description: 'Beginning of the tip in the plan that was seen.' }),
  })
  .meta({ id: 'ApproveReset', example: { reason: 'all of it is merged', before: '3fa9c1d' } });

const resetPlanSchema = documents<ResetPlan>()(
  z
    .object({
      branch: z.string(),
      before: z.string().meta({ description: 'Tip of the branch now.' }),
      toRef: z.string(),
      after: z.string(),
      lost: z
        .array(z.object({ sha: z.string(), subject: z.string(), author: z.string() }))
        .meta({ description: 'Oldest first, a hundred at most.' }),
      lostCount: z.int(),
      authors: z.array(
        z.object({ login: z.string().nullable(), name: z.string(), commits: z.int() }),
      ),
      pulls: z.array(
        z.object({
          number: z.int(),
          title: z.string(),
          author: z.string(),
          act: z.discriminatedUnion('kind', [
            z.object({
              kind: z.literal('comment'),
              why: z.enum(['intoBranch', 'fromBranch']),
            }),
            z.object({ kind: z.literal('retarget'), to: z.string() }),
          ]),
        }),
      ),
    })
    .meta({ id: 'ResetPlan' }),
);

const outcome = z.enum(['reset', 'idle', 'rejected', 'expired', 'refused']);

export const resetViewSchema = documents<ResetView>()(
  z
    .object({
      resetId: z.string(),
      repository: z.object({ owner: z.string(), name: z.string() }),
      branch: z.string(),
      phase: phaseName,
      plan: resetPlanSchema.nullable(),
      approvals: z.array(
        z.object({
          actor: z.string(),
          reason: z.string(),
          atMs: epochMs,
          attested: z.boolean(),
        }),
      ),
      approvalsRequired: z.int(),
      moved: z.int().meta({ description: 'How often the remote moved and was planned anew.' }),
      issue: z.int().nullable(),
      backup: z.string().nullable(),
      outcome: outcome.nullable(),
      reason: z.string().nullable(),
      requestedBy: z.string(),
      deadlineMs: epochMs.nullable(),
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'Reset' }),
);

export const resetPlanned = documents<ResetResult>()(
  z
    .object({
      outcome: z.enum([...outcome.options, 'planned']),
      reason: z.string(),
      plan: resetPlanSchema.nullable(),
      backup: z.string().nullable(),
    })
    .meta({ id: 'ResetPlanned' }),
);

export const resetStarted = z
  .object({ resetId: z.string(), location: z.string() })
  .meta({ id: 'ResetStarted' });

export const backupQuery = z.strictObject({ branch: z.string().min(1).max(255).optional() });

export const backupList = z
  .object({ items: z.array(z.object({ ref: z.string(), sha: z.string() })) })
  .meta({ id: 'BackupList' });
