/** Workflows that somebody waits for at the API: begun, answered within the time of a request, and their failures told. */
import { WithStartWorkflowOperation, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import {
  Failure,
  type FailureCode,
  type FailureDetails,
  failureRules,
} from '../domain/failures.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, type workflowTypes } from '../domain/wire-names.js';
import type { ApiDeps } from './deps.js';
import { repositoryPathParams } from './schemas/branch.js';
import { noQuery } from './schemas/names.js';
import { failureOf } from './temporal.js';

/** Of an operation that is about a repository as a whole. */
export const ofRepository = {
  tag: 'repositories',
  params: repositoryPathParams,
  query: noQuery,
} as const;

/** Parameters of a path may have more in them. */
export const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });

export function startOf(workflowId: string, { limits }: Pick<ApiDeps, 'limits'>) {
  return {
    workflowId,
    taskQueue: taskQueues.workflows,
    workflowIdConflictPolicy: 'USE_EXISTING',
    // Nobody waits for it any more then; what it has done in one call is done.
    workflowExecutionTimeout: limits.answerMs * 6,
  } as const;
}

/** Which repository workflow is told something, and begun for it where it does not run. */
export interface ToldWorkflow {
  readonly kind: Parameters<typeof repositoryWorkflowId>[0];
  readonly type: (typeof workflowTypes)[keyof typeof workflowTypes];
  readonly repository: RepositoryKey;
  /** What changes nothing is asked of a workflow of its own, which ends soon after. */
  readonly dryRun: boolean;
  /** What the workflow is about, for whoever looks at it. */
  readonly about: string;
}

/** Sends an update, and begins the workflow with it where it does not run. */
export function tellStarted<Answer, C>(
  deps: Pick<ApiDeps, 'client' | 'limits'>,
  { kind, type, repository, dryRun, about }: ToldWorkflow,
  update: UpdateDefinition<Answer, [C]>,
  asked: C,
): Promise<Answer> {
  const workflowId = repositoryWorkflowId(kind, repository, dryRun ? 'plan' : undefined);
  const startWorkflowOperation = new WithStartWorkflowOperation(type, {
    workflowId,
    taskQueue: taskQueues.workflows,
    args: [{ repository, dryRun }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `${about} of ${repositoryPath(repository)}`.slice(0, 200),
  });
  return answerOf(deps, workflowId, () =>
    deps.client.workflow.executeUpdateWithStart(update, { startWorkflowOperation, args: [asked] }),
  );
}

/** What it answers; a failure of its activity comes in its own words. */
export async function answerOf<T>(
  { client, limits }: Pick<ApiDeps, 'client' | 'limits'>,
  workflowId: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + limits.answerMs, ask);
  } catch (error) {
    throw error instanceof WorkflowFailedError
      ? failureIn(error, workflowId)
      : failureOf(error, workflowId);
  }
}

/** What the activity failed with, in its own words. */
function failureIn(error: WorkflowFailedError, workflowId: string): Failure {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof ApplicationFailure) || !at.type || !(at.type in failureRules)) continue;
    const details = (at.details?.[0] ?? {}) as FailureDetails;
    return new Failure(
      at.type as FailureCode,
      at.message,
      { where: workflowId, ...details },
      error,
    );
  }
  const next = 'ask again in a moment';
  return new Failure(
    'Unavailable',
    'it has not answered in time',
    { where: workflowId, next },
    error,
  );
}
