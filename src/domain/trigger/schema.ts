/** What starts a release by itself, as people write it under `repository.triggers`. */
import { z } from 'zod';
import { nameText } from '../schema-parts.js';

const globText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w./*+@-]+$/, { error: 'a name in which * stands for anything' });

const fieldText = z.string().min(1).max(100);

const fileDigest = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(200)
    .describe('Path in the repository, read at the commit: `sha256:` and 64 digits stand in it.'),
});
const assetDigest = z.strictObject({
  asset: z.string().min(1).max(200).describe('Name of an asset; {version} is filled in.'),
});
const payloadDigest = z.strictObject({ payload: fieldText });

const common = {
  service: nameText.describe('One whose `repository` in the server’s file is this repository.'),
  from: z
    .string()
    .min(1)
    .max(130)
    .optional()
    .describe('Enter at this environment instead of at the first.'),
};

export const triggerSchema = z.discriminatedUnion('on', [
  z.strictObject({
    on: z.literal('tag'),
    tags: globText.default('v*'),
    digest: fileDigest,
    ...common,
  }),
  z.strictObject({
    on: z.literal('release'),
    tags: globText.default('v*'),
    prereleases: z.boolean().default(false),
    digest: z.union([assetDigest, fileDigest]),
    ...common,
  }),
  z.strictObject({
    on: z.literal('push'),
    branches: globText.optional().describe('Default: the default branch.'),
    digest: fileDigest,
    ...common,
  }),
  z.strictObject({
    on: z.literal('pull'),
    label: z.string().min(1).max(100).describe('Only while it carries this label.'),
    digest: fileDigest,
    ...common,
  }),
  z.strictObject({
    on: z.literal('dispatch'),
    name: z.string().min(1).max(200).describe('Of the repository_dispatch, or a workflow’s path.'),
    version: z.strictObject({ payload: fieldText }).prefault({ payload: 'version' }),
    digest: payloadDigest.prefault({ payload: 'digest' }),
    environment: z
      .strictObject({ payload: fieldText })
      .prefault({ payload: 'environment' })
      .describe('Field that may name where to enter.'),
    ...common,
  }),
  z.strictObject({
    on: z.literal('schedule'),
    cron: z
      .string()
      .regex(/^(?:[\d*,/-]+ ){4}[\w*,/-]+$/, { error: 'five fields such as 0 3 * * 1-5, in UTC' }),
    branch: z.string().min(1).max(250).optional().describe('Default: the default branch.'),
    digest: fileDigest,
    ...common,
  }),
]);

export type Trigger = z.output<typeof triggerSchema>;
