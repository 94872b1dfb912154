/** The Temporal Schedule behind the reconciler, created once however often this runs. */
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { reconcileScheduleId, taskQueues, workflowTypes } from '../domain/wire-names.js';

const schedule = {
  spec: { intervals: [{ every: '60s' }], jitter: '5s' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10m' },
  action: {
    type: 'startWorkflow',
    workflowType: workflowTypes.reconcile,
    workflowId: reconcileScheduleId,
    taskQueue: taskQueues.workflows,
    args: [],
    staticSummary: 'wanted and real state of every target',
  },
} as const satisfies Omit<ScheduleOptions, 'scheduleId'>;

/** Every 60 s, one pass at a time; after an outage one pass is enough. One that is there is brought up to date. */
export async function ensureReconcileSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({ scheduleId: reconcileScheduleId, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = client.schedule.getHandle(reconcileScheduleId);
    // Whether it is paused stays as an operator left it.
    await handle.update(({ state }) => ({ ...schedule, state }));
  }
}
