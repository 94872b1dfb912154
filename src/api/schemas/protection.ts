/** Branch protection as the API shows it: plan, what was applied, what was restored, what drifts. */
import { z } from 'zod';
import type {
  ProtectionApplied,
  ProtectionRestored,
  ProtectionView,
} from '../../domain/protection/view.js';
import type { PlannedProtection } from '../../workflows/repository/protection-messages.js';
import { documents } from './documents.js';
import { reasonText } from './names.js';
import { epochMs } from './rollout.js';

const branchName = z
  .string()
  .min(1)
  .max(255)
  .meta({ description: 'Without `refs/heads/`.', example: 'main' });

export const applyProtectionBody = z
  .strictObject({
    reason: reasonText,
    branch: branchName.optional().meta({ description: 'Left out: every branch that is written.' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only say what would be done.' }),
  })
  .meta({ id: 'ApplyProtection', example: { reason: 'agreed in the review' } });

export const restoreProtectionBody = z
  .strictObject({
    reason: reasonText,
    branch: branchName,
    backup: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .meta({ description: 'Left out: the newest of the branch.' }),
  })
  .meta({ id: 'RestoreProtection', example: { reason: 'it blocks a fix', branch: 'main' } });

const planSchema = z.object({
  branches: z.array(
    z.object({
      branch: z.string(),
      kind: z.enum(['none', 'create', 'change']),
      changes: z.array(
        z.object({
          field: z.enum([
            ...(['requiredChecks', 'requireUpToDate', 'requiredApprovals'] as const),
            ...(['dismissStaleApprovals', 'requireCodeOwners', 'requireLinearHistory'] as const),
            ...(['requireConversationResolution', 'enforceForAdmins'] as const),
            ...(['allowForcePushes', 'allowDeletions'] as const),
          ]),
          real: z.string().nullable(),
          wanted: z.string(),
        }),
      ),
      enforce: z.boolean(),
    }),
  ),
  isEmpty: z.boolean(),
});

const backupSchema = z.object({
  id: z.string(),
  branch: z.string(),
  atMs: epochMs,
  by: z.object({ actor: z.string(), reason: z.string() }),
});

const lines = z.array(z.string()).meta({ description: 'A change each, as a diff is read.' });

export const plannedProtection = documents<PlannedProtection>()(
  z
    .object({ plan: planSchema, lines, backups: z.array(backupSchema) })
    .meta({ id: 'PlannedProtection' }),
);

export const protectionApplied = documents<ProtectionApplied>()(
  z
    .object({
      plan: planSchema,
      lines,
      written: z.array(z.string()),
      backups: z.array(backupSchema),
      refused: z.array(z.object({ branch: z.string(), reason: z.string() })),
    })
    .meta({ id: 'ProtectionApplied' }),
);

export const protectionRestored = documents<ProtectionRestored>()(
  z
    .object({
      branch: z.string(),
      changed: z.boolean(),
      from: z.string(),
      backup: z.string().nullable(),
    })
    .meta({ id: 'ProtectionRestored' }),
);

export const protectionViewSchema = documents<ProtectionView>()(
  z
    .object({
      repository: z.object({ owner: z.string(), name: z.string() }),
      lookedAtMs: epochMs.nullable(),
      lines,
      hasDrift: z.boolean(),
      issue: z.int().nullable(),
      held: z.array(z.string()),
      backups: z.array(backupSchema),
      trouble: z.string().nullable(),
      isDryRun: z.boolean(),
      nextLookAtMs: epochMs.nullable(),
      commands: z.array(z.string()),
    })
    .meta({ id: 'Protection' }),
);
