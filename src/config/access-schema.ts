/** Who gets a token without a secret that is stored anywhere, as written in `sluice.yaml`. */
import { z } from 'zod';
import { durationText, nameText } from '../domain/schema-parts.js';

const longestMs = 3_600_000;
/** Never a pull request: what runs there was written by whoever opened it. */
const events = [
  ...(['push', 'workflow_dispatch', 'repository_dispatch', 'release'] as const),
  ...(['schedule', 'create', 'deployment', 'merge_group'] as const),
] as const;

const idText = z
  .union([z.int().min(1), z.string().regex(/^\d{1,20}$/)], { error: 'the number of it' })
  .transform(String);

const patternText = (form: RegExp, example: string) =>
  z
    .string()
    .max(400)
    .regex(form, { error: `such as ${example}; * within a segment, ** anything` });

const jobSchema = z.strictObject({
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, { error: 'owner/name' })
    .describe('For people; what counts is the number.'),
  repositoryId: idText.describe('gh api repos/<owner>/<name> --jq .id'),
  ownerId: idText.optional().describe('gh api repos/<owner>/<name> --jq .owner.id'),
  refs: z
    .array(patternText(/^refs\/(?:heads|tags)\/\S+$/, 'refs/heads/main or refs/tags/v*'))
    .min(1),
  events: z.array(z.enum(events)).min(1).default(['push', 'workflow_dispatch', 'release']),
  githubEnvironments: z
    .array(z.string().min(1).max(255))
    .min(1)
    .optional()
    .describe('The job names one of these environments of GitHub; left out: none has to be named.'),
  workflows: z
    .array(
      patternText(
        /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[^@\s]+@\S+$/,
        'acme/checkout/.github/workflows/release.yml@refs/heads/main',
      ),
    )
    .min(1)
    .optional()
    .describe('The workflow that holds the job, reusable or not; left out: any of the repository.'),
  services: z.array(nameText).min(1),
  environments: z.array(nameText).min(1).optional().describe('Of the pipeline; default: all.'),
  scopes: z
    .array(z.enum(['read', 'release', 'operate', 'alert']))
    .min(1)
    .default(['read', 'release'])
    .describe('A job never approves.'),
  validFor: durationText
    .refine((ms) => ms >= 60_000 && ms <= longestMs, { error: 'from 1m to 1h' })
    .prefault('15m'),
});

const webUrl = z.url({ protocol: /^https?$/, error: 'an http(s) URL' });

/** Who may read encrypted payloads in the Temporal UI, by its own single sign-on. */
const temporalUiSchema = z.strictObject({
  origin: webUrl
    .refine((text) => new URL(text).origin === text, {
      error: 'scheme, host and port alone, such as https://temporal.example.com',
    })
    .describe('Where the Temporal UI is served, as browsers name it.'),
  issuer: webUrl.describe('`iss` of the access tokens that the UI passes on.'),
  keysUrl: webUrl.describe('The JSON Web Key Set of the issuer.'),
  audience: z.string().min(1).max(400).describe('`aud` of these tokens.'),
});

export const accessSchema = z.strictObject({
  temporalUi: temporalUiSchema.optional().describe('The codec server: docs/production.md.'),
  githubActions: z
    .strictObject({
      issuer: z
        .url({ protocol: /^https?$/, error: 'an http(s) URL' })
        .default('https://token.actions.githubusercontent.com')
        .describe('On a GitHub of your own: https://<host>/_services/token'),
      audience: z
        .string()
        .min(1)
        .max(400)
        .describe('What jobs ask for their token for; best the URL of this API.'),
      jobs: z.array(jobSchema).min(1).max(500),
    })
    .optional(),
});

export type AccessSettings = z.output<typeof accessSchema>;
