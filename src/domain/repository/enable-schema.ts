/** Staged enablement as people write it: `enable: {staleBranches: {percent: 10}}`. */
import { z } from 'zod';
import { type Automation, automations } from './automations.js';

const repositoryText = z.string().regex(/^[\w.-]+\/[\w.-]+$/, { error: 'owner/name' });

const enablementSchema = z.union([
  z.boolean(),
  z.strictObject({
    percent: z.int().min(0).max(100).default(0).describe('Of all repositories.'),
    repositories: z.array(repositoryText).default([]).describe('On whatever the share.'),
  }),
]);

const byAutomation = Object.fromEntries(
  automations.map((name) => [name, enablementSchema.optional()]),
) as Record<Automation, z.ZodOptional<typeof enablementSchema>>;

export const enableSchema = z.strictObject(byAutomation);
