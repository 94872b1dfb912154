/** When pull requests are merged by themselves, as written under `repository.merge`. */
import { z } from 'zod';
import { durationText } from '../schema-parts.js';

const labels = z.array(z.string().min(1).max(100)).max(50);

const queueSchema = z.strictObject({
  batch: z.int().min(1).max(32).default(5).describe('So many are tried together at most.'),
  priorities: labels
    .default([])
    .describe('Labels, the most urgent first; without one of them a pull request comes last.'),
  maxWait: durationText
    .prefault('24h')
    .describe('Who is in the queue for longer leaves it, with the reason.'),
  checkTimeout: durationText
    .prefault('1h')
    .describe('Checks that have not ended by then have failed.'),
  owner: z
    .string()
    .min(1)
    .max(100)
    .describe('Login or team that is named when the queue waits too long or is stopped.'),
});

export const mergePolicySchema = z.strictObject({
  bases: z
    .array(z.string().min(1).max(250))
    .max(20)
    .default([])
    .describe('Branches merged into; left out: the default branch.'),
  method: z.enum(['squash', 'merge']).default('squash'),
  requires: z
    .strictObject({
      labels: labels
        .min(1)
        .default(['automerge'])
        .describe('All of them: somebody must have said that it may be merged.'),
      approvals: z.int().min(0).max(10).default(0).describe('Beside what protection asks for.'),
      checks: z
        .array(z.string().min(1).max(200))
        .max(100)
        .default([])
        .describe('Names of checks beside those that protection requires.'),
    })
    .prefault({}),
  blocks: z
    .strictObject({ labels: labels.default(['do-not-merge']).describe('None of them.') })
    .prefault({}),
  deleteBranch: z.boolean().default(true).describe('After the merge, where nothing needs it.'),
  maxWait: durationText
    .prefault('24h')
    .describe('For longer nothing is waited for in silence: the owner or author is told.'),
  queue: queueSchema
    .optional()
    .describe('Tries pull requests on the newest base before they are merged.'),
});

export type MergePolicy = z.output<typeof mergePolicySchema>;
export type QueuePolicy = NonNullable<MergePolicy['queue']>;
