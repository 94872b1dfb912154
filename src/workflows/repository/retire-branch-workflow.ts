/** The story of a stale branch: told to its people, left a grace, archived so that one command brings it back. */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { type BranchDecision, decideBranch } from '../../domain/branch/decide.js';
import type { RetirementResult } from '../../domain/branch/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { announce, archive, cancel, type Look, waitInGrace, withdraw } from './branch-acts.js';
import { BranchDesk } from './branch-desk.js';
import type { RetireBranchInput } from './branch-messages.js';

const anHourMs = 3_600_000;
const aDayMs = 24 * anHourMs;
/** Nobody tells of what the policy says anew, and a signal may be lost: even the quiet ones are looked at so often. */
const longestRestMs = 7 * aDayMs;
const freshAfterEvents = 2_000;

/** Ends archived, cancelled or (in a dry run) planned; a kept branch and one that is not due yet are waited for. */
export async function retireStaleBranch(input: RetireBranchInput): Promise<RetirementResult> {
  const desk = new BranchDesk(input);
  for (;;) {
    desk.attend();
    const look = await lookAt(desk, input);
    const end =
      typeof look === 'string'
        ? await doNothing(desk, look)
        : await follow(desk, look, decideBranch(desk.question(look.policy, look.facts)));
    if (end !== null) {
      await desk.records.settle();
      await condition(allHandlersFinished);
      return end;
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const isFull = historyLength > freshAfterEvents || continueAsNewSuggested;
    if (isFull && desk.notice === null && desk.order === null) {
      await desk.records.settle();
      await condition(allHandlersFinished);
      const { issue = null, keep } = desk;
      await continueAsNew<typeof retireStaleBranch>({ ...input, issue, keep });
    }
  }
}

/** In words why nothing is known for certain or nothing may be done. */
async function lookAt(desk: BranchDesk, input: RetireBranchInput): Promise<Look | string> {
  const { repository, branch } = input;
  try {
    const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
      { summary: 'what does the policy say?' },
      [{ repository, maxAgeMs: desk.notice === null ? 60_000 : 0 }],
    );
    if (reading.policy === null) return 'the policy of the repository has faults';
    const off = reading.off.staleBranches;
    if (off !== undefined) return off;
    const policy = reading.policy.stale.branches;
    if (policy === undefined) return 'repository.stale.branches is not written';
    desk.policy = policy;
    if (desk.issue === undefined)
      desk.issue = await atCodeHost.findCleanupIssue.executeWithOptions(
        { summary: 'was there a cleanup issue?' },
        [{ repository, branch, label: policy.label }],
      );
    const sinceMs =
      Math.min(desk.notice?.hostAtMs ?? Date.now(), Date.now() - policy.after) - aDayMs;
    const issue = desk.issue?.number ?? null;
    const facts = await atCodeHost.readStaleBranch.executeWithOptions(
      { summary: 'tip, pull requests, answers' },
      [{ repository, branch, policy, issue, sinceMs }],
    );
    desk.trouble = null;
    return { policy, facts };
  } catch (error) {
    return `it cannot be read: ${innermostMessage(error)}`;
  }
}

/** Whatever is the matter: nothing is written, and the question is asked again. */
async function doNothing(desk: BranchDesk, why: string): Promise<null> {
  if (desk.trouble !== why) desk.tell(why);
  desk.trouble = why;
  await desk.rest(desk.stage, desk.reason, Date.now() + anHourMs);
  return null;
}

function soonest(untilMs: number | null): number {
  return Math.min(untilMs ?? Number.POSITIVE_INFINITY, Date.now() + longestRestMs);
}

/** Null: it goes on. */
async function follow(
  desk: BranchDesk,
  look: Look,
  decision: BranchDecision,
): Promise<RetirementResult | null> {
  desk.sha = look.facts.branch?.sha ?? desk.sha;
  switch (decision.kind) {
    case 'gone':
      return await cancel(desk, 'the branch is gone');
    case 'exempt':
      return await cancel(desk, decision.reason);
    case 'active':
      if (desk.notice !== null) return await cancel(desk, decision.reason);
      await withdraw(desk, decision.reason);
      await desk.rest('watched', decision.reason, soonest(decision.untilMs));
      return null;
    case 'kept':
      await withdraw(desk, decision.reason);
      await desk.rest('watched', decision.reason, soonest(decision.untilMs));
      return null;
    case 'stale':
      return await announce(desk, look);
    case 'grace':
      await waitInGrace(desk, look, soonest(decision.untilMs));
      return null;
    case 'archive':
      return await archive(desk, look, decision.sha);
  }
}
