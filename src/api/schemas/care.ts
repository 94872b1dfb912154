/** A repository in our care, as the API shows it and takes commands about it. */
import { z } from 'zod';
import { automations } from '../../domain/repository/automations.js';
import type { RepositoryCheck } from '../../domain/repository/check.js';
import { documents } from './documents.js';
import { reasonText } from './names.js';
import { epochMs } from './rollout.js';

const automationName = z.enum(automations).meta({ description: 'What Sluice does by itself.' });

export const careView = z
  .object({
    repository: z.string(),
    off: z
      .array(
        z.object({
          automation: automationName,
          kind: z.enum(['paused', 'suspended']).meta({
            description: '`suspended`: by itself, after it failed again and again.',
          }),
          actor: z.string(),
          reason: z.string(),
          atMs: epochMs,
          issue: z.int().nullable().meta({ description: 'That tells of it.' }),
        }),
      )
      .meta({ description: 'By a person’s word or by failures; the policy is not asked here.' }),
    failing: z.array(z.object({ activity: z.string(), failures: z.int(), reason: z.string() })),
  })
  .meta({ id: 'RepositoryCare' });

export type CareView = z.output<typeof careView>;

export const repositoryCheck = documents<RepositoryCheck>()(
  z
    .object({
      isWell: z.boolean(),
      defaultBranch: z.string(),
      faults: z.array(
        z.object({ file: z.string(), line: z.int(), column: z.int(), message: z.string() }),
      ),
      automations: z.array(
        z.object({
          automation: automationName,
          off: z.string().nullable().meta({ description: 'Why it does nothing here.' }),
        }),
      ),
      failing: z.array(z.string()),
      webhooks: z
        .object({ arrived: z.int(), failed: z.int(), lastAtMs: epochMs.nullable() })
        .nullable()
        .meta({ description: 'Deliveries of the last hour; null without an App.' }),
    })
    .meta({ id: 'RepositoryCheck' }),
);

export const switchBody = z
  .strictObject({ automation: automationName, reason: reasonText })
  .meta({ id: 'Switch', example: { automation: 'staleBranches', reason: 'we move hosts today' } });
