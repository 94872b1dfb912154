/** What is checked of a pull request and how strictly, as people write it under `repository.pulls`. */
import { z } from 'zod';
import { isSafePattern } from '../branch/safe-pattern.js';
import { usualTypes } from './check-names.js';
import { isSafeGlob } from './glob.js';

const levelSchema = z
  .enum(['off', 'warn', 'require'])
  .describe('warn: told, and neutral to a merge; require: fails.');

const labelText = z.string().min(1).max(50);
export const globText = z
  .string()
  .min(1)
  .refine(isSafeGlob, { error: 'a glob with at most two * in a name, two ** and few braces' })
  .describe('A glob; with ! before it: not these.');
const globs = z.array(globText).max(100);
const regexText = z
  .string()
  .min(1)
  .max(200)
  .refine(isSafePattern, {
    error:
      'a regular expression without backreferences, lookarounds and repetitions of repetitions',
  })
  .describe('A regular expression.');
const typeText = z.string().regex(/^[\p{Ll}\p{N}_-]{1,30}$/u, { error: 'a lower-case word' });
const types = z.array(typeText).min(1).max(50);

/**
 * A level alone, or options with it.
 * @param unwritten level where nothing is written about the check at all
 */
function check<Shape extends z.ZodRawShape>(
  unwritten: z.input<typeof levelSchema>,
  written: z.input<typeof levelSchema>,
  skipLabel: string,
  shape: Shape,
) {
  const options = z.strictObject({
    level: levelSchema.default(written),
    skipLabels: z.array(labelText).max(20).default([skipLabel]).describe('Exempt from this check.'),
    ...shape,
  });
  type Options = z.output<typeof options>;
  const alone = levelSchema.transform((level): Options => options.parse({ level }));
  // Only a level is ever handed in here, which every check takes.
  const otherwise = unwritten as unknown as z.input<typeof options>;
  return z.union([alone, options]).prefault(otherwise);
}

const labelRule = z.strictObject({
  label: labelText,
  anyFile: globs.optional().describe('A changed file is one of these.'),
  everyFile: globs.optional().describe('All changed files are of these.'),
  head: regexText.optional().describe('Of the branch it comes from.'),
  base: regexText.optional().describe('Of the branch it goes into.'),
});

const documentRule = z.strictObject({
  paths: globs.min(1).describe('A change here …'),
  docs: globs.min(1).describe('… wants one here.'),
});

const sizeLimit = (lines: number) => z.int().min(1).max(1_000_000).default(lines);

export const pullsSchema = z.strictObject({
  ignoreBots: z.boolean().default(true).describe('Their pull requests pass.'),
  skipLabels: z.array(labelText).max(20).default([]).describe('Exempt from all checks.'),
  drafts: z
    .enum(['check', 'quiet', 'skip'])
    .default('quiet')
    .describe(
      'quiet: checked, without comment and labels; skip: not looked at before it is ready.',
    ),
  comment: z
    .enum(['onProblem', 'always', 'never'])
    .default('onProblem')
    .describe('One comment, edited in place.'),
  generated: globs.default([]).describe('Beside lockfiles and linguist-generated: not counted.'),
  releaseTools: z
    .array(z.enum(['angular', 'conventionalcommits', 'release-please']))
    .default([])
    .describe('What else reads the commits here: warned where it would release something else.'),
  title: check('require', 'require', 'skip-title', {
    types: types.default([...usualTypes]),
    scopes: z.array(z.string().min(1).max(50)).max(200).default([]).describe('None: any.'),
    requireScope: z.boolean().default(false),
    subjectPattern: regexText.optional().describe('What the description must match.'),
    maxLength: z.int().min(20).max(256).default(100),
    singleCommit: z
      .boolean()
      .default(false)
      .describe('A lone commit is read too: GitHub proposes its title for the merge.'),
  }),
  size: check('warn', 'warn', 'skip-size', {
    limits: z
      .strictObject({
        XS: sizeLimit(10),
        S: sizeLimit(100),
        M: sizeLimit(500),
        L: sizeLimit(1000),
      })
      .prefault({})
      .describe('Changed lines below which it is of that size; else XL.'),
    max: z.int().min(1).max(1_000_000).default(1000).describe('Larger is told.'),
    labels: z.boolean().default(true),
    prefix: z.string().max(40).default('size/').describe('Of the labels.'),
  }),
  labels: check('off', 'require', 'skip-labels', {
    rules: z.array(labelRule).max(100).default([]),
    sync: z.boolean().default(false).describe('Take a label of these rules away again.'),
    oneOf: z.array(labelText).max(50).default([]).describe('It must carry one of these.'),
    none: z.array(labelText).max(50).default([]).describe('It must carry none of these.'),
  }),
  changelog: check('off', 'require', 'skip-changelog', {
    file: z.string().min(1).default('CHANGELOG.md'),
    section: z.string().min(1).default('Unreleased'),
    fragments: globs.default([]).describe('An added file here is an entry as well.'),
    types: types.default(['feat', 'fix', 'perf', 'revert']).describe('What users notice.'),
    paths: globs
      .default([
        '**',
        '!**/*.md',
        '!docs/**',
        '!{test,tests}/**',
        '!**/*.{test,spec}.*',
        '!.github/**',
      ])
      .describe('Where users notice it.'),
  }),
  apiDocs: check('off', 'require', 'skip-api-docs', {
    rules: z.array(documentRule).max(50).default([]),
  }),
  commits: check('off', 'require', 'skip-commits', {
    types: types.default([...usualTypes]),
    maxLength: z.int().min(20).max(256).default(100).describe('Of a header.'),
  }),
  breaking: check('warn', 'require', 'skip-breaking', {
    paths: globs.default([]).describe('A file removed or renamed here breaks something.'),
    label: labelText.optional().describe('Put on what breaks something.'),
  }),
  template: check('off', 'require', 'skip-template', {
    issueLink: z.enum(['closing', 'any', 'off']).default('any'),
    checklist: z.enum(['complete', 'present', 'off']).default('complete'),
    changeType: z.boolean().default(true).describe('One ticked under "Change type".'),
    sections: z.array(z.string().min(1).max(100)).max(20).default([]).describe('Not left empty.'),
  }),
});

export type PullPolicy = z.output<typeof pullsSchema>;
