/** How a branch that Argo CD or Flux follows is written down: where it is, what to change in it, and whom to watch. */
import { z } from 'zod';
import { nameText } from '../domain/schema-parts.js';
import { credentialSchema } from './credential-schema.js';

const placed = '{service}, {environment} and {region} are filled in.';

const addressForm =
  'an absolute path, https://host/path, ssh://user@host/path or user@host:path, without a secret in it';

/** Git knows more kinds of addresses, and some of them start programs. */
const addressPattern =
  /^(?:\/[^\s]+|https?:\/\/[\w.-]+(?::\d+)?\/[^\s@]+|ssh:\/\/(?:[\w.-]+@)?[\w.-]+(?::\d+)?\/[^\s]+|[\w.-]+@[\w.-]+:[^\s]+)$/;

const branchPattern = /^(?![-/.])(?!.*(?:\.\.|\/\/|\.lock$|[/.]$))[A-Za-z0-9._/-]+$/;

/** In clear only where nobody else listens. */
const clearPattern = /^http:\/\/(?!(?:localhost|127\.0\.0\.1)[:/])/;

const repositorySchema = z
  .strictObject({
    url: z.string().regex(addressPattern, { error: addressForm }),
    branch: z
      .string()
      .regex(branchPattern, { error: 'the name of a branch such as main' })
      .default('main'),
    auth: z
      .union([
        credentialSchema,
        z.strictObject({ username: z.string().min(1), password: credentialSchema }),
      ])
      .optional()
      .describe('Over https a token, or a user with a password; over ssh the {file} of a key.'),
  })
  .superRefine(({ url, auth }, context) => {
    if (auth === undefined) return;
    const isHttp = /^https?:/.test(url);
    if (clearPattern.test(url)) {
      const message = 'https, because a credential would travel in clear';
      context.addIssue({ code: 'custom', path: ['url'], message, input: url });
    }
    if (!isHttp && !('file' in auth)) {
      const message = 'the {file} of a private key, because the address is not https';
      context.addIssue({ code: 'custom', path: ['auth'], message, input: auth });
    }
  });

const fileText = z
  .string()
  .regex(/^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\s:]+\.ya?ml$/, {
    error: 'a YAML file, by its path from the top of the repository',
  })
  .describe(`Path in the repository. ${placed}`);

const changeSchema = z.union(
  [
    z.strictObject({
      file: fileText,
      image: z
        .string()
        .min(1)
        .describe(`Name of an entry of images in a kustomization.yaml. ${placed}`),
    }),
    z.strictObject({
      file: fileText,
      path: z
        .string()
        .min(1)
        .describe('Keys from the top, with dots: image.tag, containers.0.image'),
      value: z
        .string()
        .includes('{digest}', { error: 'a text with {digest}, because a tag may be moved' })
        .default('{version}@{digest}')
        .describe('{version} and {digest} are filled in.'),
    }),
  ],
  { error: '{file, image} or {file, path}' },
);

const followed = (what: string) =>
  z.string().min(1).default('{service}-{environment}').describe(`Name of the ${what}. ${placed}`);

const followSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('argo-cd'),
    namespace: nameText.default('argocd'),
    application: followed('Application'),
  }),
  z.strictObject({
    kind: z.literal('flux'),
    namespace: nameText.default('flux-system'),
    kustomization: followed('Kustomization'),
  }),
]);

export const gitopsPlatformSchema = z.strictObject({
  kind: z.literal('gitops'),
  repository: repositorySchema,
  change: changeSchema.describe('What names the version that runs.'),
  follow: followSchema.describe('Who applies the branch, and says synced and healthy.'),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe('Of the cluster where the follower is. Absolute path; default: as kubectl finds it.'),
  context: z.string().min(1).optional(),
  url: z.string().min(1).optional().describe(`Where users reach a target. ${placed}`),
});
