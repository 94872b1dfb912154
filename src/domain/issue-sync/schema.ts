/** How issues and files are kept the same, as written under `repository.sync` of `sluice.yaml`. */
import { z } from 'zod';
import { globText } from '../pull-check/schema.js';
import { durationText, shareText } from '../schema-parts.js';

/** A folder inside the repository. */
const folderText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\\]*[^/\\]$/, {
    error: 'a folder inside the repository, without / at its ends',
  });

export const fieldPolicies = ['ask', 'github', 'file', 'newest', 'both-as-comment'] as const;

const fieldPolicy = z.enum(fieldPolicies);

export const syncPolicySchema = z.strictObject({
  folder: folderText.default('issues').describe('Where the files lie, with all folders below it.'),
  archive: z
    .union([folderText, z.literal(false)])
    .default('issues/archive')
    .describe('Where the file of a closed issue goes; false: it stays.'),
  ignore: z
    .array(globText)
    .max(50)
    .default(['README.md', '_*'])
    .describe(
      'Files without a link that are no issues: globs of names, or of paths where there is a / in them.',
    ),
  names: z
    .enum(['follow', 'keep'])
    .default('follow')
    .describe('Whether a file that is named after its issue is renamed when the title changes.'),
  branch: z.string().min(1).max(255).optional().describe('Default: the default branch.'),
  mode: z
    .enum(['push', 'api', 'pull'])
    .default('push')
    .describe(
      'How files are written: by a push from a clone, by the API alone, or by a pull request.',
    ),
  every: durationText
    .refine((ms) => ms >= 10_000, { error: 'at least 10s' })
    .default(300_000)
    .describe('How often it looks by itself for what no webhook told.'),
  fullEvery: durationText
    .default(86_400_000)
    .describe('How often it asks for every issue: for those deleted or moved without a word.'),
  fields: z
    .strictObject({
      title: fieldPolicy.default('ask'),
      body: fieldPolicy.default('ask'),
      milestone: fieldPolicy.default('ask'),
    })
    .prefault({})
    .describe('What is done where both sides changed the same: docs/issue-sync.md.'),
  comments: z
    .boolean()
    .default(true)
    .describe('Whether comments stand in the files, and are posted from them.'),
  onFileDeleted: z
    .enum(['ask', 'restore', 'close'])
    .default('ask')
    .describe('A deleted file comes back, or its issue is closed as not planned.'),
  firstPass: z
    .enum(['ask', 'go'])
    .default('ask')
    .describe('Whether the first pass over a repository waits for approval of its plan.'),
  rewritten: z
    .enum(['ask', 'edit', 'github'])
    .default('ask')
    .describe('A branch that was forced elsewhere: ask, take it as edits, or put GitHub’s back.'),
  guard: z
    .strictObject({
      issues: z.int().min(1).max(1_000_000).default(25),
      share: shareText.default(0.2),
    })
    .prefault({})
    .describe('More issues that files would change in one pass wait for approval.'),
  dryRun: z.boolean().default(false).describe('Plan and show, write nothing.'),
});

export type SyncPolicy = z.output<typeof syncPolicySchema>;
export type FieldPolicy = z.output<typeof fieldPolicy>;
