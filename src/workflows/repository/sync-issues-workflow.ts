/** Keeps the issues of a repository and the files in it the same, one pass at a time, for as long as its policy says so. */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { listenForSyncCommands } from './sync-issues-commands.js';
import { SyncDesk } from './sync-issues-desk.js';
import type { SyncIssuesInput } from './sync-issues-messages.js';
import { SyncWork } from './sync-issues-work.js';

/** Edits come in runs, and each tells of itself; short, for somebody may look at the other side. */
const gatherMs = 2_000;
const pausedMs = 86_400_000;
/** One that only plans is for the questions of somebody who is there. */
const dryRunMs = 60_000;
const freshAfterEvents = 2_000;

/** @returns why it ended */
export async function syncIssues(input: SyncIssuesInput): Promise<string> {
  const desk = new SyncDesk(input);
  const work = new SyncWork(desk, input);
  listenForSyncCommands(desk, work);
  for (;;) {
    // What comes in from here on wakes the next rest.
    desk.isWoken = false;
    const end = desk.paused === null ? await work.takeTurn() : null;
    if (end !== null) return await finish(desk, end);
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength > freshAfterEvents || continueAsNewSuggested) {
      await desk.records.settle();
      await condition(allHandlersFinished);
      await continueAsNew<typeof syncIssues>({ ...input, carried: desk.carried() });
    }
    const woken = await rest(desk, work, input);
    if (input.dryRun && !woken) return await finish(desk, 'a dry run: nothing was written');
    if (!woken) desk.wake('looked at again after a while');
    else if (!desk.isUrgent) {
      await condition(() => desk.isUrgent, gatherMs, { summary: 'more of it may come' });
    }
  }
}

async function rest(desk: SyncDesk, work: SyncWork, { dryRun }: SyncIssuesInput): Promise<boolean> {
  if (desk.paused !== null) return await desk.rest('paused', 'paused', pausedMs);
  if (dryRun) return await desk.rest('resting', 'a dry run: nothing is written', dryRunMs);
  const isHeld = desk.plan !== null && desk.plan.hold !== null;
  return await desk.rest(isHeld ? 'held' : 'resting', work.restReason(), work.everyMs);
}

async function finish(desk: SyncDesk, why: string): Promise<string> {
  desk.enter('ended', why);
  await desk.records.settle();
  await condition(allHandlersFinished);
  return why;
}
