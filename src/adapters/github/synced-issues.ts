/** Issues by the hundred at GitHub: read, written and answered for in few calls. */
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { Failure } from '../../domain/failures.js';
import type { SyncedIssues } from '../../ports/code-host/synced-issues.js';
import type { GithubClient } from './client.js';
import { place } from './items.js';
import { readAll } from './pages.js';
import { createIssues } from './synced-issues-create.js';
import { toHistory } from './synced-issues-history.js';
import { changedComments, changedIssues } from './synced-issues-list.js';
import { lookAt } from './synced-issues-look.js';
import { createNameBook } from './synced-issues-names.js';
import { historyQuery } from './synced-issues-queries.js';
import { type HistoryAnswer, toIssueComment } from './synced-issues-shape.js';
import { writeIssues } from './synced-issues-write.js';

export function createGithubSyncedIssues(
  client: GithubClient,
  ownLogin: () => Promise<string>,
): SyncedIssues {
  const book = createNameBook(client);
  return {
    changedIssues: (repository, sinceMs) => changedIssues(client, repository, sinceMs),
    changedComments: (repository, sinceMs) => changedComments(client, repository, sinceMs),
    readHistory: (repository, number) => readHistory(client, repository, number),
    writeIssues: (repository, writes) => writeIssues(client, book, repository, writes),
    createIssues: (repository, issues, retriedSinceMs) =>
      createIssues({ client, book, ownLogin }, repository, issues, retriedSinceMs),

    async readIssues(repository, numbers) {
      const looks = await lookAt(client, repository, numbers, false);
      return looks.map(({ state }) => state);
    },

    async readComments(repository, number) {
      const octokit = client.as(repository, 'readIssues');
      const parameters = { ...place(repository), issue_number: number };
      const { listComments } = octokit.rest.issues;
      const all = await readAll(octokit, listComments, parameters, (page) => page);
      return all.map(toIssueComment);
    },
  };
}

/** @throws NotFound without such an issue */
async function readHistory(
  client: GithubClient,
  repository: RepositoryKey,
  number: number,
): ReturnType<SyncedIssues['readHistory']> {
  const variables = { owner: repository.owner, name: repository.name, number };
  const answer = await client.query<{
    readonly repository: { readonly issue: HistoryAnswer | null } | null;
  }>(repository, 'readIssues', historyQuery, variables);
  const issue = answer.repository?.issue;
  if (issue == null) {
    throw new Failure('NotFound', `${repositoryPath(repository)} has no issue ${number}`);
  }
  return toHistory(issue);
}
