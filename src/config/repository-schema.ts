/** The `repository` section of `sluice.yaml`: what is kept in order in a repository, and by which rules. */
import { z } from 'zod';
import { branchProtectionSchema } from '../domain/protection/schema.js';

export const repositorySchema = z.strictObject({
  protection: z
    .record(z.string().min(1), branchProtectionSchema)
    .default({})
    .describe('By branch.'),
});

export type RepositoryPolicy = z.output<typeof repositorySchema>;
