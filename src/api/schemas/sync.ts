/** The sync of issues and files as the API shows it: where it stands, a plan, who changed what, and its commands. */
import { z } from 'zod';
import {
  type PlannedSync,
  type SyncLog,
  syncPhases,
  type SyncView,
} from '../../domain/issue-sync/view.js';
import { repositoryPathParams } from './branch.js';
import { documents } from './documents.js';
import { reasonText } from './names.js';
import { epochMs } from './rollout.js';

const issueNumber = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31)
  .meta({ description: 'Of the issue.', example: 12 });

export const syncIssueParams = repositoryPathParams.extend({ number: issueNumber });

export const syncLogQuery = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(200).default(50),
});

export const syncNowBody = z
  .strictObject({
    reason: reasonText,
    full: z.boolean().default(false).meta({ description: 'Ask for every issue.' }),
  })
  .meta({ id: 'SyncNow', example: { reason: 'a webhook was lost' } });

export const approveSyncBody = z
  .strictObject({
    reason: reasonText,
    digest: z.string().min(1).max(100).meta({ description: 'Of the plan that waits.' }),
  })
  .meta({ id: 'ApproveSync', example: { reason: 'looked through', digest: '1f0c7a…' } });

const fieldsWithText = ['title', 'body', 'milestone'] as const;
const disputed = {
  reason: reasonText,
  issue: z.int().min(1),
  field: z.enum([...fieldsWithText, 'state']).meta({
    description: '`state`: of an issue whose file was deleted; file closes it, github restores it.',
  }),
};
const side = z.enum(['file', 'github']).meta({ description: 'Which side counts.' });
const text = z.string().max(20_000).meta({ description: 'In place of both.' });

export const resolveSyncBody = z
  .discriminatedUnion('take', [
    z.strictObject({ ...disputed, take: side }),
    z.strictObject({ ...disputed, field: z.enum(fieldsWithText), take: z.literal('text'), text }),
  ])
  .meta({
    id: 'ResolveSync',
    example: { reason: 'agreed', issue: 12, field: 'title', take: 'file' },
  });

const fieldName = z.enum([
  ...(['title', 'body', 'state', 'reason'] as const),
  ...(['labels', 'assignees', 'milestone'] as const),
]);

const waitSchema = z.object({
  kind: z.enum([
    ...(['firstPass', 'rewritten', 'mass', 'conflict'] as const),
    ...(['refused', 'faulty', 'gone', 'pending', 'denied'] as const),
  ]),
  number: z.int().nullable(),
  path: z.string().nullable(),
  field: fieldName.nullable(),
  pull: z.int().nullable(),
  reason: z.string(),
});

const passSchema = z.object({
  atMs: epochMs,
  cause: z.string(),
  written: z.int(),
  created: z.int(),
  comments: z.int(),
  files: z.int(),
  commit: z.string().nullable(),
  base: z.string().nullable(),
});

export const syncViewSchema = documents<SyncView>()(
  z
    .object({
      repository: z.object({ owner: z.string(), name: z.string() }),
      phase: z.enum(syncPhases),
      reason: z.string().meta({ description: 'What it does or waits for.' }),
      isDryRun: z.boolean(),
      paused: z.object({ actor: z.string(), reason: z.string() }).nullable(),
      lastPass: passSchema.nullable(),
      lastWrite: passSchema.nullable().meta({ description: 'The last that wrote anything.' }),
      waits: z.array(waitSchema).meta({ description: 'What waits for a person, and why.' }),
      plan: z.array(z.string()),
      digest: z.string().nullable().meta({ description: 'Of the plan that waits for approval.' }),
      trouble: z.string().nullable(),
      nextAtMs: epochMs.nullable(),
      story: z.array(z.object({ atMs: epochMs, text: z.string() })),
      commands: z.array(z.string()),
    })
    .meta({ id: 'Sync' }),
);

export const plannedSync = documents<PlannedSync>()(
  z
    .object({
      lines: z.array(z.string()),
      more: z.int().meta({ description: 'Lines that are left out.' }),
      digest: z.string(),
      hold: z.string().nullable().meta({ description: 'Why it would wait for approval.' }),
      waits: z.array(waitSchema),
    })
    .meta({ id: 'PlannedSync' }),
);

export const syncLogSchema = documents<SyncLog>()(
  z
    .object({
      number: z.int().nullable(),
      path: z.string().nullable(),
      changes: z.array(
        z.object({
          sha: z.string(),
          atMs: epochMs,
          number: z.int(),
          fields: z.array(z.string()),
          side: z.string(),
          actor: z.string().nullable(),
          delivery: z.string().nullable(),
          policy: z.string().nullable(),
          run: z.string().nullable(),
        }),
      ),
      lines: z.array(z.string()),
    })
    .meta({ id: 'SyncLog' }),
);
