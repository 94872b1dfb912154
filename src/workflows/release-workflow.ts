/** The story of a release: environment after environment, each entered only when the one before holds. */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
} from '@temporalio/workflow';
import type { ReleaseOutcome } from '../domain/release/release.js';
import { plannedStages } from '../domain/release/stages.js';
import type { ReleaseInput } from '../domain/release/view.js';
import { ReleaseRun } from './release-run.js';
import { passStage } from './release-stage.js';

/** How a release failed, as the type of its failure: `ReleaseRolledBack` and so on. */
const failureTypes: Record<Exclude<ReleaseOutcome, 'promoted'>, string> = {
  rolledBack: 'ReleaseRolledBack',
  aborted: 'ReleaseAborted',
  superseded: 'ReleaseSuperseded',
  rejected: 'ReleaseRejected',
};

/** A promoted release completes, any other fails: so a promoted one cannot be started again, and lists show which is which. */
export async function promoteRelease(
  input: ReleaseInput,
): Promise<{ readonly outcome: 'promoted' }> {
  const run = new ReleaseRun(input);
  run.show();
  const { requestedBy, reason } = input;
  run.records.add(run.releaseId, 'release', { actor: requestedBy, reason });
  CancellationScope.current().cancelRequested.catch(() => {
    run.aborted ??= {
      actor: 'somebody in the Temporal UI or CLI',
      reason: 'the workflow was cancelled',
    };
  });
  return CancellationScope.nonCancellable(async () => {
    for (const plan of plannedStages(input)) {
      const { outcome, reason } = await passStage(run, plan);
      if (outcome === 'promoted') continue;
      run.end(outcome, reason);
      await finish(run);
      throw ApplicationFailure.nonRetryable(reason, failureTypes[outcome], {
        outcome,
        environment: plan.environment,
      });
    }
    run.end('promoted', 'every environment runs it');
    await finish(run);
    return { outcome: 'promoted' };
  });
}

async function finish(run: ReleaseRun): Promise<void> {
  await run.records.settle();
  await condition(allHandlersFinished);
}
