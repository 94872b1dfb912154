/** What a target says to others without waiting for an answer: whoever is gone needs none. */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { RollbackCause } from '../domain/rollout/outcome.js';
import type { RolloutFinished } from '../domain/rollout/request.js';
import type { QueuedRollout } from '../domain/target/state.js';
import { rolloutFinishedSignal } from './release-messages.js';
import { turnBackSignal } from './rollout-messages.js';

/** A rollout that is over needs no turning back. */
export async function turnBackRollout(rolloutId: string, cause: RollbackCause): Promise<void> {
  await getExternalWorkflowHandle(rolloutId)
    .signal(turnBackSignal, cause)
    .catch(() => undefined);
}

/** A request that came from nobody's release is told to nobody. */
export async function tellRelease(
  { request }: QueuedRollout,
  finished: RolloutFinished,
): Promise<void> {
  if (request.releaseId === null) return;
  await getExternalWorkflowHandle(request.releaseId)
    .signal(rolloutFinishedSignal, finished)
    .catch(() => undefined);
}
