/** Who hears of an event: workflows that live, and those that it brings to life. */
import { branchOfCleanupIssue } from '../branch/words.js';
import type { Automation } from '../repository/automations.js';
import {
  type RepositoryKey,
  type RepositoryWorkflowKind,
  repositoryWorkflowId,
} from '../repository/names.js';
import { workflowTypes } from '../wire-names.js';
import { issueOfConflict, pendingBranch } from '../issue-sync/hear.js';
import { pullOfGroup } from '../pull-check/hear.js';
import type {
  CheckEvent,
  IssueEvent,
  MergeGroupEvent,
  ProtectionRequestedEvent,
  PullEvent,
  RepositoryEvent,
} from './event.js';

/** How a workflow is begun that does not live yet. */
export interface FlowStart {
  readonly workflowType: string;
  readonly input: unknown;
}

export interface Route {
  readonly workflowId: string;
  /** Whose it is; what is off in the repository is not begun, but hears on where it lives. */
  readonly automation: Automation;
  /** Null: only told while it lives. */
  readonly start: FlowStart | null;
}

/** All routes of an event, each workflow once. */
export function routesOf(event: RepositoryEvent): readonly Route[] {
  const byId = new Map<string, Route>();
  for (const route of routesByKind(event)) {
    const known = byId.get(route.workflowId);
    if (known === undefined || known.start === null) byId.set(route.workflowId, route);
  }
  return [...byId.values()];
}

function routesByKind(event: RepositoryEvent): readonly Route[] {
  const { repository } = event;
  const tell = (
    kind: RepositoryWorkflowKind,
    automation: Automation,
    what?: string | number,
  ): Route => ({
    workflowId: repositoryWorkflowId(kind, repository, what),
    automation,
    start: null,
  });
  const branch = (name: string) => tell('branch', 'staleBranches', name);
  const item = (number: number) => tell('item', 'staleItems', number);
  const issue = (number: number) => tell('issue', 'issueLifecycle', number);
  const pull = (number: number) => tell('pull', 'pullChecks', number);
  const queue = (base: string) => tell('merge-queue', 'mergeQueue', base);
  const reset = tell('develop-reset', 'developReset');
  switch (event.kind) {
    case 'push':
      return [
        branch(event.branch),
        ...linkedIssue(event.branch).map(issue),
        queue(event.branch),
        ...(event.isDefaultBranch ? [protectionOf(repository)] : []),
        syncOf(event, event.isDefaultBranch && event.action !== 'deleted'),
        reset,
      ];
    case 'pull': {
      const { number, head, base } = event;
      const own = isOwn(repository, head.repository);
      return [
        checksOf(event),
        mergesOf(event),
        item(number),
        ...(own ? [branch(head.ref), ...linkedIssue(head.ref).map(issue)] : []),
        branch(base.ref),
        ...(own && isOfSync(head.ref) ? [syncOf(event, false)] : []),
      ];
    }
    case 'issue':
      return [
        lifecycleOf(event),
        item(event.number),
        syncOf(event, event.state === 'open'),
        ...cleanupOf(event).map(branch),
      ];
    case 'comment':
      return [
        item(event.number),
        ...(event.isPull ? [pull(event.number)] : [issue(event.number), syncOf(event, false)]),
        ...cleanupOf(event).map(branch),
      ];
    case 'review':
      return [
        pull(event.number),
        item(event.number),
        ...(event.base === null ? [] : [queue(event.base)]),
      ];
    case 'check':
      return [
        ...askedAgain(event).map((number) => beginChecks(repository, number)),
        ...event.pulls.map(pull),
        ...[...queuesOf(event), ...event.bases].map(queue),
      ];
    case 'mergeGroup':
      return [...groupOf(event), queue(event.baseRef.replace(/^refs\/heads\//, ''))];
    case 'protection':
      return [protectionOf(repository)];
    case 'repository':
      return [tell('protection', 'protection'), reset];
    case 'deploymentProtection':
      return gateOf(event);
    case 'tag':
    case 'release':
    case 'dispatch':
    case 'deployment':
    case 'deploymentReview':
      return [];
    case 'label':
    case 'milestone':
      return [syncOf(event, false)];
  }
}

/** A pull request's checks begin with the first that is heard of it, and end by themselves. */
function checksOf(event: PullEvent): Route {
  const begin = beginChecks(event.repository, event.number);
  return event.state === 'closed' ? { ...begin, start: null } : begin;
}

/** Merging into a base begins with a pull request that has a label, for without one nobody has asked for it. */
function mergesOf({ repository, base, state, isDraft, labels }: PullEvent): Route {
  const mayWait = state === 'open' && !isDraft && labels.length > 0;
  const input = { repository, base: base.ref, dryRun: false };
  return {
    workflowId: repositoryWorkflowId('merge-queue', repository, base.ref),
    automation: 'autoMerge',
    start: mayWait ? { workflowType: workflowTypes.mergePulls, input } : null,
  };
}

function lifecycleOf({ repository, number, state }: IssueEvent): Route {
  const input = { repository, number, dryRun: false };
  return {
    workflowId: repositoryWorkflowId('issue', repository, number),
    automation: 'issueLifecycle',
    start: state === 'open' ? { workflowType: workflowTypes.followIssue, input } : null,
  };
}

/** Begun by what would begin other flows as well; the sweep begins it elsewhere. */
function syncOf({ repository }: RepositoryEvent, mayBegin: boolean): Route {
  const input = { repository, dryRun: false };
  return {
    workflowId: repositoryWorkflowId('issue-sync', repository),
    automation: 'issueSync',
    start: mayBegin ? { workflowType: workflowTypes.syncIssues, input } : null,
  };
}

function isOfSync(branch: string): boolean {
  return branch === pendingBranch || issueOfConflict(branch) !== null;
}

/** Begun by a rule that somebody changed and by what may be another policy; it ends by itself where nothing is written. */
function protectionOf(repository: RepositoryKey): Route {
  const input = { repository, dryRun: false };
  return {
    workflowId: repositoryWorkflowId('protection', repository),
    automation: 'protection',
    start: { workflowType: workflowTypes.protectBranches, input },
  };
}

/** A run of the host's waits for an answer: one workflow for each run and environment. */
function gateOf({
  repository,
  runId,
  environment,
  sha,
}: ProtectionRequestedEvent): readonly Route[] {
  if (sha === null) return [];
  const input = { repository, runId, environment, sha, dryRun: false };
  return [
    {
      workflowId: repositoryWorkflowId('deployment-gate', repository, `${runId}/${environment}`),
      automation: 'deployments',
      start: { workflowType: workflowTypes.answerDeployment, input },
    },
  ];
}

function beginChecks(repository: RepositoryKey, number: number): Route {
  const input = { repository, number, dryRun: false };
  return {
    workflowId: repositoryWorkflowId('pull', repository, number),
    automation: 'pullChecks',
    start: { workflowType: workflowTypes.checkPull, input },
  };
}

/** One of our check runs says whose it is. */
function askedAgain({ action, repository, externalId }: CheckEvent): readonly number[] {
  const prefix = repositoryWorkflowId('pull', repository, '');
  if (action !== 'rerequested' || !externalId.startsWith(prefix)) return [];
  const number = Number(externalId.slice(prefix.length).split('/', 1)[0]);
  return Number.isInteger(number) && number > 0 ? [number] : [];
}

/** A head of the host's own queue is to carry the checks of the pull request that it adds. */
function groupOf({ action, repository, headRef }: MergeGroupEvent): readonly Route[] {
  const number = action === 'checksRequested' ? pullOfGroup(headRef) : null;
  return number === null ? [] : [beginChecks(repository, number)];
}

function isOwn(repository: RepositoryKey, head: RepositoryKey | null): boolean {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return head !== null && same(head.owner, repository.owner) && same(head.name, repository.name);
}

function cleanupOf(event: {
  readonly repository: RepositoryKey;
  readonly itemMarkers: readonly string[];
}): readonly string[] {
  return event.itemMarkers.flatMap(
    (marker) => branchOfCleanupIssue(event.repository, marker) ?? [],
  );
}

/** Of a branch that was made for an issue: `feature/issue-12-fix-login`. */
function linkedIssue(branch: string): readonly number[] {
  const [, number] = /(?:^|\/)issue-(\d{1,10})(?:-|$)/.exec(branch) ?? [];
  return number === undefined ? [] : [Number(number)];
}

/** Heads that a merge queue has made carry its base in their name. */
function queuesOf({ branches }: CheckEvent): readonly string[] {
  return branches.flatMap(
    (name) => /^(?:gh-readonly-|sluice\/)queue\/(.+)\/[^/]+$/.exec(name)?.[1] ?? [],
  );
}
