/** How issues are followed, as written under `repository.issues` of `sluice.yaml`. */
import { z } from 'zod';

/** Refused by git in names of refs: https://git-scm.com/docs/git-check-ref-format */
const badRefPart = /(?:^|\/)(?:\.|\/|$)|\.\.|\/\/|@\{|[\s~^:?*[\\]|\.lock(?:\/|$)|\.$/;

const branchPattern = z
  .string()
  .max(120)
  .refine((text) => text.split('{n}').length === 2, { error: 'a pattern with {n} in it, once' })
  .refine((text) => !badRefPart.test(text.replace('{n}', '1').replace('{slug}', 'a')), {
    error: 'the pattern of a branch name as git allows it',
  });

/** A path inside the repository. */
const repositoryPathText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\\]*[^/\\]$/, {
    error: 'a path inside the repository, without / at its ends',
  });

const requiredPart = z.enum(['issueLink', 'checklist', 'changeType']);

export const issuesPolicySchema = z.strictObject({
  branch: z
    .strictObject({
      from: z.string().min(1).optional().describe('Default: the default branch.'),
      pattern: branchPattern.default('feature/issue-{n}-{slug}'),
      when: z
        .enum(['created', 'labeled', 'assigned'])
        .default('created')
        .describe('What an issue needs before it gets its branch.'),
      labels: z
        .array(z.string().min(1))
        .default([])
        .describe('For labeled: one of these; none named: any.'),
      required: z
        .array(z.string().trim().min(1).max(100))
        .max(20)
        .default([])
        .describe('Headings under which an issue must say something first.'),
    })
    .prefault({}),
  pull: z
    .strictObject({
      draft: z.boolean().default(true),
      template: repositoryPathText.default('.github/pull_request_template.md'),
      required: z
        .array(requiredPart)
        .default(['issueLink', 'checklist', 'changeType'])
        .describe('What a body must hold; the check "Sluice template" fails without.'),
    })
    .prefault({}),
  archive: z
    .union([repositoryPathText, z.literal(false)])
    .default('issues/archive')
    .describe('Where the file of a closed issue goes; issues lie in the folder above it.'),
});

export type IssuesPolicy = z.output<typeof issuesPolicySchema>;
export type RequiredPart = z.output<typeof requiredPart>;
