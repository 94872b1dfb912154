/** Issues that are followed from their branch to their archive, as the API shows them. */
import { z } from 'zod';
import { issueStages } from '../../domain/issue/advance.js';
import type { IssueView } from '../../domain/issue/view.js';
import { repositoryPathParams } from './branch.js';
import { documents } from './documents.js';
import { reasonText } from './names.js';
import { epochMs } from './rollout.js';

export const issuePathParams = repositoryPathParams.extend({
  number: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31)
    .meta({ description: 'Of the issue.', example: 12 }),
});

export const issueCommandParams = issuePathParams.extend({
  command: z.enum(['branch', 'look', 'pause', 'resume']).meta({
    description:
      '`branch`: create its branch now; `look`: look again now; `pause`: hands off; `resume`: go on.',
    example: 'branch',
  }),
});

export const issueCommandBody = z
  .strictObject({ reason: reasonText })
  .meta({ id: 'IssueCommand', example: { reason: 'it is urgent' } });

export const issueViewSchema = documents<IssueView>()(
  z
    .object({
      repository: z.object({ owner: z.string(), name: z.string() }),
      number: z.int(),
      title: z.string().nullable(),
      stage: z.enum(issueStages),
      branch: z.string().nullable(),
      pull: z.int().nullable(),
      mergeSha: z.string().nullable(),
      archivedAs: z.string().nullable(),
      isDropped: z.boolean(),
      reason: z.string().meta({ description: 'What it does or waits for.' }),
      paused: z.object({ actor: z.string(), reason: z.string() }).nullable(),
      trouble: z.string().nullable(),
      plan: z.array(z.string()),
      isDryRun: z.boolean(),
      story: z.array(z.object({ atMs: epochMs, text: z.string() })),
      commands: z.array(z.string()),
    })
    .meta({ id: 'Issue' }),
);
