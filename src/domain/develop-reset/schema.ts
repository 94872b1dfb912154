/** How a branch that has gone astray is put back, as written under `repository.reset`. */
import { z } from 'zod';
import { durationText } from '../schema-parts.js';

const branchText = z.string().min(1).max(250);

export const resetPolicySchema = z.strictObject({
  branch: branchText.default('develop').describe('What is reset.'),
  to: branchText.optional().describe('Where to; left out: the default branch.'),
  approvals: z
    .strictObject({
      required: z.int().min(1).max(10).default(1),
      approvers: z
        .array(z.string().min(1).max(200))
        .max(100)
        .default([])
        .describe('Owners of tokens; left out: everybody whose token may approve.'),
      deadline: durationText.prefault('7d').describe('Without them until then nothing happens.'),
      acceptClaims: z
        .boolean()
        .default(false)
        .describe('Whether approvals typed into the Temporal UI count.'),
    })
    .prefault({}),
  notify: z
    .array(z.string().regex(/^@?[\w./-]{1,100}$/, { error: 'a login or a team' }))
    .max(50)
    .default([])
    .describe('Named in the issue beside the authors.'),
  pulls: z
    .enum(['comment', 'retarget'])
    .default('comment')
    .describe('What becomes of open pull requests into the branch.'),
});

export type ResetPolicy = z.output<typeof resetPolicySchema>;
