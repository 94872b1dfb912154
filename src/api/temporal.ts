/** Commands and views of workflows with a deadline; what Temporal throws becomes a failure that people can act on. */
import { randomUUID } from 'node:crypto';
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isGrpcServiceError,
  QueryNotRegisteredError,
  TimeoutFailure,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  NamespaceNotFoundError,
  type QueryDefinition,
  type UpdateDefinition,
} from '@temporalio/common';
import { z } from 'zod';
import {
  Failure,
  type FailureCode,
  type FailureDetails,
  failureRules,
} from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import { explanationOf, listingOf } from './next-command.js';

type Temporal = Pick<ApiDeps, 'client' | 'limits'>;

// gRPC's numbers: https://grpc.io/docs/guides/status-codes/
const grpc = {
  cancelled: 1,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
} as const;

/** The view of a workflow; NotFound when there is none, Unavailable when no worker answers in time. */
export async function readView<View>(
  { client, limits }: Temporal,
  workflowId: string,
  query: QueryDefinition<View, []>,
): Promise<View> {
  try {
    return await client.withDeadline(Date.now() + limits.answerMs, () =>
      client.workflow.getHandle(workflowId).query(query),
    );
  } catch (error) {
    throw await unanswered({ client, limits }, error, workflowId);
  }
}

/** Null when there is no such workflow. */
export async function describeWorkflow(
  { client, limits }: Temporal,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.withDeadline(Date.now() + limits.answerMs, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw failureOf(error, workflowId);
  }
}

/**
 * Sends a command and waits for its receipt; a validator's refusal comes as the failure it named.
 * @param updateId an accepted command with the same id is not done again, but answered as before
 */
export async function sendCommand<Receipt, Argument>(
  temporal: Temporal,
  workflowId: string,
  update: UpdateDefinition<Receipt, [Argument]>,
  argument: Argument,
  updateId: string = randomUUID(),
): Promise<Receipt> {
  const { client, limits } = temporal;
  const send = () =>
    client.workflow.getHandle(workflowId).executeUpdate(update, { args: [argument], updateId });
  try {
    return await client.withDeadline(Date.now() + limits.answerMs, async () => {
      try {
        return await send();
      } catch (error) {
        // Something else happened to the workflow in that moment, and the command was not taken.
        if (grpcCodeOf(error) !== grpc.failedPrecondition) throw error;
        return await send();
      }
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      const found = await describeWorkflow(temporal, workflowId);
      if (found !== null) throw alreadyEnded(workflowId, found.status.name);
    }
    throw await unanswered(temporal, error, workflowId);
  }
}

const probeMs = 1000;

/** Silence is the worker's only when Temporal itself still answers. */
async function unanswered(
  temporal: Temporal,
  error: unknown,
  workflowId: string,
): Promise<Failure> {
  if (!isSilence(error)) return failureOf(error, workflowId);
  const limits = { ...temporal.limits, answerMs: probeMs };
  const found = await describeWorkflow({ ...temporal, limits }, workflowId);
  if (found === null) return failureOf(new WorkflowNotFoundError('', workflowId, ''), workflowId);
  return new Failure(
    'Unavailable',
    'No worker answered in time; a command that was sent may still be taken',
    {
      where: workflowId,
      next: 'see that a worker runs (sluice up), then ask again',
      retryAfterMs: 5000,
    },
    error,
  );
}

function isSilence(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const code = grpcCodeOf(error);
  return (
    code === grpc.cancelled || code === grpc.deadlineExceeded || code === grpc.failedPrecondition
  );
}

function alreadyEnded(workflowId: string, status: string): Failure {
  return new Failure('CommandRejected', `${workflowId} has ended, it takes no more commands`, {
    where: workflowId,
    seen: status.toLowerCase(),
    next: explanationOf(workflowId),
  });
}

export function failureOf(error: unknown, workflowId: string): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof WorkflowUpdateFailedError) return refusalOf(error, workflowId);
  if (error instanceof WorkflowNotFoundError) {
    return new Failure('NotFound', `There is no ${workflowId}`, {
      where: workflowId,
      next: listingOf(workflowId),
    });
  }
  // A server that has lost its database for a moment says so, too.
  if (error instanceof NamespaceNotFoundError) {
    return new Failure(
      'Unavailable',
      'Temporal does not know the namespace',
      {
        where: error.namespace,
        next: 'ask again in a few seconds; if it never was there: temporal operator namespace create',
        retryAfterMs: 5000,
      },
      error,
    );
  }
  // Its worker was just replaced, or cannot go on with it.
  if (error instanceof QueryNotRegisteredError) {
    return new Failure(
      'Unavailable',
      'The workflow cannot tell its state now',
      { where: workflowId, next: 'ask again in a moment', retryAfterMs: 1000 },
      error,
    );
  }
  const code = grpcCodeOf(error);
  if (code === grpc.resourceExhausted) {
    return new Failure(
      'Unavailable',
      'Temporal takes no more requests at the moment',
      { where: workflowId, next: 'ask again in a few seconds', retryAfterMs: 5000 },
      error,
    );
  }
  if (code === grpc.unavailable || isSilence(error)) {
    return new Failure(
      'Unavailable',
      'Temporal does not answer',
      {
        where: workflowId,
        next: 'see that the Temporal server runs: sluice up',
        retryAfterMs: 5000,
      },
      error,
    );
  }
  // A bug, or a Temporal that speaks differently: the problem handler logs it and tells nothing.
  throw error;
}

function grpcCodeOf(error: unknown): number | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at)) return at.code;
  }
  return null;
}

const detailsSchema = z.object({
  where: z.string().exactOptional(),
  seen: z.union([z.string(), z.number()]).exactOptional(),
  limit: z.union([z.string(), z.number()]).exactOptional(),
  next: z.string().exactOptional(),
  retryAfterMs: z.number().exactOptional(),
});

/**
 * What a workflow said no with, by itself or by what it asked an activity or another workflow for:
 * the failure's type is a code, its first detail what the reader needs.
 */
function refusalOf(error: WorkflowUpdateFailedError, workflowId: string): Failure {
  const cause = behind(error.cause);
  if (cause instanceof TimeoutFailure) {
    const next = 'ask again in a moment';
    return new Failure(
      'Unavailable',
      'It was not done in time',
      { where: workflowId, next },
      error,
    );
  }
  if (!(cause instanceof ApplicationFailure) || !isCode(cause.type)) throw error;
  const details = detailsSchema.safeParse(cause.details?.[0]);
  const known: FailureDetails = details.success ? details.data : {};
  return new Failure(cause.type, cause.message, {
    where: workflowId,
    next: explanationOf(workflowId),
    ...known,
  });
}

/** An activity's failure comes wrapped in what Temporal knows of the activity. */
function behind(error: Error | undefined): Error | undefined {
  const isWrapping = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return isWrapping ? behind(error.cause) : error;
}

function isCode(type: string | null | undefined): type is FailureCode {
  return typeof type === 'string' && Object.hasOwn(failureRules, type);
}
