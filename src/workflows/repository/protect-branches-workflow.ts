/** Keeps watch over the protection of a repository's branches, for as long as any is written down. */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { lookEveryMs } from '../../domain/protection/drift.js';
import { ProtectionDesk } from './protection-desk.js';
import type { ProtectBranchesInput } from './protection-messages.js';
import { ProtectionWork } from './protection-work.js';

/** Several rules are often changed in one go. */
const gatherMs = 5_000;
/** One that only plans is for the questions of somebody who is there. */
const dryRunRestMs = 60_000;
const freshAfterEvents = 2_000;

export async function protectBranches(input: ProtectBranchesInput): Promise<void> {
  const desk = new ProtectionDesk(input);
  const work = new ProtectionWork(desk, input);
  desk.listen(work);
  for (;;) {
    desk.isWoken = false;
    await work.findDrift();
    desk.nextLookAtMs = Date.now() + lookEveryMs;
    desk.show();
    if (desk.hasNothingToKeep()) {
      await desk.records.settle();
      await condition(allHandlersFinished);
      return;
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength > freshAfterEvents || continueAsNewSuggested) {
      await desk.records.settle();
      await condition(allHandlersFinished);
      await continueAsNew<typeof protectBranches>({ ...input, carried: desk.carried() });
    }
    const restMs = input.dryRun ? dryRunRestMs : lookEveryMs;
    const woken = await condition(() => desk.isWoken, restMs, { summary: 'the next look' });
    if (input.dryRun && !woken) {
      await condition(allHandlersFinished);
      return;
    }
    if (woken) await condition(() => false, gatherMs, { summary: 'more of it may come' });
  }
}
