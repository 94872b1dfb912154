/** The `repository` section of `sluice.yaml`: what is kept in order in a repository, and by which rules. */
import { z } from 'zod';
import { branchProtectionSchema } from '../protection/schema.js';
import { enableSchema } from './enable-schema.js';

export const repositorySchema = z.strictObject({
  enable: enableSchema
    .default({})
    .describe('Where each automation is on; one that is not named is on: docs/webhooks.md.'),
  protection: z
    .record(z.string().min(1), branchProtectionSchema)
    .default({})
    .describe('By branch.'),
});

export type RepositoryPolicy = z.output<typeof repositorySchema>;
