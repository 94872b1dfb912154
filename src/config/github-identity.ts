/** Who we are at GitHub, with what proves it read at the moment it is used. */
import { readCredential, readPrivateKey } from './credential.js';
import type { GithubSettings } from './github-schema.js';

type GithubIdentity =
  | {
      readonly kind: 'app';
      readonly id: number | string;
      readonly readPrivateKey: () => Promise<string>;
    }
  | { readonly kind: 'token'; readonly readToken: () => Promise<string> };

export function githubIdentity(
  { app, token }: Pick<GithubSettings, 'app' | 'token'>,
  env: Readonly<Record<string, string | undefined>>,
): GithubIdentity {
  if (app !== undefined) {
    const { id, privateKey } = app;
    return { kind: 'app', id, readPrivateKey: () => readPrivateKey(privateKey, env) };
  }
  if (token !== undefined) return { kind: 'token', readToken: () => readCredential(token, env) };
  // The schema lets neither of them be missing.
  throw new RangeError('neither app nor token');
}
