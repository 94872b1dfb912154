/** The story of an upgrade of Sluice's own workers: a growing share to the new version, and back at its first failed task. */
import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { escapeMarkdown } from '../domain/rollout/describe.js';
import type { TaskProblem } from '../domain/workers/deployment.js';
import {
  reasonToGoBack,
  type WorkerRolloutInput,
  type WorkerRolloutResult,
} from '../domain/workers/rollout.js';
import { atWorkers, watchWith } from './activity-options.js';
import { innermostMessage } from './innermost-error.js';
import { readWorkerRolloutQuery } from './roll-out-workers-messages.js';
import { needsAttentionKey } from './search-attributes.js';

/** Whoever starts it holds it to the version that is there before: what is judged does not judge itself. */
export async function rollOutWorkers(input: WorkerRolloutInput): Promise<WorkerRolloutResult> {
  const { deploymentName, buildId, from, steps, holdMs, actor, reason } = input;
  const rollout = { deploymentName, buildId, from, actor, reason };
  const beganAtMs = Date.now();
  let percentage = 0;
  let result: WorkerRolloutResult | null = null;
  setHandler(readWorkerRolloutQuery, () => ({ input, percentage, result }));
  const show = (doing: string): void =>
    setCurrentDetails(
      `**${percentage} %** on ${buildId}, from ${from ?? 'no version'}\n\n${doing}`,
    );

  const goBack = (because: string, problems: readonly TaskProblem[]) =>
    CancellationScope.nonCancellable(async () => {
      show(`leads back: ${escapeMarkdown(because)}`);
      await atWorkers.leadBackFromWorkers.executeWithOptions(
        { summary: `back to ${from ?? 'no version'}` },
        [{ rollout, because, sinceMs: beganAtMs }],
      );
      percentage = 0;
      upsertSearchAttributes([{ key: needsAttentionKey, value: `${buildId} was led back` }]);
      result = { outcome: 'rolledBack', reason: because, problems };
      show(escapeMarkdown(because));
      return result;
    });

  try {
    for (const step of steps) {
      await atWorkers.leadToWorkers.executeWithOptions({ summary: `${step} % to ${buildId}` }, [
        { rollout, percentage: step },
      ]);
      percentage = step;
      show('is looked at');
      const untilMs = Date.now() + holdMs;
      // Some time for the last look, which may be a long one.
      const seen = await watchWith(holdMs + 60_000).watchWorkers.executeWithOptions(
        { summary: `does ${buildId} fail a task at ${step} %?` },
        [{ rollout, sinceMs: beganAtMs, untilMs }],
      );
      const because = reasonToGoBack(seen);
      if (because !== null) return await goBack(because, seen.problems);
    }
    await atWorkers.recordWorkersRolledOut(rollout);
    result = { outcome: 'rolledOut', reason: `no task failed on ${buildId}`, problems: [] };
    show(result.reason);
    return result;
  } catch (error) {
    // What cannot be looked at has not been seen to be well.
    return await goBack(isCancellation(error) ? 'it was called off' : innermostMessage(error), []);
  }
}
