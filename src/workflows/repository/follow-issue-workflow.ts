/** The story of an issue: its branch, its pull request, its end; each step when the code host shows it has come. */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { describeAct, type IssueAct, nextAct } from '../../domain/issue/next-act.js';
import { needsSecondLook, nextEvent, type SeenIssue } from '../../domain/issue/observe.js';
import type { IssuesPolicy } from '../../domain/issue/schema.js';
import type { IssueEnd } from '../../domain/issue/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { IssueDesk } from './issue-desk.js';
import type { FollowIssueInput } from './issue-messages.js';

/** After an event, and before a loss is believed. */
const soonMs = 30_000;
/** Webhooks may be lost, and nobody tells of a changed policy. */
const longestRestMs = 86_400_000;
const freshAfterEvents = 2_000;

/** `again`: something was done, so that there may be more to do at once. */
type Turn = { readonly kind: 'again' | 'rest' } | { readonly kind: 'end'; readonly end: IssueEnd };

const again: Turn = { kind: 'again' };
const rest: Turn = { kind: 'rest' };

/** Ends when the issue is archived, dropped or gone, is not one to follow, or (in a dry run) after one look. */
export async function followIssue(input: FollowIssueInput): Promise<IssueEnd> {
  const desk = new IssueDesk(input);
  for (;;) {
    desk.attend();
    const turn = await takeTurn(desk, input);
    if (turn.kind === 'end') {
      desk.reason = turn.end.reason;
      desk.hasEnded = true;
      desk.show();
      await desk.records.settle();
      await condition(allHandlersFinished);
      return turn.end;
    }
    if (turn.kind === 'rest') {
      const isSoon = desk.soonLooks > 0 || desk.suspected !== null;
      desk.soonLooks -= 1;
      const woken = await desk.rest(isSoon ? soonMs : longestRestMs);
      if (!woken) desk.cause = 'looked at again after a while';
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength > freshAfterEvents || continueAsNewSuggested) {
      await desk.records.settle();
      await condition(allHandlersFinished);
      await continueAsNew<typeof followIssue>({ ...input, carried: desk.carried() });
    }
  }
}

async function takeTurn(desk: IssueDesk, input: FollowIssueInput): Promise<Turn> {
  if (desk.paused) {
    desk.reason = 'paused';
    return rest;
  }
  try {
    const policy = await readPolicy(desk, input);
    if (policy === null) return rest;
    if (typeof policy === 'string') return ended(desk, 'notFollowed', policy);
    desk.policy = policy;
    const { repository, number } = input;
    const seen = await atCodeHost.observeIssue.executeWithOptions(
      { summary: 'issue, branch, pull request, file' },
      [{ repository, number, policy, branch: desk.state.branch }],
    );
    desk.title = seen.issue?.title ?? desk.title;
    if (seen.isForeign) return ended(desk, 'notFollowed', 'made by Sluice, or a pull request');
    if (!catchUp(desk, seen)) return rest;
    const act = nextAct(desk.state, seen, policy, { branchNow: desk.branchNow });
    desk.reason = describeAct(act);
    const turn = input.dryRun ? planned(desk, act) : await perform(desk, input, policy, seen, act);
    desk.trouble = null;
    return turn;
  } catch (error) {
    const text = innermostMessage(error);
    if (desk.trouble !== text) desk.tell(`not possible: ${text}`);
    desk.trouble = text;
    return input.dryRun ? ended(desk, 'planned', `it cannot be planned: ${text}`) : rest;
  }
}

/** A text: why the issue is not followed. Null: the policy has faults, so that nothing is known. */
async function readPolicy(
  desk: IssueDesk,
  { repository }: FollowIssueInput,
): Promise<IssuesPolicy | string | null> {
  const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what does the policy say?' },
    [{ repository }],
  );
  if (reading.policy === null) {
    desk.trouble = 'sluice.yaml of the repository has faults';
    desk.reason = 'wait until they are mended';
    return null;
  }
  const off = reading.off.issueLifecycle;
  if (off !== undefined) return off;
  return reading.policy.issues ?? 'repository.issues is not configured';
}

/** Takes every step that the world shows; false while a loss waits for a second look. */
function catchUp(desk: IssueDesk, seen: SeenIssue): boolean {
  for (;;) {
    const event = nextEvent(desk.state, seen);
    if (event === null) {
      desk.suspected = null;
      return true;
    }
    if (needsSecondLook(event, seen) && desk.suspected !== event.kind) {
      desk.suspected = event.kind;
      desk.reason = `look again before ${event.kind} is believed`;
      return false;
    }
    desk.suspected = null;
    if (!desk.advance(event)) return true;
    desk.soonLooks = 0;
  }
}

function planned(desk: IssueDesk, act: IssueAct): Turn {
  desk.plan = [describeAct(act)];
  return ended(desk, 'planned', 'a dry run: nothing was written');
}

function ended(desk: IssueDesk, kind: IssueEnd['kind'], reason: string): Turn {
  return { kind: 'end', end: { kind, reason, state: desk.state, plan: desk.plan } };
}

async function perform(
  desk: IssueDesk,
  { repository, number }: FollowIssueInput,
  policy: IssuesPolicy,
  seen: SeenIssue,
  act: IssueAct,
): Promise<Turn> {
  const call = { repository, number, subject: desk.subject, cause: desk.cause };
  const options = { summary: describeAct(act).slice(0, 200) };
  switch (act.kind) {
    case 'wait':
      return rest;
    case 'createBranch': {
      if (seen.issue === null) return rest;
      const { pattern } = policy.branch;
      const { nodeId } = seen.issue;
      const made = await atCodeHost.createIssueBranch.executeWithOptions(options, [
        { ...call, nodeId, pattern, name: act.name, from: act.from },
      ]);
      desk.advance({ kind: 'branchLinked', branch: made.name });
      return again;
    }
    case 'openPull': {
      const opened = await atCodeHost.openIssuePull.executeWithOptions(options, [
        { ...call, branch: act.branch, base: policy.branch.from ?? null, pull: policy.pull },
      ]);
      desk.advance({ kind: 'pullOpened', number: opened.number });
      return again;
    }
    case 'checkBody': {
      if (seen.pull === null) return rest;
      const { headSha, body } = seen.pull;
      const { required } = policy.pull;
      if (required.length === 0) return rest;
      const { missing } = await atCodeHost.checkIssuePull.executeWithOptions(options, [
        { ...call, pull: act.pull, headSha, body, required },
      ]);
      const lacks = missing.length > 0 ? `, whose description lacks ${missing.join(', ')}` : '';
      desk.reason = `wait for #${act.pull} to be merged${lacks}`;
      return rest;
    }
    case 'closeIssue':
      await atCodeHost.closeMergedIssue.executeWithOptions(options, [
        { ...call, cause: `#${act.pull} is merged` },
      ]);
      desk.advance({ kind: 'issueClosed' });
      return again;
    case 'archiveFile': {
      const { path } = await atCodeHost.archiveIssueFile.executeWithOptions(options, [
        { ...call, from: act.from, to: act.to },
      ]);
      desk.advance({ kind: 'fileArchived', path });
      return finished(desk, seen);
    }
    case 'end':
      if (desk.state.stage === 'closed') desk.advance({ kind: 'fileArchived', path: null });
      return finished(desk, seen);
  }
}

function finished(desk: IssueDesk, seen: SeenIssue): Turn {
  if (seen.issue === null) return ended(desk, 'gone', 'the issue is gone');
  return desk.state.isDropped
    ? ended(desk, 'dropped', 'closed without a merge')
    : ended(desk, 'archived', 'merged, closed and archived');
}
