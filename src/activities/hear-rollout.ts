/** Has rollouts shown at the code host that no release shows: begun once for each, from wherever one is heard of. */
import { activityInfo } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { beginRolloutMirror, isOfRelease } from '../domain/deployment-mirror/rollout.js';
import { parseRolloutWorkflowId } from '../domain/names.js';
import { repositoryPath } from '../domain/repository/names.js';
import { workflowTypes } from '../domain/wire-names.js';
import type { ActivityPorts } from './ports.js';

/** Does nothing where the target's rollouts are shown nowhere, or a release shows this one. @throws Unavailable */
export async function hearRollout(ports: ActivityPorts, rolloutId: string): Promise<void> {
  const { placeOfRollout, phaseLog, flows } = ports;
  if (!placeOfRollout || !phaseLog || !flows) return;
  const place = await placeOfRollout(rolloutId);
  if (place === null) return;
  const origin = await phaseLog.readOrigin(rolloutId);
  if (origin === null || isOfRelease(origin)) return;
  const begin = beginRolloutMirror(parseRolloutWorkflowId(rolloutId), origin, place);
  await flows.begin(begin.workflowId, {
    workflowType: workflowTypes.mirrorRollout,
    ...{ input: begin.input, summary: begin.summary, once: true },
    repository: repositoryPath(place.repository),
  });
}

/** A rollout is heard of by its first writes. They never wait for it, and what is missed the reconciler finds. */
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
