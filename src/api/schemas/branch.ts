/** Branches on their way to the archive, and archived ones, as the API shows them. */
import { z } from 'zod';
import type { BranchView } from '../../domain/branch/view.js';
import { durationText } from '../../domain/schema-parts.js';
import { documents } from './documents.js';
import { pageShape, phaseName, reasonText } from './names.js';
import { epochMs } from './rollout.js';

const ownerText = z
  .string()
  .regex(/^(?!\.+$)[\w.-]{1,100}$/, { error: 'an owner' })
  .meta({ description: 'Owner of the repository.', example: 'acme' });
const repositoryName = z
  .string()
  .regex(/^(?!\.+$)[\w.-]{1,100}$/, { error: 'a name' })
  .meta({ description: 'Name of the repository.', example: 'shop' });

export const repositoryPathParams = z.object({ owner: ownerText, name: repositoryName });

export const branchPathParams = z.object({
  owner: ownerText,
  name: repositoryName,
  branch: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: 'Without `refs/heads/`, percent-encoded.', example: 'feature%2Fold' }),
});

export const branchListQuery = z.strictObject(pageShape);

export const keepBranchBody = z
  .strictObject({
    reason: reasonText,
    for: durationText.optional().meta({ description: 'Left out: until another word.' }),
  })
  .meta({ id: 'KeepBranch', example: { reason: 'needed for the audit', for: '90d' } });

export const restoreBranchBody = z
  .strictObject({
    reason: reasonText,
    sha: z
      .string()
      .regex(/^[0-9a-f]{4,64}$/, { error: '4 to 64 lower-case hex digits' })
      .optional()
      .meta({ description: 'Beginning of the tip; left out: the one archived last.' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only say what would be done.' }),
  })
  .meta({ id: 'RestoreBranch', example: { reason: 'work goes on' } });

export const branchViewSchema = documents<BranchView>()(
  z
    .object({
      repository: z.object({ owner: z.string(), name: z.string() }),
      branch: z.string(),
      stage: z.enum([
        ...(['watched', 'stale', 'pinged', 'grace'] as const),
        ...(['archiving', 'archived', 'cancelled', 'planned'] as const),
      ]),
      reason: z.string(),
      nextAtMs: epochMs.nullable().meta({ description: 'When it goes on by itself.' }),
      sha: z.string().nullable(),
      issue: z.int().nullable().meta({ description: 'Number of the cleanup issue.' }),
      keep: z
        .object({ actor: z.string(), reason: z.string(), untilMs: epochMs.nullable() })
        .nullable(),
      isDryRun: z.boolean(),
      plan: z.array(z.object({ atMs: epochMs, text: z.string() })),
      archivedAs: z.string().nullable(),
      trouble: z.string().nullable(),
      story: z.array(z.object({ atMs: epochMs, text: z.string() })),
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'Branch' }),
);

export const branchList = z
  .object({
    items: z.array(
      z.object({
        branch: z.string(),
        phase: phaseName.nullable(),
        needsAttention: z.string().nullable(),
        startedAtMs: epochMs,
        location: z.string(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'BranchList' });
export type BranchList = z.output<typeof branchList>;

export const archivedBranchList = z
  .object({
    items: z.array(
      z.object({ branch: z.string(), sha: z.string(), ref: z.string(), archivedAtMs: epochMs }),
    ),
  })
  .meta({ id: 'ArchivedBranchList' });
export type ArchivedBranchList = z.output<typeof archivedBranchList>;

export const restoredBranch = z
  .object({
    branch: z.string(),
    sha: z.string(),
    archive: z.string().meta({ description: 'Ref where it lay.' }),
    isDryRun: z.boolean(),
  })
  .meta({ id: 'RestoredBranch' });
