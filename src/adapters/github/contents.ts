/** Files at GitHub, and commits made over its API. */
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Contents } from '../../ports/code-host/contents.js';
import { type GithubClient, nullIfNotFound } from './client.js';
import { compareRefs } from './compare.js';
import { place } from './items.js';
import { commitMutation } from './queries.js';

const longestBytes = 1024 * 1024;
/** GitHub lists no more of a folder, and does not say that there are. */
const mostListed = 1000;

type Commit = Parameters<Contents['commitFiles']>[1];

export function createGithubContents(client: GithubClient): Contents {
  const reading = (repository: RepositoryKey) => client.as(repository, 'readCode').rest;

  async function readPath(repository: RepositoryKey, path: string, ref: string) {
    const parameters = { ...place(repository), path, ref };
    const found = await nullIfNotFound(() => reading(repository).repos.getContent(parameters));
    return found?.data ?? null;
  }

  return {
    async readFile(repository, path, ref) {
      const found = await readPath(repository, path, ref);
      if (found === null || Array.isArray(found) || found.type !== 'file') return null;
      if (found.size > longestBytes) {
        throw new Failure('PayloadTooLarge', `${path} is too large`, {
          ...{ where: path, seen: `${found.size} bytes`, limit: `${longestBytes} bytes` },
        });
      }
      return Buffer.from(found.content, 'base64').toString('utf8');
    },

    async listFolder(repository, path, ref) {
      const found = await readPath(repository, path, ref);
      if (!Array.isArray(found)) return [];
      if (found.length >= mostListed) return listTree(client, repository, path, ref);
      return found.map((entry) => ({
        path: entry.path,
        kind: entry.type === 'dir' ? ('folder' as const) : ('file' as const),
      }));
    },

    async commitFiles(repository, commit) {
      const { branch, expectedHead, message, changes } = commit;
      const [headline = '', ...body] = message.split('\n');
      const written = changes.flatMap(({ path, text }) =>
        text === null ? [] : [{ path, contents: Buffer.from(text, 'utf8').toString('base64') }],
      );
      const gone = changes.flatMap(({ path, text }) => (text === null ? [{ path }] : []));
      try {
        const { createCommitOnBranch } = await client.query<{
          readonly createCommitOnBranch: {
            readonly commit: { readonly oid: string } | null;
          } | null;
        }>(repository, 'writeCode', commitMutation, {
          input: {
            branch: { repositoryNameWithOwner: repositoryPath(repository), branchName: branch },
            message: { headline, body: body.join('\n').trim() },
            fileChanges: { additions: written, deletions: gone },
            expectedHeadOid: expectedHead,
          },
        });
        const oid = createCommitOnBranch?.commit?.oid;
        if (oid !== undefined) return oid;
        throw new Failure('Unavailable', 'GitHub did not say what it committed', { where: branch });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.code === 'RateLimited' || error.code === 'Forbidden') throw error;
        return await whatBecameOf(client, repository, commit, error);
      }
    },
  };
}

/** The commit may have been made although we were not told, in this attempt or an earlier one. */
async function whatBecameOf(
  client: GithubClient,
  repository: RepositoryKey,
  { branch, expectedHead, message }: Commit,
  error: Failure,
): Promise<string> {
  const ref = { ...place(repository), ref: `heads/${branch}` };
  const { git } = client.as(repository, 'readCode').rest;
  const head = await nullIfNotFound(() => git.getRef(ref));
  if (head === null) {
    throw new Failure('NotFound', `there is no branch ${branch}`, { where: branch });
  }
  const { sha } = head.data.object;
  if (sha === expectedHead) {
    const isRule = /protect|rule|not authorized|declined|denied/i.test(error.message);
    if (!isRule || error.code === 'Unavailable') throw error;
    throw new Failure('PolicyDenied', `GitHub protects ${branch}: ${error.message}`, {
      where: branch,
    });
  }
  const { commits, behindBy } = await compareRefs(client, repository, expectedHead, sha, 1);
  const [first] = commits;
  const isOurs =
    behindBy === 0 &&
    first?.parents.length === 1 &&
    first.parents[0] === expectedHead &&
    first.message.trim() === message.trim();
  if (isOurs) return first.sha;
  throw new Failure('Conflict', `${branch} moved on`, {
    ...{ where: branch, seen: sha, limit: expectedHead },
  });
}

/** A folder of any size, by the tree it is. */
async function listTree(
  client: GithubClient,
  repository: RepositoryKey,
  path: string,
  ref: string,
): ReturnType<Contents['listFolder']> {
  const { git, repos } = client.as(repository, 'readCode').rest;
  const { data: commit } = await repos.getCommit({ ...place(repository), ref });
  let sha = commit.commit.tree.sha;
  const parts = path.split('/').filter((part) => part !== '');
  for (let depth = 0; ; depth += 1) {
    const { data } = await git.getTree({ ...place(repository), tree_sha: sha });
    if (data.truncated) {
      throw new Failure('PayloadTooLarge', `${path} holds too many files`, { where: path });
    }
    const part = parts[depth];
    if (part === undefined) {
      return data.tree.map((entry) => ({
        path: [...parts, entry.path].join('/'),
        kind: entry.type === 'tree' ? ('folder' as const) : ('file' as const),
      }));
    }
    const below = data.tree.find((entry) => entry.path === part && entry.type === 'tree');
    if (below?.sha === undefined) return [];
    sha = below.sha;
  }
}
