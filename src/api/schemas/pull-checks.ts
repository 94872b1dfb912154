/** The checks of a pull request, as the API shows them. */
import { z } from 'zod';
import type { PullChecksView } from '../../domain/pull-check/view.js';
import { repositoryPathParams } from './branch.js';
import { documents } from './documents.js';
import { reasonText } from './names.js';

export const pullPathParams = repositoryPathParams.extend({
  number: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31)
    .meta({ description: 'Of the pull request.', example: 12 }),
});

export const checkPullBody = z
  .strictObject({ reason: reasonText })
  .meta({ id: 'CheckPull', example: { reason: 'the rules have changed' } });

const names = z.array(z.string());

const plannedRun = z.object({
  name: z.string(),
  conclusion: z.enum([
    ...(['success', 'failure', 'neutral', 'cancelled', 'skipped'] as const),
    ...(['timed_out', 'action_required', 'stale'] as const),
  ]),
  title: z.string(),
  summary: z.string().meta({ description: 'Markdown: what is wrong, and how to mend it.' }),
  annotations: z.array(
    z.object({
      path: z.string(),
      line: z.int(),
      level: z.enum(['warning', 'failure']),
      message: z.string(),
    }),
  ),
});

export const pullChecksSchema = documents<PullChecksView>()(
  z
    .object({
      repository: z.object({ owner: z.string(), name: z.string() }),
      number: z.int(),
      stage: z.enum(['checking', 'told', 'left', 'planned']),
      reason: z.string(),
      report: z
        .object({
          number: z.int(),
          sha: z.string().meta({ description: 'Head that was judged.' }),
          runs: z.array(plannedRun),
          labels: z.object({ add: names, remove: names }),
          comment: z.string().meta({ description: 'Markdown, with its marker.' }),
          mayComment: z.boolean().meta({ description: 'No: only one that is there is changed.' }),
          verdict: z.enum(['passed', 'warned', 'failed']),
        })
        .nullable(),
      passes: z.int(),
      trouble: z.string().nullable(),
      isDryRun: z.boolean(),
      commands: names.meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'PullChecks' }),
);
