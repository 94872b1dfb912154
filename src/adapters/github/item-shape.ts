/** Issues and pull requests, comments and timelines in our words. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type {
  Actor,
  Comment,
  Commit,
  Item,
  ItemEvent,
  Pull,
  PullSummary,
} from '../../domain/repository/shapes.js';

type ItemAnswer = Rest['issues']['listForRepo']['response']['data'][number];
type PullListed = Rest['pulls']['list']['response']['data'][number];
type PullAnswer = Rest['pulls']['get']['response']['data'];
type CommentAnswer = Rest['issues']['getComment']['response']['data'];
type CommitAnswer = Rest['repos']['getCommit']['response']['data'];

interface UserAnswer {
  readonly login?: string;
  readonly type?: string;
}

/** Who deleted the account is `ghost`. */
export function toActor(user: UserAnswer | null | undefined): Actor {
  const login = user?.login ?? 'ghost';
  const isBot = user?.type === 'Bot' || login.endsWith('[bot]');
  return { login, kind: isBot ? 'bot' : 'person' };
}

export function toMs(text: string | null | undefined): number {
  return Date.parse(text ?? '');
}

function toMsOrNull(text: string | null | undefined): number | null {
  return text == null ? null : Date.parse(text);
}

/** What an issue and a pull request have in common. */
type Shared = Pick<
  ItemAnswer,
  | 'number'
  | 'node_id'
  | 'title'
  | 'assignees'
  | 'milestone'
  | 'created_at'
  | 'updated_at'
  | 'closed_at'
  | 'html_url'
> & {
  readonly body?: string | null;
  readonly state: string;
  readonly state_reason?: string | null;
  readonly labels: readonly (string | { readonly name?: string | null })[];
  readonly draft?: boolean | undefined;
  readonly locked: boolean;
  readonly type?: { readonly name: string } | null;
  readonly user: UserAnswer | null;
};

function toShared(item: Shared, isPull: boolean): Item {
  const { milestone } = item;
  return {
    ...{ number: item.number, nodeId: item.node_id, isPull, isDraft: item.draft ?? false },
    ...{ isLocked: item.locked, type: item.type?.name ?? null },
    ...{ title: item.title, body: item.body ?? '' },
    state: item.state === 'closed' ? 'closed' : 'open',
    stateReason: item.state_reason ?? null,
    labels: item.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    assignees: (item.assignees ?? []).map(({ login }) => login),
    milestone: milestone === null ? null : { number: milestone.number, title: milestone.title },
    author: toActor(item.user),
    createdAtMs: toMs(item.created_at),
    updatedAtMs: toMs(item.updated_at),
    closedAtMs: toMsOrNull(item.closed_at),
    url: item.html_url,
  };
}

export function toItem(item: ItemAnswer): Item {
  return toShared(item as Shared, item.pull_request !== undefined);
}

export function toPullSummary(pull: PullListed | PullAnswer): PullSummary {
  const { head, base } = pull;
  const from = head.repo as { readonly name: string; readonly owner: UserAnswer } | null;
  const repository: RepositoryKey | null =
    from === null ? null : { owner: from.owner.login ?? '', name: from.name };
  const isMerged = pull.merged_at !== null;
  return {
    ...toShared(pull as Shared, true),
    head: { ref: head.ref, sha: head.sha, repository },
    base: { ref: base.ref, sha: base.sha },
    isMerged,
    // Before, it names the commit of a trial.
    mergeSha: isMerged ? pull.merge_commit_sha : null,
  };
}

export function toPull(pull: PullAnswer): Pull {
  return {
    ...toPullSummary(pull),
    isMergeable: pull.mergeable,
    mergeState: pull.mergeable_state,
    ...{ commits: pull.commits, additions: pull.additions, deletions: pull.deletions },
    changedFiles: pull.changed_files,
  };
}

export function toComment(comment: CommentAnswer): Comment {
  return {
    id: comment.id,
    author: toActor(comment.user),
    body: comment.body ?? '',
    createdAtMs: toMs(comment.created_at),
    updatedAtMs: toMs(comment.updated_at),
  };
}

export function toCommit(commit: CommitAnswer): Commit {
  const { author, committer, tree, message } = commit.commit;
  return {
    sha: commit.sha,
    treeSha: tree.sha,
    parents: commit.parents.map(({ sha }) => sha),
    message,
    author: {
      login: (commit.author as UserAnswer | null)?.login ?? null,
      name: author?.name ?? '',
    },
    committedAtMs: toMs(committer?.date ?? author?.date),
  };
}

/** The kinds differ in what they are called by and when they were. */
interface EventAnswer {
  readonly id?: number;
  readonly node_id?: string;
  readonly sha?: string;
  readonly event?: string;
  readonly actor?: UserAnswer | null;
  readonly user?: UserAnswer | null;
  readonly created_at?: string;
  readonly submitted_at?: string;
  readonly committer?: { readonly date?: string };
  readonly label?: { readonly name?: string | null };
}

export function toItemEvent(answer: object): ItemEvent {
  const event = answer as EventAnswer;
  const kind = event.event ?? 'unknown';
  const actor = event.actor ?? event.user ?? null;
  const at = event.created_at ?? event.submitted_at ?? event.committer?.date;
  // A cross-reference has no id of its own.
  const id = event.id ?? event.node_id ?? event.sha ?? `${at ?? ''}/${actor?.login ?? ''}`;
  return {
    id: `${kind}/${id}`,
    kind,
    actor: actor === null ? null : toActor(actor),
    atMs: toMs(at),
    label: event.label?.name ?? null,
  };
}
