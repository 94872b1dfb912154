/** Starts, follows and calls off rollouts of Sluice's own workers. */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { Failure } from '../../domain/failures.js';
import {
  type LastWorkerRollout,
  type WorkerRolloutInput,
  type WorkerRolloutResult,
  type WorkersLedBack,
  workersWorkflowId,
} from '../../domain/workers/rollout.js';
import { taskQueues, workflowTypes } from '../../domain/wire-names.js';

/** @throws CommandRejected while another one is under way */
export async function startWorkerRollout(client: Client, input: WorkerRolloutInput): Promise<void> {
  const { deploymentName, buildId, from } = input;
  const workflowId = workersWorkflowId(deploymentName);
  try {
    await client.workflow.start(workflowTypes.rollOutWorkers, {
      ...{ workflowId, args: [input], taskQueue: taskQueues.workflows },
      workflowIdConflictPolicy: 'FAIL',
      // What is judged does not judge itself. Where nothing has a version yet there is nobody else to do it.
      versioningOverride: { pinnedTo: { deploymentName, buildId: from ?? buildId } },
      memo: { buildId, from },
      staticSummary: `workers ${from ?? 'without a version'} → ${buildId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const next = 'wait for it, or: sluice workers rollback';
    const where = workflowId;
    throw new Failure('CommandRejected', 'workers are being rolled out', { where, next }, error);
  }
}

/** Waits for its end. */
export function workerRolloutResult(
  client: Client,
  deploymentName: string,
): Promise<WorkerRolloutResult> {
  return client.workflow.getHandle(workersWorkflowId(deploymentName)).result();
}

/** The one under way or else the last one; null: there is none any more. Needs no worker. */
export async function lastWorkerRollout(
  client: Client,
  deploymentName: string,
): Promise<LastWorkerRollout | null> {
  try {
    const { memo, status } = await client.workflow
      .getHandle(workersWorkflowId(deploymentName))
      .describe();
    const { buildId, from } = memo as Pick<LastWorkerRollout, 'buildId' | 'from'>;
    return { isRunning: status.name === 'RUNNING', buildId, from };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Whenever a worker comes to it: whoever leads back waits for none. */
export async function startWorkersRecord(client: Client, ledBack: WorkersLedBack): Promise<void> {
  const { deploymentName, buildId, from } = ledBack;
  await client.workflow.start(workflowTypes.recordWorkersLedBack, {
    workflowId: `${workersWorkflowId(deploymentName)}:led-back:${randomUUID()}`,
    ...{ args: [ledBack], taskQueue: taskQueues.workflows },
    staticSummary: `workers ${buildId} → ${from ?? 'without a version'}, by hand`,
  });
}

/** It ends by itself, and leads back what it led to its version. */
export async function callOffWorkerRollout(client: Client, deploymentName: string): Promise<void> {
  await client.workflow.getHandle(workersWorkflowId(deploymentName)).cancel();
}
