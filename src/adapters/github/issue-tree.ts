/** The files that are kept the same as issues, read and pushed over the API alone, where no clone is wanted. */
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { baseRef, type IssueTree } from '../../ports/issue-tree.js';
import { createGithubClient, type GithubClientOptions } from './client.js';
import { createTreeChanges } from './issue-tree-changes.js';
import { createTreeFiles } from './issue-tree-files.js';
import { pushOverApi, readHostRefs } from './issue-tree-push.js';
import { type LogAnswer, logQuery } from './issue-tree-queries.js';

const mostInCall = 100;

export function createGithubIssueTree(options: GithubClientOptions): IssueTree {
  const client = createGithubClient(options);
  const files = createTreeFiles(client);
  const changes = createTreeChanges(client, files);
  const ids = new Map<string, string>();

  async function refsOf(repository: RepositoryKey, refs: readonly string[], withState = false) {
    const { id, at } = await readHostRefs(client, files, repository, refs, withState);
    ids.set(repositoryPath(repository).toLowerCase(), id);
    return { id, at };
  }

  return {
    async readHeads(repository, branch) {
      const ref = `refs/heads/${branch}`;
      const { at } = await refsOf(repository, [ref, baseRef], true);
      const head = at.get(ref);
      if (head !== undefined) return { head, base: at.get(baseRef) ?? null };
      throw new Failure('NotFound', `there is no branch ${branch}`, { where: ref });
    },

    isAncestor: changes.isAncestor,
    changedFiles: changes.changedFiles,

    async listFiles(repository, commit, folder) {
      return (await changes.listEntries(repository, commit, folder)).map(({ path }) => path);
    },

    readFiles: files.readTexts,

    async readLog(repository, commit, { path, atMost }) {
      const rows: { sha: string; atMs: number; message: string }[] = [];
      for (let after: string | null = null; rows.length < atMost; ) {
        const answer: LogAnswer = await client.query(repository, 'readCode', logQuery, {
          ...{ owner: repository.owner, name: repository.name, commit, path, after },
          first: Math.min(mostInCall, Math.ceil(atMost - rows.length)),
        });
        const history = answer.repository?.object?.history;
        if (history === undefined) {
          throw new Failure('NotFound', `there is no commit ${commit}`, { where: commit });
        }
        for (const node of history.nodes) {
          if (node === null) continue;
          const { oid: sha, committedDate, message } = node;
          rows.push({ sha, atMs: Date.parse(committedDate), message: message.trimEnd() });
        }
        if (!history.pageInfo.hasNextPage) break;
        after = history.pageInfo.endCursor;
      }
      return rows;
    },

    push: (repository, commits) =>
      pushOverApi(client, { files, changes }, repository, commits, async () => {
        const known = ids.get(repositoryPath(repository).toLowerCase());
        return known ?? (await refsOf(repository, [baseRef])).id;
      }),
  };
}
