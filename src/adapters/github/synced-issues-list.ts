/** What changed since a time, nothing missed while more changes: issues, and comments of all issues together. */
import type { HostIssue, IssueComment } from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { GithubClient } from './client.js';
import { toMs } from './item-shape.js';
import { place } from './items.js';
import { changedIssuesQuery } from './synced-issues-queries.js';
import {
  type IssueAnswer,
  listedToHostIssue,
  present,
  toHostIssue,
  toIssueComment,
} from './synced-issues-shape.js';

const pageSize = 100;

interface Page<T> {
  readonly rows: readonly T[];
  /** What the next page is asked by; null after the last. */
  readonly next: string | null;
}

interface List<T> {
  /** Oldest change first. @param page as `next` told; null: the first */
  readonly read: (sinceMs: number | null, page: string | null) => Promise<Page<T>>;
  readonly keyOf: (row: T) => string;
  readonly atMsOf: (row: T) => number;
}

/**
 * GitHub counts pages from the beginning: what changes goes to the end, what is deleted goes away, all after it move up,
 * and the first of the next page would never be seen. So each page begins at the time at which the last one ended. That
 * it holds that very moment is seen by the row that ended the last one; where it does not, one second more is asked for.
 */
async function* readByChange<T>(list: List<T>, sinceMs: number | null): AsyncGenerator<T> {
  const seen = new Set<string>();
  // Whether the moment itself is part of the answer is told both ways.
  let fromMs = sinceMs === null ? null : sinceMs - 1000;
  let page: string | null = null;
  let ended: string | null = null;
  let backMs = 0;
  for (;;) {
    const { rows, next } = await list.read(fromMs, page);
    if (ended !== null && !rows.some((row) => versionOf(list, row) === ended)) {
      ended = null;
      backMs = 1000;
      fromMs = (fromMs ?? 0) - backMs;
      continue;
    }
    for (const row of rows) {
      const version = versionOf(list, row);
      if (seen.has(version) || list.atMsOf(row) < (sinceMs ?? 0)) continue;
      seen.add(version);
      yield row;
    }
    const last = rows.at(-1);
    if (last === undefined || next === null) return;
    const nextMs = list.atMsOf(last) - backMs;
    // More than a page may have changed in the same second.
    const canGoOn = fromMs === null || nextMs > fromMs;
    page = canGoOn ? null : next;
    ended = canGoOn && backMs === 0 ? versionOf(list, last) : null;
    if (canGoOn) fromMs = nextMs;
  }
}

function versionOf<T>({ keyOf, atMsOf }: List<T>, row: T): string {
  return `${keyOf(row)} ${atMsOf(row)}`;
}

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
  const list: List<{ readonly isPull: boolean; readonly issue: HostIssue }> = {
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

function everyIssue(client: GithubClient, repository: RepositoryKey): List<HostIssue> {
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
  const list: List<Awaited<ReturnType<typeof issues.listCommentsForRepo>>['data'][number]> = {
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
