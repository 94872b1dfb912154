/** The `repository` section of `sluice.yaml`: what is kept in order in a repository, and by which rules. */
import { z } from 'zod';
import { staleBranchesSchema } from '../branch/schema.js';
import { resetPolicySchema } from '../develop-reset/schema.js';
import { issuesPolicySchema } from '../issue/schema.js';
import { mergePolicySchema } from '../merge/schema.js';
import { protectedBranchSchema } from '../protection/schema.js';
import { pullsSchema } from '../pull-check/schema.js';
import { staleItemsSchema } from '../stale-item/schema.js';
import { syncPolicySchema } from '../issue-sync/schema.js';
import { triggerSchema } from '../trigger/schema.js';
import { enableSchema } from './enable-schema.js';

export const repositorySchema = z.strictObject({
  enable: enableSchema
    .default({})
    .describe('Where each automation is on; one that is not named is on: docs/webhooks.md.'),
  protection: z
    .record(z.string().min(1), protectedBranchSchema)
    .default({})
    .describe('By branch: docs/branch-protection.md.'),
  issues: issuesPolicySchema
    .optional()
    .describe('Issue → branch → pull request; left out: not done. docs/issue-branches.md.'),
  merge: mergePolicySchema.optional().describe('Left out: nothing is merged. docs/merging.md.'),
  pulls: pullsSchema.optional().describe('Left out: not checked. docs/pull-checks.md.'),
  reset: resetPolicySchema
    .prefault({})
    .describe('How a branch is put back: docs/develop-reset.md.'),
  stale: z
    .strictObject({
      branches: staleBranchesSchema
        .optional()
        .describe('Left out: not done. docs/stale-branches.md.'),
      items: staleItemsSchema.optional().describe('Left out: not done. docs/stale-items.md.'),
    })
    .prefault({}),
  sync: syncPolicySchema
    .optional()
    .describe('Issues and files kept the same; left out: not done. docs/issue-sync.md.'),
  triggers: z
    .array(triggerSchema)
    .max(50)
    .default([])
    .describe('What starts releases by itself: docs/webhooks.md.'),
});

export type RepositoryPolicy = z.output<typeof repositorySchema>;
