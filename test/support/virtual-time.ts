/** Days that pass in a moment: a workflow's own clock on the real server, moved on by a test. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { until } from './operator.js';

/** Moves one running workflow's clock on; its timers that fall due meanwhile fire. Other workflows keep their time. */
export async function fastForward(client: Client, workflowId: string, ms: number): Promise<void> {
  const skipsOf = async (): Promise<number> => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).filter(
      (event) => event.workflowExecutionTimeSkippingTransitionedEventAttributes,
    ).length;
  };
  const before = await skipsOf();
  await client.workflow.workflowService.updateWorkflowExecutionOptions({
    namespace: 'default',
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        fastForwardConfig: {
          id: randomUUID(),
          duration: msToTs(ms),
        },
      },
    },
    updateMask: { paths: ['time_skipping_config'] },
  });
  await until(`${workflowId} skips ${ms} ms`, skipsOf, (skips) => skips > before, 60_000);
}
