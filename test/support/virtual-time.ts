/** Days that pass in a moment: a workflow's own clock on the real server, moved on by a test. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

const { FastForwardPollingResult } = proto.temporal.api.enums.v1;

/**
 * How far beyond an instant a clock is moved that is to pass it: more than the workflow takes to do what is due then,
 * for a clock that real time carries to its goal meanwhile runs on to the next timer.
 */
export const justAfterMs = 60_000;

export interface WorkflowClocks {
  /** By the workflow's own clock. */
  nowMs(workflowId: string): number;
  /** Moves its clock and the host's to an instant; what falls due on the way happens. */
  moveTo(workflowId: string, atMs: number): Promise<void>;
}

/** Clocks of single workflows, and the host's that is never behind the one that was moved last. */
export function startClocks(
  client: Client,
  host: { readonly now: () => number; readonly set: (atMs: number) => void },
): WorkflowClocks {
  const ahead = new Map<string, number>();
  const nowMs = (workflowId: string) => Date.now() + (ahead.get(workflowId) ?? 0);
  return {
    nowMs,
    async moveTo(workflowId, atMs) {
      // The host tells whole seconds, and its clock never runs back.
      if (atMs > host.now()) host.set(atMs);
      const byMs = atMs - nowMs(workflowId);
      if (byMs <= 0) return;
      await fastForward(client, workflowId, byMs);
      // It stands there now, however long that took by ours.
      ahead.set(workflowId, atMs - Date.now());
    },
  };
}

/**
 * Moves one running workflow's clock on; its timers that fall due meanwhile fire. Other workflows keep their time.
 * Returns when its clock is there, or the workflow has ended on the way.
 */
export async function fastForward(client: Client, workflowId: string, ms: number): Promise<void> {
  const { workflowService } = client.workflow;
  const which = { namespace: 'default', workflowExecution: { workflowId } };
  const id = randomUUID();
  await workflowService.updateWorkflowExecutionOptions({
    ...which,
    workflowExecutionOptions: {
      timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration: msToTs(ms) } },
    },
    updateMask: { paths: ['time_skipping_config'] },
  });
  for (const untilMs = Date.now() + 60_000; Date.now() < untilMs; ) {
    const { fastForwardPollingResult } = await workflowService.pollWorkflowExecutionTimeSkipping({
      ...which,
      fastForwardId: id,
    });
    const isUnderWay =
      fastForwardPollingResult ===
      FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT;
    if (!isUnderWay) return;
  }
  throw new Error(`${workflowId} does not come ${ms} ms on`);
}
