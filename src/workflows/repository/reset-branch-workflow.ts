/** The story of a reset: planned, approved, told, done with a backup in one call, and told again. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  workflowInfo,
} from '@temporalio/workflow';
import { isIdle, type ResetPlan } from '../../domain/develop-reset/plan.js';
import type { ResetPolicy } from '../../domain/develop-reset/schema.js';
import type { ResetOutcome, ResetResult } from '../../domain/develop-reset/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { ResetDesk } from './reset-desk.js';
import type { ListBackupsInput, ResetInput } from './reset-messages.js';

/** Without approvals nothing slows a race with somebody who pushes on. */
const mostPlans = 20;

export async function resetBranch(input: ResetInput): Promise<ResetResult> {
  const desk = new ResetDesk(input);
  const { outcome, reason } = await putBack(desk, input);
  if (outcome !== 'planned') desk.end(outcome, reason);
  await desk.records.settle();
  await condition(allHandlersFinished);
  return { outcome, reason, plan: desk.plan, backup: desk.backup };
}

interface End {
  readonly outcome: ResetResult['outcome'];
  readonly reason: string;
}

async function putBack(desk: ResetDesk, input: ResetInput): Promise<End> {
  const rules = await rulesOf(input);
  if ('refusal' in rules) return { outcome: 'refused', reason: rules.refusal };
  const { policy, toRef } = rules;
  while (desk.moved < mostPlans) {
    const planned = await plan(input, toRef, policy);
    if (typeof planned === 'string') return await giveUp(desk, input, 'refused', planned);
    desk.plan = planned;
    if (input.dryRun) return { outcome: 'planned', reason: 'a dry run writes nothing' };
    if (isIdle(planned)) return await giveUp(desk, input, 'idle', 'it is there already');
    if (!(await desk.isApproved(planned, policy))) {
      const { rejected } = desk;
      return rejected === null
        ? await giveUp(desk, input, 'expired', 'it was not approved in time')
        : await giveUp(desk, input, 'rejected', `${rejected.actor}: ${rejected.reason}`);
    }
    // From here on nothing is left half done, whoever cancels.
    const end = await CancellationScope.nonCancellable(() => reset(desk, input, policy, planned));
    if (end !== null) return end;
    desk.moved++;
  }
  return await giveUp(desk, input, 'refused', 'the branch moves faster than it can be reset');
}

async function rulesOf(
  input: ResetInput,
): Promise<
  { readonly refusal: string } | { readonly policy: ResetPolicy; readonly toRef: string }
> {
  const { repository, branch } = input;
  const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what does the policy say?' },
    [{ repository, maxAgeMs: 0 }],
  );
  if (reading.policy === null) return { refusal: 'sluice.yaml of the repository has faults' };
  const off = reading.off.developReset;
  if (off !== undefined) return { refusal: off };
  const policy = reading.policy.reset;
  if (policy.branch !== branch) {
    return { refusal: `the policy lets ${policy.branch} be reset, and no other branch` };
  }
  const toRef = input.toRef ?? `refs/heads/${policy.to ?? reading.defaultBranch}`;
  const isItself = toRef === `refs/heads/${branch}` || branch === reading.defaultBranch;
  if (isItself) return { refusal: 'the default branch, or a branch to itself, is never reset' };
  return { policy, toRef };
}

/** Why there can be no plan, or the plan. */
async function plan(
  { repository, branch }: ResetInput,
  toRef: string,
  { pulls }: ResetPolicy,
): Promise<ResetPlan | string> {
  try {
    return await atCodeHost.planReset.executeWithOptions(
      { summary: `what would ${branch} lose?` },
      [{ repository, branch, toRef, pulls }],
    );
  } catch (error) {
    return innermostMessage(error);
  }
}

function stepOf(desk: ResetDesk, input: ResetInput, planned: ResetPlan) {
  const { repository, requestedBy: actor, reason } = input;
  const { runId } = workflowInfo();
  return { repository, subject: desk.subject, actor, reason, plan: planned, runId };
}

/** Null: the remote had moved, and nothing was done. */
async function reset(
  desk: ResetDesk,
  input: ResetInput,
  policy: ResetPolicy,
  planned: ResetPlan,
): Promise<End | null> {
  const step = stepOf(desk, input, planned);
  desk.enter('RollingBack', 'its people are told');
  desk.issue = await atCodeHost.tellOfReset.executeWithOptions(
    { summary: 'tell authors and whoever is to be told' },
    [{ ...step, notify: policy.notify, issue: desk.issue }],
  );
  desk.enter('RollingBack', 'backup and reset in one call');
  const done = await atCodeHost.resetRefs.executeWithOptions(
    { summary: `${planned.branch}: ${planned.before.slice(0, 8)} → ${planned.after.slice(0, 8)}` },
    [step],
  );
  if (done.kind === 'moved') return null;
  if (done.kind === 'refused') return await giveUp(desk, input, 'refused', done.reason);
  const { backup } = done;
  desk.backup = backup;
  for (const pull of planned.pulls) {
    await atCodeHost.treatResetPull.executeWithOptions({ summary: `tell #${pull.number}` }, [
      { step, pull, backup },
    ]);
  }
  const outcome = `${planned.branch} is at ${planned.after}`;
  await close(desk, input, outcome);
  return { outcome: 'reset', reason: outcome };
}

/** Whoever was told of it already hears that it does not come. */
async function giveUp(
  desk: ResetDesk,
  input: ResetInput,
  outcome: ResetOutcome,
  reason: string,
): Promise<End> {
  await close(desk, input, reason);
  return { outcome, reason };
}

async function close(desk: ResetDesk, input: ResetInput, outcome: string): Promise<void> {
  const { issue, plan: planned, backup } = desk;
  if (issue === null || planned === null) return;
  await atCodeHost.closeResetIssue.executeWithOptions({ summary: 'say what came of it' }, [
    { step: stepOf(desk, input, planned), issue, backup, outcome },
  ]);
}

/** What could be restored, asked of a worker that may look there. */
export async function listBackups(
  input: ListBackupsInput,
): Promise<readonly { readonly ref: string; readonly sha: string }[]> {
  return atCodeHost.listBackups.executeWithOptions({ summary: 'which backups are there?' }, [
    input,
  ]);
}
