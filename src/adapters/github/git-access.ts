/** Where a repository of GitHub is cloned from, and by which word git is let in there. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { createGithubClient, type GithubClientOptions } from './client.js';

export interface GithubGitAccess {
  /** Without a credential in it. */
  urlOf(repository: RepositoryKey): string;
  /** Value of the header `Authorization`; asked for at every use, because it lives for an hour. */
  authorization(repository: RepositoryKey): Promise<string>;
}

export function createGithubGitAccess(options: GithubClientOptions): GithubGitAccess {
  const { credentials } = createGithubClient(options);
  const web = webOf(options.url);
  return {
    urlOf: (repository) => `${web}/${repositoryPath(repository)}.git`,
    async authorization(repository) {
      const spoken = await credentials.authorize({ repository, grant: 'writeCode' });
      // Git over HTTP knows users and passwords only, and this is how GitHub wants a token told.
      const token = spoken.replace(/^\S+ /, '');
      return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    },
  };
}

/**
 * @example webOf(undefined) === 'https://github.com'
 * @example webOf('https://git.acme.com/api/v3') === 'https://git.acme.com'
 */
export function webOf(apiUrl: string | undefined): string {
  if (apiUrl === undefined) return 'https://github.com';
  const { origin, hostname, protocol } = new URL(apiUrl);
  return hostname.startsWith('api.') && hostname.endsWith('github.com')
    ? `${protocol}//${hostname.slice('api.'.length)}`
    : origin;
}
