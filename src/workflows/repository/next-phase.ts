/** One question for what a release or rollout does next, which may wait for hours. */
import { TimeoutFailure } from '@temporalio/workflow';
import type { PhaseReading } from '../../domain/deployment-mirror/mirror.js';
import { watchWith } from '../activity-options.js';
import { innermostError } from '../innermost-error.js';

/** A question that waits so long is asked anew; nothing is lost in between. */
export const patienceMs = 6 * 3_600_000;
const marginMs = 60_000;

export async function nextPhase(asked: {
  readonly workflowId: string;
  readonly runId: string | null;
  readonly afterEventId: number;
  readonly mayBegin: boolean;
}): Promise<PhaseReading> {
  const { workflowId, runId, afterEventId, mayBegin } = asked;
  const query = { workflowId, runId, afterEventId, forMs: patienceMs, mayBegin };
  const summary = `the next phase of ${workflowId}`;
  try {
    return await watchWith(patienceMs + marginMs).awaitPhases.executeWithOptions({ summary }, [
      query,
    ]);
  } catch (error) {
    // Nobody was there to look: what happens meanwhile stays in the history.
    if (!(innermostError(error) instanceof TimeoutFailure)) throw error;
    return { changes: [], lastEventId: afterEventId, isEnded: false };
  }
}
