/** What the workflow of a stale branch does to the world, each act once, and said to operators. */
import type { Branch } from '../../domain/repository/shapes.js';
import type { BranchFacts } from '../../domain/branch/facts.js';
import { planRetirement } from '../../domain/branch/plan.js';
import type { StaleBranchPolicy } from '../../domain/branch/schema.js';
import type { RetirementResult } from '../../domain/branch/view.js';
import {
  archivedText,
  cancelledText,
  type NoticeText,
  pingText,
  reminderText,
} from '../../domain/branch/words.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import type { BranchDesk } from './branch-desk.js';

const aDayMs = 86_400_000;
/** Later than this the people would have noticeably less time than they were told. */
const tooLateMs = 3_600_000;

export interface Look {
  readonly policy: StaleBranchPolicy;
  readonly facts: BranchFacts;
}

/** Ends here in a dry run: all that it does is the plan. */
export async function announce(desk: BranchDesk, look: Look): Promise<RetirementResult | null> {
  const { branch } = look.facts;
  if (branch === null) return null;
  const { policy } = look;
  const { repository } = desk.input;
  const nowMs = Date.now();
  const graceEndsAtMs = nowMs + policy.grace;
  const since = new Date(branch.committedAtMs).toISOString().slice(0, 10);
  const reason = `its last commit is of ${since}, and nobody has pushed or answered since`;
  desk.plan = planRetirement({ repository, branch, policy, nowMs });
  if (desk.isDryRun()) {
    desk.enter('planned', reason);
    return resultOf(desk, 'planned');
  }
  desk.enter('stale', reason);
  const text = { repository, branch, policy, graceEndsAtMs };
  const told = await telling(desk, async () => {
    const intent = intentOf(desk);
    const { number, openedAtMs } = await atCodeHost.openCleanupIssue.executeWithOptions(
      { summary: 'open the cleanup issue' },
      [{ ...intent, ...text, issue: desk.issue?.number ?? null }],
    );
    desk.issue = { number, isOpen: true };
    const { atMs } = await comment(desk, number, 'ping', pingText(text));
    desk.enter('pinged', reason);
    return openedAtMs ?? atMs;
  });
  if (told === null) return null;
  const isLate = Date.now() - nowMs > tooLateMs;
  const endsAtMs = isLate ? Date.now() + policy.grace : graceEndsAtMs;
  desk.notice = { sha: branch.sha, hostAtMs: told, graceEndsAtMs: endsAtMs };
  desk.isReminded = false;
  await waitInGrace(desk, look, endsAtMs);
  return null;
}

export async function waitInGrace(desk: BranchDesk, look: Look, untilMs: number): Promise<void> {
  const { policy, facts } = look;
  const { notice, issue } = desk;
  if (notice === null || issue == null || facts.branch === null) return;
  const reason = `its people were asked in #${issue.number}, and nobody has answered yet`;
  const remindAtMs =
    policy.remindBefore === null || desk.isReminded
      ? null
      : notice.graceEndsAtMs - policy.remindBefore;
  if (remindAtMs === null) return await desk.rest('grace', reason, untilMs);
  if (Date.now() < remindAtMs) {
    return await desk.rest('grace', reason, Math.min(untilMs, remindAtMs));
  }
  const text = textOf(desk, facts.branch, policy, notice.graceEndsAtMs);
  const reminded = await telling(desk, () =>
    comment(desk, issue.number, 'reminder', reminderText(text)),
  );
  if (reminded !== null) desk.isReminded = true;
  if (reminded !== null) await desk.rest('grace', reason, untilMs);
}

export async function archive(
  desk: BranchDesk,
  { policy }: Look,
  sha: string,
): Promise<RetirementResult | null> {
  const { repository, branch } = desk.input;
  const { order } = desk;
  const reason =
    order === null ? 'the grace is over, nobody answered' : `${order.actor}: ${order.reason}`;
  if (desk.isDryRun()) {
    desk.enter('planned', reason);
    return resultOf(desk, 'planned');
  }
  desk.enter('archiving', reason);
  const done = await telling(desk, () =>
    atCodeHost.archiveBranch.executeWithOptions({ summary: `archive ${sha.slice(0, 12)}` }, [
      { ...intentOf(desk), branch, sha, form: policy.archive },
    ]),
  );
  if (done === null) return null;
  // What was ordered was what the person saw.
  desk.order = null;
  if (done.kind === 'moved') {
    desk.tell(`not archived: ${done.reason}`);
    desk.heard = { atMs: Date.now(), reason: 'it moved while it was archived' };
    return null;
  }
  if (done.kind === 'refused') {
    desk.trouble = `the code host refuses: ${done.reason}`;
    await desk.rest('grace', 'it could not be archived', Date.now() + aDayMs);
    return null;
  }
  desk.archivedAs = done.ref;
  await sayAndClose(desk, 'archived', archivedText(repository, branch, done), 'completed');
  desk.enter('archived', reason);
  return resultOf(desk, 'archived');
}

export async function cancel(desk: BranchDesk, reason: string): Promise<RetirementResult> {
  await withdraw(desk, reason);
  desk.trouble = null;
  desk.enter('cancelled', reason);
  return resultOf(desk, 'cancelled');
}

/** What was announced is off, and its issue closed. */
export async function withdraw(desk: BranchDesk, reason: string): Promise<void> {
  desk.notice = null;
  desk.plan = [];
  desk.isReminded = false;
  if (desk.issue?.isOpen !== true || desk.isDryRun()) return;
  desk.tell(`called off: ${reason}`);
  const text = cancelledText(desk.input.branch, reason);
  await sayAndClose(desk, 'cancelled', text, 'not_planned');
}

/** Words after the deed: that they cannot be said is told to operators and changes nothing else. */
async function sayAndClose(
  desk: BranchDesk,
  kind: string,
  text: string,
  outcome: 'completed' | 'not_planned',
): Promise<void> {
  const { issue } = desk;
  if (issue == null) return;
  const { number } = issue;
  try {
    await comment(desk, number, kind, text);
    await atCodeHost.closeCleanupIssue.executeWithOptions({ summary: 'close the cleanup issue' }, [
      { ...intentOf(desk), number, outcome },
    ]);
  } catch (error) {
    desk.tell(`#${number} could not be closed: ${innermostMessage(error)}`);
  }
  desk.issue = { number, isOpen: false };
}

function comment(desk: BranchDesk, number: number, kind: string, body: string) {
  const intent = intentOf(desk);
  const key = `branch-${kind}/${intent.intentAtMs}`;
  return atCodeHost.commentOnCleanupIssue.executeWithOptions({ summary: `comment: ${kind}` }, [
    { ...intent, number, key, body },
  ]);
}

/** Null when it was refused for good: an operator must see to it, and a day later it is tried again. */
async function telling<T>(desk: BranchDesk, act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    desk.trouble = innermostMessage(error);
    desk.tell(`refused: ${desk.trouble}`);
    await desk.rest(desk.stage, desk.reason, Date.now() + aDayMs);
    return null;
  }
}

function textOf(
  desk: BranchDesk,
  branch: Branch,
  policy: StaleBranchPolicy,
  graceEndsAtMs: number,
): NoticeText {
  return { repository: desk.input.repository, branch, policy, graceEndsAtMs };
}

function intentOf(desk: BranchDesk) {
  const { repository } = desk.input;
  return { repository, subject: desk.subject, reason: desk.reason, intentAtMs: Date.now() };
}

function resultOf(desk: BranchDesk, outcome: RetirementResult['outcome']): RetirementResult {
  const { reason, archivedAs, sha, issue } = desk;
  return { outcome, reason, archivedAs, sha, issue: issue?.number ?? null };
}
