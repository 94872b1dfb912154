/** Workflow tasks that failed, as histories tell: code that threw, or that did not do what it had done before. */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { WorkflowTaskFailedCause: Cause } = proto.temporal.api.enums.v1;

/** Of every workflow in the namespace, each with its cause. Something that arrived while a task ended is no fault. */
export async function failedWorkflowTasks(client: Client): Promise<readonly string[]> {
  const failed: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const { workflowTaskFailedEventAttributes: task } of events ?? []) {
      if (!task || task.cause === Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND) continue;
      failed.push(`${workflowId}: ${Cause[task.cause ?? 0]}, ${task.failure?.message}`);
    }
  }
  return failed;
}
