/** `repository.stale.branches` as people write it: when a branch is put away, and which never is. */
import { z } from 'zod';
import { durationText } from '../schema-parts.js';
import { isSafePattern } from './safe-pattern.js';

const aDayMs = 86_400_000;

const patternText = z.string().min(1).max(200).refine(isSafePattern, {
  error:
    'a regular expression without backreferences, lookarounds and quantified groups that hold quantifiers or |',
});

const nameText = z.string().min(1).max(255);

const exemptSchema = z.strictObject({
  names: z.array(nameText).max(500).default([]).describe('Whole names; `*` stands for anything.'),
  patterns: z.array(patternText).max(100).default([]).describe('Regular expressions on the name.'),
  authors: z
    .array(z.string().min(1).max(100))
    .max(500)
    .default([])
    .describe('Logins of the last commit’s author.'),
});

const notifySchema = z.strictObject({
  author: z.boolean().default(true).describe('Mention who made the last commit.'),
  mention: z
    .array(z.string().regex(/^@?[\w-]+(\/[\w.-]+)?$/, { error: 'a login, or organisation/team' }))
    .max(20)
    .default([])
    .describe('Others that are mentioned.'),
});

export const staleBranchesSchema = z
  .strictObject({
    enabled: z.boolean().default(true),
    after: durationText
      .default(30 * aDayMs)
      .describe('Without a push, a commit or an answer for so long: stale.'),
    grace: durationText
      .default(7 * aDayMs)
      .describe('From the ping until it is archived; any activity ends it.'),
    remindBefore: durationText.nullable().default(null).describe('One more ping before the end.'),
    exempt: exemptSchema.prefault({}),
    openPulls: z
      .enum(['exempt', 'ignore'])
      .default('exempt')
      .describe('Whether an open pull request from or into it keeps a branch.'),
    keepLabel: z.string().min(1).max(50).default('keep').describe('On the cleanup issue.'),
    label: z.string().min(1).max(50).default('stale-branch').describe('Of cleanup issues.'),
    archive: z
      .enum(['ref', 'branch'])
      .default('ref')
      .describe(
        '`refs/archive/…`, or a branch `archive/…`, which is also used where a host refuses the former.',
      ),
    keepArchived: durationText
      .nullable()
      .default(null)
      .describe('What was archived longer ago is deleted for good; left out: never.'),
    notify: notifySchema.prefault({}),
    limit: z.int().min(1).max(500).default(50).describe('Branches that one sweep begins with.'),
    dryRun: z.boolean().default(false).describe('Only plan; nothing is written.'),
  })
  .refine(({ after }) => after >= aDayMs, { path: ['after'], error: 'a day at least' })
  .refine(({ remindBefore, grace }) => remindBefore === null || remindBefore < grace, {
    path: ['remindBefore'],
    error: 'less than grace',
  });

export type StaleBranchPolicy = z.output<typeof staleBranchesSchema>;
