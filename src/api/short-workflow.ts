/** Workflows that somebody waits for at the API: begun, answered within the time of a request, and their failures told. */
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  Failure,
  type FailureCode,
  type FailureDetails,
  failureRules,
} from '../domain/failures.js';
import { taskQueues } from '../domain/wire-names.js';
import type { ApiDeps } from './deps.js';
import { failureOf } from './temporal.js';

export function startOf(workflowId: string, { limits }: Pick<ApiDeps, 'limits'>) {
  return {
    workflowId,
    taskQueue: taskQueues.workflows,
    workflowIdConflictPolicy: 'USE_EXISTING',
    // Nobody waits for it any more then; what it has done in one call is done.
    workflowExecutionTimeout: limits.answerMs * 6,
  } as const;
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
