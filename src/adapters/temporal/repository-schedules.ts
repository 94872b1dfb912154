/** The Temporal Schedules that keep repositories: each made once however often it is asked for. */
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../../domain/repository/names.js';
import type { ReleaseTime } from '../../ports/flows.js';
import { redeliverScheduleId, taskQueues, workflowTypes } from '../../domain/wire-names.js';

const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10m' } as const;

const repositoryKey = defineSearchAttributeKey('Repository', 'KEYWORD');

/** Every 15 min; the first at once, for nobody knows what was missed before. */
export async function ensureSweep(client: Client, repository: RepositoryKey): Promise<void> {
  await ensure(client, {
    scheduleId: repositoryWorkflowId('repository-sweep', repository),
    spec: { intervals: [{ every: '15m' }], jitter: '60s' },
    policies,
    action: {
      type: 'startWorkflow',
      workflowType: workflowTypes.sweepRepository,
      workflowId: repositoryWorkflowId('repository-sweep', repository),
      taskQueue: taskQueues.workflows,
      args: [{ repository }],
      staticSummary: `what no webhook told of ${repositoryPath(repository)}`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: repositoryKey, value: repositoryPath(repository) },
      ]),
    },
    state: { triggerImmediately: true },
  });
}

export async function endSweep(client: Client, repository: RepositoryKey): Promise<void> {
  await setReleaseTimes(client, repository, []);
  await drop(client, repositoryWorkflowId('repository-sweep', repository));
}

export async function setReleaseTimes(
  client: Client,
  repository: RepositoryKey,
  times: readonly ReleaseTime[],
): Promise<void> {
  const wanted = new Map(
    times.map((time) => [repositoryWorkflowId('repository-trigger', repository, time.key), time]),
  );
  const prefix = repositoryWorkflowId('repository-trigger', repository, '');
  for await (const { scheduleId } of client.schedule.list()) {
    if (!scheduleId.startsWith(prefix)) continue;
    if (!wanted.delete(scheduleId)) await drop(client, scheduleId);
  }
  // What is there already is as it should be: its key changes with it.
  for (const [scheduleId, { cron, input }] of wanted) {
    await ensure(client, {
      scheduleId,
      spec: { cronExpressions: [cron] },
      policies,
      action: {
        type: 'startWorkflow',
        workflowType: workflowTypes.releaseBySchedule,
        workflowId: scheduleId,
        taskQueue: taskQueues.workflows,
        args: [input],
        staticSummary: `release of ${repositoryPath(repository)} at ${cron}`,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: repositoryKey, value: repositoryPath(repository) },
        ]),
      },
    });
  }
}

async function drop(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Every 5 min, one for all repositories: the log belongs to the App. */
export async function ensureRedelivery(client: Client): Promise<void> {
  await ensure(client, {
    scheduleId: redeliverScheduleId,
    spec: { intervals: [{ every: '5m' }], jitter: '20s' },
    policies,
    action: {
      type: 'startWorkflow',
      workflowType: workflowTypes.redeliverWebhooks,
      workflowId: redeliverScheduleId,
      taskQueue: taskQueues.workflows,
      args: [],
      staticSummary: 'deliveries that never arrived',
    },
  });
}

/** One that is there is brought up to date; whether it is paused stays as an operator left it. */
async function ensure(client: Client, schedule: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { scheduleId, state: _, action, ...rest } = schedule;
    await client.schedule.getHandle(scheduleId).update((known) => ({
      ...{ ...rest, state: known.state },
      action: { ...action, workflowId: action.workflowId ?? scheduleId },
    }));
  }
}
