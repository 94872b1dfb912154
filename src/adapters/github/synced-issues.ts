/** Issues by the hundred at GitHub: read, written and answered for in few calls. */
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { Failure } from '../../domain/failures.js';
import type { SyncedIssues } from '../../ports/code-host/synced-issues.js';
import type { GithubClient } from './client.js';
import { toMs } from './item-shape.js';
import { place } from './items.js';
import { readAll } from './pages.js';
import { createIssues } from './synced-issues-create.js';
import { changedComments, changedIssues } from './synced-issues-list.js';
import { lookAt } from './synced-issues-look.js';
import { createNameBook } from './synced-issues-names.js';
import { historyQuery } from './synced-issues-queries.js';
import {
  type ActorAnswer,
  type IssueAnswer,
  loginOf,
  present,
  toEdits,
  toIssueComment,
} from './synced-issues-shape.js';
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

interface HistoryAnswer {
  readonly repository: {
    readonly issue: {
      readonly userContentEdits: NonNullable<IssueAnswer['userContentEdits']> | null;
      readonly timelineItems: {
        readonly nodes:
          | readonly ({
              readonly createdAt: string;
              readonly previousTitle: string;
              readonly currentTitle: string;
              readonly actor: ActorAnswer | null;
            } | null)[]
          | null;
      };
    } | null;
  } | null;
}

/** @throws NotFound without such an issue */
async function readHistory(
  client: GithubClient,
  repository: RepositoryKey,
  number: number,
): ReturnType<SyncedIssues['readHistory']> {
  const variables = { owner: repository.owner, name: repository.name, number };
  const answer = await client.query<HistoryAnswer>(
    ...([repository, 'readIssues', historyQuery, variables] as const),
  );
  const issue = answer.repository?.issue;
  if (issue == null) {
    throw new Failure('NotFound', `${repositoryPath(repository)} has no issue ${number}`);
  }
  const titles = present(issue.timelineItems).map((one) => ({
    actor: one.actor === null ? null : loginOf(one.actor),
    atMs: toMs(one.createdAt),
    ...{ from: one.previousTitle, to: one.currentTitle },
  }));
  return { bodies: toEdits(issue.userContentEdits), titles };
}
