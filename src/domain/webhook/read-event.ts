/** Reads what a code host's webhook says into our words; tolerant of whatever else it carries. */
import type { RepositoryKey } from '../repository/names.js';
import type { Actor } from '../repository/shapes.js';
import type { IgnoredEvent, InstallationEvent, RepositoryEvent } from './event.js';
import { actorAt, at, latest, oneOf, repositoryAt, textAt, timeAt } from './fields.js';
import { readCheckRun, readCheckSuite, readMergeGroup, readStatus } from './read-checks.js';
import {
  readDeployment,
  readDeploymentStatus,
  readProtectionRequest,
  readDeploymentReview,
} from './read-deployments.js';
import { readComment, readIssue, readLabel, readMilestone } from './read-items.js';
import { readPull, readReview, readReviewComment, readReviewThread } from './read-pulls.js';
import type { Reading } from './reading.js';
import { readDispatch, readPush, readRelease, readWorkflowDispatch } from './read-refs.js';
import { readProtection, readRepository, readRuleset } from './read-settings.js';

export interface Delivered {
  /** Of the header `X-GitHub-Event`. */
  readonly name: string;
  /** GUID of the delivery. */
  readonly delivery: string;
  /** Counts where the payload tells no time. */
  readonly receivedAtMs: number;
}

type Reader = (payload: unknown, repository: RepositoryKey) => Reading;

const readers: Readonly<Record<string, Reader>> = {
  push: readPush,
  pull_request: readPull,
  pull_request_review: readReview,
  pull_request_review_comment: readReviewComment,
  pull_request_review_thread: readReviewThread,
  issues: readIssue,
  issue_comment: readComment,
  label: readLabel,
  milestone: readMilestone,
  check_run: readCheckRun,
  check_suite: readCheckSuite,
  status: readStatus,
  merge_group: readMergeGroup,
  deployment: readDeployment,
  deployment_status: readDeploymentStatus,
  deployment_protection_rule: readProtectionRequest,
  deployment_review: readDeploymentReview,
  release: readRelease,
  repository: readRepository,
  branch_protection_rule: readProtection,
  repository_ruleset: readRuleset,
  repository_dispatch: readDispatch,
  workflow_dispatch: readWorkflowDispatch,
};

/** Events that are asked for, to be subscribed to. */
export const readEventNames: readonly string[] = [
  ...Object.keys(readers),
  'installation',
  'installation_repositories',
];

/** Total: any payload is read or ignored, none is refused. */
export function readEvent(
  { name, delivery, receivedAtMs }: Delivered,
  payload: unknown,
): RepositoryEvent | InstallationEvent | IgnoredEvent {
  const actor = actorAt(payload, 'sender');
  if (name === 'installation' || name === 'installation_repositories') {
    return readInstallation(payload, { actor, atMs: receivedAtMs, delivery });
  }
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader === undefined) return ignored(`nobody here asks for "${name.slice(0, 100)}"`);
  const repository = repositoryAt(payload, 'repository');
  if (repository === null) return ignored('it names no repository');
  const reading = reader(payload, repository);
  if (reading === null) return ignored(`what makes it a "${name}" is missing`);
  const atMs = reading.atMs ?? receivedAtMs;
  return { ...reading, repository, actor, atMs, delivery } as RepositoryEvent;
}

function ignored(reason: string): IgnoredEvent {
  return { kind: 'ignored', reason };
}

const installed = {
  created: 'added',
  added: 'added',
  deleted: 'removed',
  removed: 'removed',
  suspend: 'suspended',
  unsuspend: 'unsuspended',
} as const;

function readInstallation(
  payload: unknown,
  told: { readonly actor: Actor | null; readonly atMs: number; readonly delivery: string },
): InstallationEvent {
  const said = oneOf(
    ['created', 'added', 'deleted', 'removed', 'suspend', 'unsuspend'] as const,
    textAt(payload, 'action'),
  );
  const lists = ['repositories', 'repositories_added', 'repositories_removed'] as const;
  const repositories = lists.flatMap((list) => {
    const found = at(payload, list);
    return Array.isArray(found) ? found.flatMap((each: unknown) => repositoryAt(each) ?? []) : [];
  });
  const changedAtMs = latest(timeAt(payload, 'installation', 'updated_at'));
  return {
    ...told,
    kind: 'installation',
    action: said === null ? 'other' : installed[said],
    repositories,
    atMs: said === 'created' ? (changedAtMs ?? told.atMs) : told.atMs,
  };
}
