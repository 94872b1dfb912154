/** Repositories, issues, pull requests and comments as GraphQL shows them. */
import { isAssignable } from '../acts/items.js';
import { closingNumbers } from '../acts/refs.js';
import { numbersOf } from '../acts/pulls.js';
import { requiredApprovals } from '../acts/rules.js';
import { approvalsOf } from '../acts/verdicts.js';
import { nodeId } from '../node-id.js';
import { Problem } from '../problem.js';
import { itemNodeId } from '../present/item.js';
import { htmlUrl } from '../present/repository.js';
import type { Comment, Item, Milestone, PullPart, Repository } from '../state.js';
import { connect, type PageArguments } from './connection.js';
import { historyOf } from './item-history.js';
import { accountView, type Context, sceneIn, time, timeOrNull } from './context.js';

interface NamedArguments extends PageArguments {
  readonly query?: string | null;
  readonly states?: readonly string[];
}

interface IssuesArguments extends PageArguments {
  readonly states?: readonly string[];
  readonly labels?: readonly string[];
  readonly filterBy?: { readonly since?: string; readonly states?: readonly string[] };
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' };
}

export function repositoryView(context: Context, repository: Repository): object {
  const { world } = context;
  const visible = () => {
    const until = world.clock.now() - world.faults.lag.listMs;
    return [...repository.items.values()].filter(({ createdAtMs }) => createdAtMs <= until);
  };
  const view = (item: Item) => itemView(context, repository, item);
  const find = (number: number, kind: 'Issue' | 'PullRequest' | null) => {
    const item = repository.items.get(number);
    const isThere =
      item !== undefined &&
      (kind === null || (item.pull === null) === (kind === 'Issue')) &&
      world.clock.now() >= item.createdAtMs + world.faults.lag.readMs;
    if (isThere) return view(item);
    const what =
      kind === null ? 'an issue or pull request' : `${kind === 'Issue' ? 'an' : 'a'} ${kind}`;
    throw new Problem(404, `Could not resolve to ${what} with the number of ${number}.`, {
      type: 'NOT_FOUND',
    });
  };
  return {
    __typename: 'Repository',
    id: nodeId('R', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: `${repository.owner.login}/${repository.name}`,
    url: htmlUrl(world, repository),
    description: repository.description,
    isArchived: repository.isArchived,
    isPrivate: repository.isPrivate,
    isFork: false,
    hasIssuesEnabled: repository.hasIssues,
    owner: accountView(world, repository.owner),
    createdAt: time(repository.createdAtMs),
    updatedAt: time(repository.updatedAtMs),
    pushedAt: time(repository.pushedAtMs),
    defaultBranchRef: () =>
      context.views.ref(context, repository, `refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      context.views.ref(context, repository, qualifiedName) ??
      context.views.ref(context, repository, `refs/heads/${qualifiedName}`),
    refs: ({
      refPrefix,
      query,
      ...page
    }: PageArguments & { refPrefix: string; query?: string }) => {
      const rows = [...repository.git.refs().keys()].filter(
        (ref) => ref.startsWith(refPrefix) && ref.includes(query ?? ''),
      );
      return connect(rows, page, (ref) => context.views.ref(context, repository, ref));
    },
    object: ({ oid, expression }: { oid?: string; expression?: string }) => {
      const name = oid ?? expression ?? '';
      const sha = repository.git.refs().get(`refs/heads/${name}`) ?? name;
      return context.views.commitAt(context, repository, sha);
    },
    issue: ({ number }: { number: number }) => find(number, 'Issue'),
    pullRequest: ({ number }: { number: number }) => find(number, 'PullRequest'),
    issueOrPullRequest: ({ number }: { number: number }) => find(number, null),
    milestone: ({ number }: { number: number }) => {
      const one = repository.milestones.get(number);
      return one === undefined ? null : milestoneView(repository, one);
    },
    milestones: ({ query = '', states, ...page }: NamedArguments) =>
      connect(
        [...repository.milestones.values()].filter(
          (one) =>
            one.title.toLowerCase().includes((query ?? '').toLowerCase()) &&
            (!states || states.includes(one.state.toUpperCase())),
        ),
        page,
        (one) => milestoneView(repository, one),
      ),
    assignableUsers: ({ query = '', ...page }: NamedArguments) =>
      connect(
        [...world.accounts.values()].filter(
          ({ login, type }) =>
            type === 'User' &&
            isAssignable(repository, login) &&
            login.toLowerCase().startsWith((query ?? '').toLowerCase()),
        ),
        page,
        (account) => accountView(world, account),
      ),
    issues: (page: IssuesArguments) => connect(select(visible(), page, false), page, view),
    pullRequests: (page: IssuesArguments & { headRefName?: string; baseRefName?: string }) =>
      connect(
        select(visible(), page, true).filter(
          ({ pull }) =>
            (page.headRefName === undefined || pull?.headRef === page.headRefName) &&
            (page.baseRefName === undefined || pull?.baseRef === page.baseRefName),
        ),
        page,
        view,
      ),
    label: ({ name }: { name: string }) => {
      const label = repository.labels.get(name.toLowerCase());
      return label === undefined ? null : labelView(repository, label.name);
    },
    labels: (page: PageArguments) =>
      connect([...repository.labels.values()], page, ({ name }) => labelView(repository, name)),
  };
}

const stateOf = ({ pull, state }: Item) =>
  pull?.mergedAtMs != null ? 'MERGED' : state.toUpperCase();

function select(items: readonly Item[], page: IssuesArguments, isPull: boolean): Item[] {
  const states = page.filterBy?.states ?? page.states;
  const since = page.filterBy?.since;
  const found = items.filter(
    (item) =>
      (item.pull !== null) === isPull &&
      (!states || states.includes(stateOf(item))) &&
      (!since || Math.floor(item.updatedAtMs / 1000) * 1000 >= Date.parse(since)) &&
      (page.labels ?? []).every((label) => item.labels.includes(label)),
  );
  const isUpdated = page.orderBy?.field === 'UPDATED_AT';
  const sign = page.orderBy?.direction === 'DESC' ? -1 : 1;
  const key = (item: Item) => (isUpdated ? item.updatedAtMs : item.createdAtMs);
  return found.sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
}

function milestoneView(repository: Repository, { number, title, state }: Milestone) {
  return {
    __typename: 'Milestone',
    id: nodeId('MI', repository.id, number),
    ...{ number, title, state: state.toUpperCase() },
  };
}

export function labelView(repository: Repository, name: string) {
  const label = repository.labels.get(name.toLowerCase());
  return {
    __typename: 'Label',
    id: nodeId('LA', repository.id, label?.id ?? 0),
    name,
    color: label?.color ?? '',
    description: label?.description ?? null,
  };
}

export function commentView(
  { world }: Context,
  repository: Repository,
  item: Item,
  one: Comment,
): object {
  return {
    __typename: 'IssueComment',
    id: nodeId('IC', repository.id, item.number, one.id),
    databaseId: one.id,
    fullDatabaseId: String(one.id),
    body: one.body,
    author: accountView(world, one.author),
    createdAt: time(one.createdAtMs),
    updatedAt: time(one.updatedAtMs),
    url: `${htmlUrl(world, repository)}/issues/${item.number}#issuecomment-${one.id}`,
  };
}

export function itemView(context: Context, repository: Repository, item: Item): object {
  const { world } = context;
  const milestone = item.milestone === null ? undefined : repository.milestones.get(item.milestone);
  const { pull } = item;
  return {
    __typename: pull === null ? 'Issue' : 'PullRequest',
    id: itemNodeId(repository, item),
    databaseId: item.id,
    number: item.number,
    title: item.title,
    body: item.body ?? '',
    url: `${htmlUrl(world, repository)}/${pull === null ? 'issues' : 'pull'}/${item.number}`,
    state: stateOf(item),
    stateReason: ({ enableDuplicate }: { enableDuplicate?: boolean }) => {
      if (pull !== null) return null;
      const isHidden = item.stateReason === 'duplicate' && enableDuplicate !== true;
      return isHidden ? 'NOT_PLANNED' : (item.stateReason?.toUpperCase() ?? null);
    },
    closed: item.state === 'closed',
    locked: item.isLocked,
    author: accountView(world, item.author),
    createdAt: time(item.createdAtMs),
    updatedAt: time(item.updatedAtMs),
    closedAt: timeOrNull(item.closedAtMs),
    lastEditedAt: timeOrNull(item.edits.at(-1)?.atMs ?? null),
    repository: () => repositoryView(context, repository),
    milestone: milestone === undefined ? null : milestoneView(repository, milestone),
    labels: (page: PageArguments) =>
      connect(item.labels, page, (name) => labelView(repository, name)),
    assignees: (page: PageArguments) =>
      connect(item.assignees, page, (one) => accountView(world, one)),
    comments: (page: PageArguments) =>
      connect(item.comments, page, (one) => commentView(context, repository, item, one)),
    ...historyOf(context, repository, item),
    linkedBranches: (page: PageArguments) =>
      connect(item.linkedBranches, page, (one) => ({
        id: nodeId('LB', repository.id, one.id),
        ref: () => context.views.ref(context, repository, one.ref),
      })),
    ...(pull === null ? {} : pullFields(context, repository, item, pull)),
  };
}

function pullFields(context: Context, repository: Repository, item: Item, pull: PullPart) {
  const { world } = context;
  const numbers = (asks: boolean) => numbersOf(sceneIn(context, repository), item, asks);
  const words = { true: 'MERGEABLE', false: 'CONFLICTING', null: 'UNKNOWN' } as const;
  const needed = requiredApprovals(repository, pull.baseRef);
  const { approvals, isBlocked } = approvalsOf(pull);
  const enough = approvals >= needed ? 'APPROVED' : 'REVIEW_REQUIRED';
  return {
    isDraft: pull.isDraft,
    merged: pull.mergedAtMs !== null,
    mergedAt: timeOrNull(pull.mergedAtMs),
    mergedBy: pull.mergedBy === null ? null : accountView(world, pull.mergedBy),
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    headRef: () => context.views.ref(context, repository, `refs/heads/${pull.headRef}`),
    baseRef: () => context.views.ref(context, repository, `refs/heads/${pull.baseRef}`),
    headRepository: () => repositoryView(context, repository),
    isCrossRepository: false,
    mergeable: async () => words[`${(await numbers(true)).isMergeable}`],
    mergeStateStatus: async () => (await numbers(false)).mergeState.toUpperCase(),
    additions: async () => (await numbers(false)).additions,
    deletions: async () => (await numbers(false)).deletions,
    changedFiles: async () => (await numbers(false)).changedFiles,
    reviewDecision: isBlocked
      ? 'CHANGES_REQUESTED'
      : needed === 0 && approvals === 0
        ? null
        : enough,
    isInMergeQueue: pull.queue !== null,
    isMergeQueueEnabled: false,
    mergeCommit: () =>
      pull.mergeSha === null ? null : context.views.commitAt(context, repository, pull.mergeSha),
    potentialMergeCommit: () =>
      pull.test?.sha == null ? null : context.views.commitAt(context, repository, pull.test.sha),
    statusCheckRollup: () => context.views.rollup(context, repository, pull.headSha),
    autoMergeRequest:
      pull.autoMerge === null
        ? null
        : {
            enabledAt: time(pull.autoMerge.atMs),
            enabledBy: accountView(world, pull.autoMerge.by),
            mergeMethod: pull.autoMerge.method.toUpperCase(),
            commitHeadline: pull.autoMerge.title,
            commitBody: pull.autoMerge.message,
          },
    commits: async (page: PageArguments) =>
      connect(
        [...(await repository.git.range(pull.baseSha, pull.headSha))].reverse(),
        page,
        (sha) => ({
          id: nodeId('C', repository.id, sha, 'p'),
          commit: () => context.views.commitAt(context, repository, sha),
        }),
      ),
    closingIssuesReferences: (page: PageArguments) =>
      connect(
        closingNumbers(item).flatMap((number) => repository.items.get(number) ?? []),
        page,
        (one) => itemView(context, repository, one),
      ),
    reviews: (page: PageArguments) =>
      connect(pull.reviews, page, (review) => ({
        __typename: 'PullRequestReview',
        id: nodeId('PRR', repository.id, item.number, review.id),
        databaseId: review.id,
        state: review.state,
        body: review.body,
        author: accountView(world, review.author),
        submittedAt: time(review.atMs),
      })),
  };
}
