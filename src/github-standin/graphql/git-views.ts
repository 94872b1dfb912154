/** Refs and commits as GraphQL shows them. */
import { classicOf, rulesOf } from '../acts/rules.js';
import { combinedState, runsOf, statusesOf } from '../acts/verdicts.js';
import type { CommitObject } from '../git/tree.js';
import { nodeId } from '../node-id.js';
import { accountOf } from '../present/commit.js';
import { htmlUrl } from '../present/repository.js';
import type { CheckRun, Repository, Status } from '../state.js';
import { connect, type PageArguments } from './connection.js';
import { accountView, type Context, time, timeOrNull } from './context.js';
import { treeEntryView } from './tree-views.js';

export async function commitViewAt(context: Context, repository: Repository, sha: string) {
  const commit = await repository.git.commit(sha);
  return commit === null ? null : commitView(context, repository, commit);
}

function commitView(context: Context, repository: Repository, commit: CommitObject): object {
  const { world } = context;
  const { sha } = commit;
  const [headline = '', ...rest] = commit.message.trimEnd().split('\n');
  const person = (one: CommitObject['author']) => {
    const account = accountOf(world, one);
    return {
      name: one.name,
      email: one.email,
      date: time(one.atMs),
      user: account === null || account.type === 'Bot' ? null : accountView(world, account),
    };
  };
  const url = `${htmlUrl(world, repository)}/commit/${sha}`;
  return {
    __typename: 'Commit',
    id: nodeId('C', repository.id, sha),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    url,
    commitUrl: url,
    message: commit.message.trimEnd(),
    messageHeadline: headline,
    messageBody: rest.join('\n').trim(),
    committedDate: time(commit.committer.atMs),
    authoredDate: time(commit.author.atMs),
    author: person(commit.author),
    committer: person(commit.committer),
    tree: { __typename: 'Tree', id: nodeId('T', repository.id, commit.tree), oid: commit.tree },
    parents: (page: PageArguments) =>
      connect(commit.parents, page, (parent) => commitViewAt(context, repository, parent)),
    repository: () => context.views.repository(context, repository),
    statusCheckRollup: () => rollupView(context, repository, sha),
    associatedPullRequests: (page: PageArguments) =>
      connect(
        [...repository.items.values()].filter(
          ({ pull }) => pull !== null && (pull.headSha === sha || pull.mergeSha === sha),
        ),
        page,
        (item) => context.views.item(context, repository, item),
      ),
    file: ({ path }: { path: string }) => treeEntryView(repository, commit, path),
    history: async ({ path, ...page }: PageArguments & { path?: string | null }) =>
      connect(
        path ? await repository.git.touching(sha, path) : await repository.git.range(null, sha),
        page,
        (one) => commitViewAt(context, repository, one),
      ),
  };
}

/** Null while nothing was reported. */
export function rollupView(context: Context, repository: Repository, sha: string): object | null {
  const { world } = context;
  const statuses = statusesOf(world, repository, sha);
  const runs = runsOf(world, repository, sha);
  if (statuses.length + runs.length === 0) return null;
  const isFailed = runs.some(
    ({ conclusion, status }) =>
      status === 'completed' && !['success', 'neutral', 'skipped'].includes(conclusion ?? ''),
  );
  const isPending = runs.some(({ status }) => status !== 'completed');
  const combined = statuses.length === 0 ? 'success' : combinedState(statuses);
  const state =
    isFailed || combined === 'failure'
      ? 'FAILURE'
      : isPending || combined === 'pending'
        ? 'PENDING'
        : 'SUCCESS';
  const rows: (CheckRun | Status)[] = [...runs, ...statuses];
  return {
    id: nodeId('CS', repository.id, sha),
    state,
    contexts: (page: PageArguments) =>
      connect(rows, page, (row) =>
        'context' in row ? statusView(repository, row) : runView(repository, row),
      ),
  };
}

function runView(repository: Repository, run: CheckRun) {
  return {
    __typename: 'CheckRun',
    id: nodeId('CR', repository.id, run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    detailsUrl: run.detailsUrl,
    externalId: run.externalId,
    startedAt: timeOrNull(run.startedAtMs),
    completedAt: timeOrNull(run.completedAtMs),
    title: run.output.title,
    summary: run.output.summary,
    isRequired: () => false,
    checkSuite: { app: { databaseId: run.app.id, slug: run.app.slug, name: run.app.name } },
  };
}

function statusView(repository: Repository, status: Status) {
  return {
    __typename: 'StatusContext',
    id: nodeId('SC', repository.id, status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.targetUrl,
    createdAt: time(status.atMs),
    isRequired: () => false,
  };
}

export function refView(context: Context, repository: Repository, ref: string): object | null {
  const sha = repository.git.refs().get(ref);
  if (sha === undefined) return null;
  const short = /^(refs\/[^/]+\/)(.+)$/.exec(ref);
  const name = short?.[2] ?? ref;
  const branch = ref.startsWith('refs/heads/') ? name : null;
  return {
    __typename: 'Ref',
    id: nodeId('REF', repository.id, ref),
    name,
    prefix: short?.[1] ?? 'refs/',
    repository: () => context.views.repository(context, repository),
    target: () => commitViewAt(context, repository, sha),
    associatedPullRequests: (page: PageArguments & { states?: string[]; baseRefName?: string }) => {
      const until = context.world.clock.now() - context.world.faults.lag.listMs;
      const rows = [...repository.items.values()].filter(({ pull, state, createdAtMs }) => {
        if (pull === null || pull.headRef !== branch || createdAtMs > until) return false;
        const word = pull.mergedAtMs === null ? state.toUpperCase() : 'MERGED';
        return page.states?.includes(word) ?? true;
      });
      return connect(rows, page, (item) => context.views.item(context, repository, item));
    },
    branchProtectionRule: () => {
      const classic = branch === null ? null : classicOf(repository, branch);
      if (classic === null) return null;
      return {
        id: nodeId('BPR', repository.id, ref),
        pattern: branch,
        isAdminEnforced: classic.enforceAdmins,
        allowsDeletions: classic.allowDeletions,
        allowsForcePushes: classic.allowForcePushes,
        blocksCreations: classic.blockCreations,
        requiresStatusChecks: classic.checks !== null,
        requiresStrictStatusChecks: classic.checks?.strict ?? false,
        requiredStatusCheckContexts: classic.checks?.checks.map(({ context: one }) => one) ?? [],
        requiresApprovingReviews: classic.reviews !== null,
        requiredApprovingReviewCount: classic.reviews?.count ?? null,
        requiresLinearHistory: classic.linearHistory,
        lockBranch: classic.lockBranch,
      };
    },
    rules: (page: PageArguments) =>
      connect(rulesOf(repository, ref), page, ({ type, ruleset }) => ({
        id: nodeId('RRS', repository.id, ruleset.id, type),
        type: type.toUpperCase(),
      })),
    compare: async ({ headRef }: { headRef: string }) => {
      const head = repository.git.refs().get(`refs/heads/${headRef}`) ?? headRef;
      const ahead = await repository.git.range(sha, head);
      const behind = await repository.git.range(head, sha);
      const base = ahead.length === 0 ? 'BEHIND' : 'DIVERGED';
      return {
        id: nodeId('REF', repository.id, ref, headRef),
        aheadBy: ahead.length,
        behindBy: behind.length,
        status: behind.length > 0 ? base : ahead.length > 0 ? 'AHEAD' : 'IDENTICAL',
        baseTarget: () => commitViewAt(context, repository, sha),
        headTarget: () => commitViewAt(context, repository, head),
        commits: (page: PageArguments) =>
          connect([...ahead].reverse(), page, (one) => commitViewAt(context, repository, one)),
      };
    },
  };
}
