/** Protection of a branch as people write it down: what GitHub calls classic branch protection. */
import { z } from 'zod';

export const branchProtectionSchema = z.strictObject({
  requiredChecks: z.array(z.string().min(1).max(200)).max(100).default([]),
  requireUpToDate: z.boolean().default(false),
  requiredApprovals: z.int().min(0).max(6).default(0),
  dismissStaleApprovals: z.boolean().default(false),
  requireCodeOwners: z.boolean().default(false),
  requireLinearHistory: z.boolean().default(false),
  requireConversationResolution: z.boolean().default(false),
  enforceForAdmins: z.boolean().default(false),
  allowForcePushes: z.boolean().default(false),
  allowDeletions: z.boolean().default(false),
});

export type BranchProtection = z.output<typeof branchProtectionSchema>;

/** As people write it for a branch: what it is to be, and whether we may make it so by ourselves. */
export const protectedBranchSchema = branchProtectionSchema.extend({
  enforce: z
    .boolean()
    .default(false)
    .describe('Undo changes made elsewhere by ourselves; else they are only reported.'),
});

export type ProtectedBranch = z.output<typeof protectedBranchSchema>;
