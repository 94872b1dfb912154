/** The story of a release: environment after environment, each entered only when the one before holds. */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  patched,
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
  const { requestedBy, reason, digest, gitSha, from, allowOlder } = input;
  // All that it takes to ask for it again, should nothing but the record be left.
  const asked = { digest, gitSha, from, allowOlder };
  run.records.add(run.releaseId, 'release', { actor: requestedBy, reason }, asked);
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
      await finish(run, outcome, reason);
      throw ApplicationFailure.nonRetryable(reason, failureTypes[outcome], {
        outcome,
        environment: plan.environment,
      });
    }
    await finish(run, 'promoted', 'every environment runs it');
    return { outcome: 'promoted' };
  });
}

async function finish(run: ReleaseRun, outcome: ReleaseOutcome, reason: string): Promise<void> {
  run.end(outcome, reason);
  if (patched('release-end-recorded')) run.records.addEnd(run.releaseId, outcome, reason);
  await run.records.settle();
  await condition(allHandlersFinished);
}
