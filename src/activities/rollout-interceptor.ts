/** Hears of rollouts by their first writes, so that those of no release are shown at the code host at once. */
import { activityInfo } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { workflowTypes } from '../domain/wire-names.js';
import { hearRollout } from './hear-rollout.js';
import type { ActivityPorts } from './ports.js';

/** Runs that are remembered: more than are ever under way at once in one process. */
const mostHeard = 2_000;

/** The writes never wait for it, and what is missed the reconciler finds. */
export function createRolloutInterceptor(ports: ActivityPorts): () => ActivityInterceptors {
  const heard = new Set<string>();

  /** Once for a run, so that a way back shares its process with no more of it. */
  function hear(workflowId: string, runId: string): void {
    if (heard.has(runId)) return;
    heard.add(runId);
    const [oldest] = heard;
    if (heard.size > mostHeard && oldest !== undefined) heard.delete(oldest);
    hearRollout(ports, workflowId).catch(() => heard.delete(runId));
  }

  return () => ({
    inbound: {
      async execute(input, next) {
        const { workflowType, workflowExecution, attempt } = activityInfo();
        if (workflowType === workflowTypes.rollout && workflowExecution && attempt === 1) {
          hear(workflowExecution.workflowId, workflowExecution.runId);
        }
        return next(input);
      },
    },
  });
}
