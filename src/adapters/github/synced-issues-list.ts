/** What changed since a time, nothing missed while more changes: issues, and comments of all issues together. */
import type { HostIssue, IssueComment } from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { GithubClient } from './client.js';
import { toMs } from './item-shape.js';
import { place } from './items.js';
import { type ChangeList, type Page, readByChange } from './read-by-change.js';
import { changedIssuesQuery } from './synced-issues-queries.js';
import {
  type IssueAnswer,
  listedToHostIssue,
  present,
  toHostIssue,
  toIssueComment,
} from './synced-issues-shape.js';

const pageSize = 100;

const textOf = (atMs: number) => new Date(atMs).toISOString();

/** A page of a list of REST, by its number. */
function numbered<T>(rows: readonly T[], page: string | null): Page<T> {
  return { rows, next: rows.length < pageSize ? null : String(Number(page ?? 1) + 1) };
}

/**
 * Everything comes from GraphQL, which lists issues without pull requests; what changed comes from REST, which answers
 * for nothing where nothing did.
 */
export async function* changedIssues(
  client: GithubClient,
  repository: RepositoryKey,
  sinceMs: number | null,
): AsyncGenerator<HostIssue> {
  if (sinceMs === null) {
    yield* readByChange(everyIssue(client, repository), null);
    return;
  }
  const { issues } = client.as(repository, 'readIssues').rest;
  const list: ChangeList<{ readonly isPull: boolean; readonly issue: HostIssue }> = {
    read: async (fromMs, page) => {
      const { data } = await issues.listForRepo({
        ...{ ...place(repository), state: 'all', sort: 'updated', direction: 'asc' },
        ...{ per_page: pageSize, page: Number(page ?? 1) },
        ...(fromMs !== null && { since: textOf(fromMs) }),
      });
      const rows = data.map((one) => ({
        isPull: one.pull_request !== undefined,
        issue: listedToHostIssue(one),
      }));
      return numbered(rows, page);
    },
    keyOf: ({ issue }) => String(issue.number),
    atMsOf: ({ issue }) => issue.updatedAtMs,
  };
  for await (const { isPull, issue } of readByChange(list, sinceMs)) if (!isPull) yield issue;
}

function everyIssue(client: GithubClient, repository: RepositoryKey): ChangeList<HostIssue> {
  interface Answer {
    readonly repository: {
      readonly issues: {
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        readonly nodes: readonly (IssueAnswer | null)[] | null;
      };
    };
  }
  return {
    read: async (fromMs, page) => {
      const variables = {
        ...{ owner: repository.owner, name: repository.name, after: page },
        since: fromMs === null ? null : textOf(fromMs),
      };
      const answer = await client.query<Answer>(
        ...([repository, 'readIssues', changedIssuesQuery, variables] as const),
      );
      const { pageInfo, nodes } = answer.repository.issues;
      const rows = present({ nodes }).map(toHostIssue);
      return { rows, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
    },
    keyOf: ({ number }) => String(number),
    atMsOf: ({ updatedAtMs }) => updatedAtMs,
  };
}

export async function* changedComments(
  client: GithubClient,
  repository: RepositoryKey,
  sinceMs: number | null,
): AsyncGenerator<IssueComment & { readonly number: number }> {
  const { issues } = client.as(repository, 'readIssues').rest;
  const list: ChangeList<Awaited<ReturnType<typeof issues.listCommentsForRepo>>['data'][number]> = {
    read: async (fromMs, page) => {
      const { data } = await issues.listCommentsForRepo({
        ...{ ...place(repository), sort: 'updated', direction: 'asc' },
        ...{ per_page: pageSize, page: Number(page ?? 1) },
        ...(fromMs !== null && { since: textOf(fromMs) }),
      });
      return numbered(data, page);
    },
    keyOf: ({ id }) => String(id),
    atMsOf: ({ updated_at: at }) => toMs(at),
  };
  for await (const comment of readByChange(list, sinceMs)) {
    // Of a pull request it says so only where people look at it.
    if (/\/pull\/\d+#/.test(comment.html_url)) continue;
    const number = Number(/\/(\d+)$/.exec(comment.issue_url)?.[1]);
    yield { ...toIssueComment(comment), number };
  }
}
