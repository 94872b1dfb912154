/** Hears of rollouts by their first writes, so that those of no release are shown at the code host at once. */
import { activityInfo } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { workflowTypes } from '../domain/wire-names.js';
import { hearRollout } from './hear-rollout.js';
import type { ActivityPorts } from './ports.js';

/** The writes never wait for it, and what is missed the reconciler finds. */
export function createRolloutInterceptor(ports: ActivityPorts): () => ActivityInterceptors {
  return () => ({
    inbound: {
      async execute(input, next) {
        const { workflowType, workflowExecution, attempt } = activityInfo();
        if (workflowType === workflowTypes.rollout && workflowExecution && attempt === 1) {
          void hearRollout(ports, workflowExecution.workflowId).catch(() => undefined);
        }
        return next(input);
      },
    },
  });
}
