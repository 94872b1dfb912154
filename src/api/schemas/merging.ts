/** Merging into a base branch, as the API shows it. */
import { z } from 'zod';
import type { MergeResult, MergeView } from '../../domain/merge/view.js';
import { repositoryPathParams } from './branch.js';
import { documents } from './documents.js';
import { phaseName } from './names.js';
import { epochMs } from './rollout.js';

export const mergingPathParams = repositoryPathParams.extend({
  base: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: 'Branch merged into, percent-encoded.', example: 'main' }),
});

const member = z.object({ number: z.int(), headSha: z.string() });

export const mergeViewSchema = documents<MergeView>()(
  z
    .object({
      repository: z.object({ owner: z.string(), name: z.string() }),
      base: z.string(),
      phase: phaseName,
      now: z.string().meta({ description: 'What it does, or waits for.' }),
      pulls: z.array(
        member.extend({
          title: z.string(),
          author: z.string(),
          priority: z.int(),
          kind: z.enum(['ready', 'waits', 'behind', 'blocked', 'over']),
          isSettling: z.boolean(),
          why: z.string().meta({ description: 'Why it is or is not merged.' }),
          next: z.array(z.string()).meta({ description: 'What somebody can do.' }),
          sinceMs: epochMs,
        }),
      ),
      trial: z
        .object({
          n: z.int(),
          baseSha: z.string(),
          members: z.array(member),
          startedAtMs: epochMs,
          branch: z.string().nullable(),
          sha: z.string(),
        })
        .nullable(),
      suspects: z.object({ baseSha: z.string(), members: z.array(member) }).nullable(),
      freeze: z
        .object({
          reason: z.string(),
          atMs: epochMs,
          by: z.string().nullable(),
          issue: z.int().nullable(),
        })
        .nullable(),
      wait: z.object({ what: z.string(), owner: z.string(), untilMs: epochMs }).nullable(),
      trouble: z.string().nullable(),
      story: z.array(z.object({ atMs: epochMs, text: z.string() })),
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'Merging' }),
);

export const mergePlanned = documents<MergeResult>()(
  z.object({ steps: z.array(z.string()), merged: z.int() }).meta({ id: 'MergePlanned' }),
);
