/** How fast the code host is called: the Temporal server counts over all workers, for each owner by itself. */
import type { NativeConnection } from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import { taskQueues } from '../domain/wire-names.js';

export interface CodeHostPace {
  readonly activitiesPerSecond: number;
  /** Of those that make issues, comments and pull requests. */
  readonly creationsPerSecond: number;
  /** A person's token is limited over all owners together, an App's for each. */
  readonly isPerOwner: boolean;
}

/** As an unset configuration has it. */
export const defaultPace: CodeHostPace = {
  activitiesPerSecond: 10,
  creationsPerSecond: 1,
  isPerOwner: true,
};

export interface PacedQueue {
  readonly taskQueue: string;
  /** Asked for by each worker where the server does not count by owner; it holds for all owners together. */
  readonly maxTaskQueueActivitiesPerSecond?: number;
}

/**
 * Tells the server the limits of both queues; the last worker that starts is right.
 * A server that cannot count by owner limits all owners together, which is slower and never too fast.
 */
export async function settlePace(
  connection: NativeConnection,
  namespace: string,
  pace: CodeHostPace,
): Promise<readonly PacedQueue[]> {
  const rates = [
    { taskQueue: taskQueues.github, perSecond: pace.activitiesPerSecond },
    { taskQueue: taskQueues.githubCreations, perSecond: pace.creationsPerSecond },
  ];
  const flat = rates.map(({ taskQueue, perSecond }) => ({
    taskQueue,
    maxTaskQueueActivitiesPerSecond: perSecond,
  }));
  try {
    for (const { taskQueue, perSecond } of rates) {
      await connection.workflowService.updateTaskQueueConfig({
        ...{ namespace, taskQueue, taskQueueType: activityQueue, identity: 'sluice' },
        updateFairnessKeyRateLimitDefault: {
          // Without one, what an earlier configuration set is taken away.
          ...(pace.isPerOwner && { rateLimit: { requestsPerSecond: perSecond } }),
          reason: 'github in sluice.yaml',
        },
      });
    }
  } catch (error) {
    if (pace.isPerOwner) {
      Runtime.instance().logger.warn('all owners share the pace at the code host', {
        seen: error instanceof Error ? error.message : String(error),
        next: 'Temporal Server 1.30 or newer, and the right to update task queues',
      });
    }
    return flat;
  }
  return pace.isPerOwner ? rates.map(({ taskQueue }) => ({ taskQueue })) : flat;
}

/** TASK_QUEUE_TYPE_ACTIVITY of temporal.api.enums.v1. */
const activityQueue = 2;
