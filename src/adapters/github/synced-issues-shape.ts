/** Issues as the sync knows them, out of GitHub's answers: from lists, and from what is asked by number. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import { canonicalBody, canonicalFields, markersIn } from '../../domain/issue-sync/canon.js';
import type { HostIssue, IssueComment, IssueFields } from '../../domain/issue-sync/shapes.js';
import { toMs } from './item-shape.js';

export type ListedIssue = Rest['issues']['listForRepo']['response']['data'][number];
export type ListedComment = Rest['issues']['listCommentsForRepo']['response']['data'][number];

export interface Nodes<T> {
  readonly nodes: readonly (T | null)[] | null;
}

/** As GraphQL names whoever acts: an App without the `[bot]` that it has everywhere else. */
export interface ActorAnswer {
  readonly __typename: string;
  readonly login: string;
}

export interface EditAnswer {
  readonly editedAt: string;
  readonly deletedAt: string | null;
  readonly diff: string | null;
  readonly editor: ActorAnswer | null;
}

type Event<Kind extends string, More> = More & {
  readonly __typename: Kind;
  readonly createdAt: string;
  readonly actor: ActorAnswer | null;
};

type EventAnswer =
  | Event<'RenamedTitleEvent', { readonly previousTitle: string; readonly currentTitle: string }>
  | Event<'MilestonedEvent' | 'DemilestonedEvent', { readonly milestoneTitle: string }>
  | Event<'ClosedEvent', { readonly stateReason: string | null }>
  | Event<'ReopenedEvent', unknown>;

/** As the documents ask for it (synced-issues-queries.ts). */
export interface HistoryAnswer {
  readonly userContentEdits?: Nodes<EditAnswer> | null;
  readonly timelineItems?: Nodes<EventAnswer> | null;
}

/** As the fragment asks for it (synced-issues-queries.ts). */
export interface IssueAnswer extends HistoryAnswer {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly stateReason: string | null;
  readonly url: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly author: ActorAnswer | null;
  readonly labels: Nodes<{ readonly name: string }> | null;
  readonly assignees: Nodes<{ readonly login: string }>;
  readonly milestone: { readonly title: string } | null;
  readonly comments: { readonly totalCount: number };
  readonly repository: { readonly id: string; readonly nameWithOwner: string };
}

/** Whose account is gone is `ghost`. */
export function loginOf(actor: ActorAnswer | null): string {
  if (actor === null) return 'ghost';
  const isBare = actor.__typename === 'Bot' && !actor.login.endsWith('[bot]');
  return isBare ? `${actor.login}[bot]` : actor.login;
}

export function reasonOf(text: string | null | undefined): IssueFields['reason'] {
  const reason = text?.toLowerCase();
  const isKnown = reason === 'completed' || reason === 'not_planned' || reason === 'duplicate';
  return isKnown ? reason : null;
}

export function present<T>(nodes: Nodes<T> | null | undefined): readonly T[] {
  return (nodes?.nodes ?? []).filter((one): one is T & {} => one !== null);
}

export function toHostIssue(issue: IssueAnswer): HostIssue {
  const isClosed = issue.state === 'CLOSED';
  return {
    ...{ kind: 'issue', id: issue.id, number: issue.number },
    fields: canonicalFields({
      ...{ title: issue.title, body: issue.body },
      ...{ state: isClosed ? 'closed' : 'open', reason: reasonOf(issue.stateReason) },
      labels: present(issue.labels).map(({ name }) => name),
      assignees: present(issue.assignees).map(({ login }) => login),
      milestone: issue.milestone?.title ?? null,
    }),
    markers: markersIn(issue.body),
    author: loginOf(issue.author),
    ...{ createdAtMs: toMs(issue.createdAt), updatedAtMs: toMs(issue.updatedAt) },
    ...{ commentCount: issue.comments.totalCount, url: issue.url },
  };
}

export function listedToHostIssue(issue: ListedIssue): HostIssue {
  const body = issue.body ?? '';
  const labels = issue.labels.map((one) => (typeof one === 'string' ? one : (one.name ?? '')));
  return {
    ...{ kind: 'issue', id: issue.node_id, number: issue.number },
    fields: canonicalFields({
      ...{ title: issue.title, body, labels },
      ...{ state: issue.state === 'closed' ? 'closed' : 'open' },
      reason: reasonOf(issue.state_reason),
      assignees: (issue.assignees ?? []).map(({ login }) => login),
      milestone: issue.milestone?.title ?? null,
    }),
    markers: markersIn(body),
    author: issue.user?.login ?? 'ghost',
    ...{ createdAtMs: toMs(issue.created_at), updatedAtMs: toMs(issue.updated_at) },
    ...{ commentCount: issue.comments, url: issue.html_url },
  };
}

export function toIssueComment(comment: ListedComment): IssueComment {
  return {
    id: comment.id,
    author: comment.user?.login ?? 'ghost',
    body: canonicalBody(comment.body ?? ''),
    markers: markersIn(comment.body ?? ''),
    ...{ createdAtMs: toMs(comment.created_at), updatedAtMs: toMs(comment.updated_at) },
  };
}
