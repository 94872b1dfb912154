/** Who we are at GitHub and how it reaches us, as written in `sluice.yaml`. */
import { z } from 'zod';
import { urlText } from '../domain/schema-parts.js';
import { credentialSchema } from './credential-schema.js';

const appSchema = z.strictObject({
  id: z
    .union([z.int().min(1), z.string().regex(/^[A-Za-z0-9.]{1,64}$/)])
    .describe('App or client id.'),
  privateKey: credentialSchema.describe('PEM.'),
});

export const githubSchema = z
  .strictObject({
    url: urlText.optional().describe('The API’s; default: GitHub’s own.'),
    app: appSchema.optional().describe('A GitHub App: the form for production.'),
    token: credentialSchema.optional().describe('A personal access token: for trials.'),
    activitiesPerSecond: z
      .number()
      .min(0.1)
      .max(100)
      .default(10)
      .describe(
        'Begun by all workers together, of one installation; each makes one to a few calls.',
      ),
    creationsPerSecond: z
      .number()
      .min(0.1)
      .max(100)
      .default(1)
      .describe(
        'The same for issues, comments and pull requests, of which GitHub takes 80 a minute.',
      ),
    webhookSecrets: z
      .array(credentialSchema)
      .max(2)
      .default([])
      .describe('One; two while it is changed.'),
  })
  .refine(({ app, token }) => (app === undefined) !== (token === undefined), {
    error: 'either app or token',
  });

export type GithubSettings = z.output<typeof githubSchema>;
