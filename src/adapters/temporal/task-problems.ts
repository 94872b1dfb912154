/** Finds workflows whose present task a version of the workers has failed, and what was said of it. */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { TaskProblem } from '../../domain/workers/deployment.js';
import type { WorkerVersion } from '../../domain/workers/version.js';

const {
  EventType,
  VersioningBehavior: Behavior,
  WorkflowTaskFailedCause: Cause,
} = proto.temporal.api.enums.v1;

/** More are not needed to go back. */
const mostProblems = 10;
/** A look over more workflows than these would take longer than the pause between two looks. */
const mostLooks = 2_000;
const atOnce = 8;

/**
 * Asks every open workflow itself, newest first: lists name a version only after it has completed a task, and their
 * attribute of reported problems comes after five attempts, which take a minute.
 */
export async function readTaskProblems(
  client: Client,
  version: WorkerVersion,
  sinceMs: number,
): Promise<readonly TaskProblem[]> {
  const found: TaskProblem[] = [];
  let batch: Promise<TaskProblem | null>[] = [];
  let looks = 0;
  const settle = async (): Promise<void> => {
    for (const problem of await Promise.all(batch)) if (problem !== null) found.push(problem);
    batch = [];
  };
  for await (const { workflowId, runId } of client.workflow.list({
    query: "ExecutionStatus = 'Running'",
  })) {
    batch.push(problemOf(client, { workflowId, runId }, version, sinceMs));
    if (batch.length === atOnce) await settle();
    if (++looks === mostLooks || found.length >= mostProblems) break;
  }
  await settle();
  return found.slice(0, mostProblems);
}

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

async function problemOf(
  client: Client,
  run: Run,
  { deploymentName, buildId }: WorkerVersion,
  sinceMs: number,
): Promise<TaskProblem | null> {
  const { namespace } = client.options;
  const { workflowExecutionInfo: info, pendingWorkflowTask: task } =
    await client.workflowService.describeWorkflowExecution({ namespace, execution: run });
  if (!task || (task.attempt ?? 1) < 2) return null;
  const { versioningInfo } = info ?? {};
  // On its way to a version, a workflow is not there before it has completed a task.
  const at =
    versioningInfo?.versionTransition?.deploymentVersion ?? versioningInfo?.deploymentVersion;
  if (at && (at.buildId !== buildId || at.deploymentName !== deploymentName)) return null;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    ...{ namespace, execution: run, maximumPageSize: 20 },
  });
  // Attempts after the first leave no event.
  const failed = history?.events?.find(
    ({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
  );
  const { workflowTaskFailedEventAttributes: told, eventTime, eventId } = failed ?? {};
  if (!told || Number(eventTime?.seconds ?? 0) * 1000 + 1000 < sinceMs) return null;
  // What arrived while a task ended is no fault.
  if (told.cause === Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND) return null;
  return {
    ...run,
    workflowType: info?.type?.name ?? 'unknown',
    eventId: eventId ? Number(eventId) : null,
    cause: String(Cause[told.cause ?? 0]).replace('WORKFLOW_TASK_FAILED_CAUSE_', ''),
    message: (told.failure?.message ?? 'nothing was said').slice(0, 500),
    isPinned: versioningInfo?.behavior === Behavior.VERSIONING_BEHAVIOR_PINNED,
  };
}
