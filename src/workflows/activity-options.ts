/** How activities are called: queue, patience and what cancelling means, in one place. */
import { proxyActivities } from '@temporalio/workflow';
import type {
  ActuateActivities,
  ReleaseActivities,
  RepositoryActivities,
  WatchActivities,
} from '../activities/index.js';
import { priorityKeys, taskQueues } from '../domain/wire-names.js';

/** A write whose worker is silent for so long is tried elsewhere; should it still be alive, the fence holds. */
const writerSilence = '4s';

/** For what ends by a person's word or by being cancelled: Temporal wants a number. */
export const forEverMs = 365 * 86_400_000;

/** Writes are fenced and repeated until the step's deadline; a cancelled one is not over before it says so. */
export function actuateOn(platform: string, deadlineMs: number) {
  return proxyActivities<ActuateActivities>({
    taskQueue: taskQueues.actuate(platform),
    startToCloseTimeout: '30s',
    heartbeatTimeout: writerSilence,
    scheduleToCloseTimeout: deadlineMs,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '2s' },
  });
}

/** Only reads, for somebody who waits for the answer. */
export function previewOn(platform: string) {
  return proxyActivities<ActuateActivities>({
    taskQueue: taskQueues.actuate(platform),
    scheduleToCloseTimeout: '8s',
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '2s' },
  });
}

/** The way back: before whatever waits, in short attempts, for ever, and soon after whatever was away has returned. */
export function rollBackOn(platform: string) {
  return proxyActivities<ActuateActivities>({
    taskQueue: taskQueues.actuate(platform),
    priority: { priorityKey: priorityKeys.rollBack },
    startToCloseTimeout: '10s',
    heartbeatTimeout: writerSilence,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '1s' },
  });
}

/** Only reads: cancelling does not wait, and a silent worker is given up after 5 s. */
export function watchWith(longestMs: number) {
  return proxyActivities<WatchActivities>({
    taskQueue: taskQueues.watch,
    startToCloseTimeout: longestMs,
    scheduleToCloseTimeout: longestMs,
    heartbeatTimeout: '5s',
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '5s' },
  });
}

/** Steps of an upgrade of the workers: whatever holds one up, it is tried again; a newer decision ends it. */
export const atWorkers = proxyActivities<WatchActivities>({
  taskQueue: taskQueues.watch,
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '5s' },
});

/** Checks wait for others between two heartbeats: for a round of time-outs and the pause after it, and some. */
export function checkWith(patience: { readonly timeoutMs: number; readonly retryDelayMs: number }) {
  return proxyActivities<WatchActivities>({
    taskQueue: taskQueues.watch,
    startToCloseTimeout: forEverMs,
    scheduleToCloseTimeout: forEverMs,
    heartbeatTimeout: patience.timeoutMs * 20 + patience.retryDelayMs + 10_000,
    cancellationType: 'TRY_CANCEL',
  });
}

/** Short questions to the engine itself and to the ledger. */
export const ask = proxyActivities<ReleaseActivities>({
  taskQueue: taskQueues.workflows,
  startToCloseTimeout: '10s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** Calls to the code host: as long as it takes, for a limit or an outage there is no reason to give up. */
export const atCodeHost = proxyActivities<RepositoryActivities>({
  taskQueue: taskQueues.github,
  startToCloseTimeout: '2m',
  heartbeatTimeout: '30s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
});
