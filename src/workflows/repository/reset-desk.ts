/** Where a reset takes approvals: its memory, its messages, and what operators see of it. */
import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { approvalsNeeded, requireMayApprove } from '../../domain/develop-reset/approve.js';
import { describeReset } from '../../domain/develop-reset/describe.js';
import { planKey, type ResetPlan } from '../../domain/develop-reset/plan.js';
import type { ResetPolicy } from '../../domain/develop-reset/schema.js';
import type { ResetOutcome, ResetView } from '../../domain/develop-reset/view.js';
import { Failure } from '../../domain/failures.js';
import type { Phase } from '../../domain/phase.js';
import type { Approval } from '../../domain/release/view.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { updateNames } from '../../domain/wire-names.js';
import { atCodeHost } from '../activity-options.js';
import { CommandRecords } from '../record-command.js';
import { asApplicationFailure, rejecting, requireActorAndReason } from '../refuse.js';
import {
  branchKey,
  deadlineKey,
  needsAttentionKey,
  phaseKey,
  repositoryKey,
  requestedByKey,
} from '../search-attributes.js';
import {
  type ApproveResetCommand,
  approveResetUpdate,
  readResetQuery,
  rejectResetUpdate,
  type ResetInput,
} from './reset-messages.js';

const endPhase: Record<ResetOutcome, Phase> = {
  reset: 'RolledBack',
  idle: 'RolledBack',
  rejected: 'Rejected',
  expired: 'Aborted',
  refused: 'Aborted',
};

export class ResetDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  plan: ResetPlan | null = null;
  issue: number | null = null;
  backup: string | null = null;
  moved = 0;
  rejected: Command | null = null;
  private readonly input: ResetInput;
  private policy: ResetPolicy | null = null;
  private phase: Phase = 'Queued';
  private reason: string | null = null;
  private outcome: ResetOutcome | null = null;
  private approvals: readonly Approval[] = [];
  private deadlineMs: number | null = null;
  private shown = '';

  constructor(input: ResetInput) {
    this.input = input;
    this.listen();
    this.show();
  }

  /** True when enough have approved this plan; false when somebody refused or nobody came in time. */
  async isApproved(plan: ResetPlan, policy: ResetPolicy): Promise<boolean> {
    this.plan = plan;
    this.policy = policy;
    this.approvals = [];
    const needed = approvalsNeeded(plan, policy);
    if (needed === 0) return true;
    this.deadlineMs = Date.now() + policy.approvals.deadline;
    this.enter('AwaitingApproval', `${plan.lostCount} commits would leave ${plan.branch}`);
    const summary = `${needed} approvals, or somebody refuses`;
    await condition(
      () => this.approvals.length >= needed || this.rejected !== null,
      policy.approvals.deadline,
      { summary },
    );
    this.deadlineMs = null;
    return this.rejected === null && this.approvals.length >= needed;
  }

  enter(phase: Phase, reason: string): void {
    this.phase = phase;
    this.reason = reason;
    this.show();
  }

  end(outcome: ResetOutcome, reason: string): void {
    this.outcome = outcome;
    this.deadlineMs = null;
    this.enter(endPhase[outcome], reason);
  }

  view(): ResetView {
    const { plan, policy, approvals, moved, issue, backup, outcome, reason, phase } = this;
    const { repository, branch, requestedBy } = this.input;
    return {
      resetId: this.subject,
      ...{ repository, branch, phase, plan, approvals, moved, issue, backup, outcome, reason },
      approvalsRequired: plan && policy ? approvalsNeeded(plan, policy) : 0,
      ...{ requestedBy, deadlineMs: this.deadlineMs },
      commands: phase === 'AwaitingApproval' ? [updateNames.approve, updateNames.reject] : [],
    };
  }

  private show(): void {
    setCurrentDetails(describeReset(this.view()));
    const { repository, branch, requestedBy } = this.input;
    const { phase, reason, deadlineMs } = this;
    const said = JSON.stringify([phase, deadlineMs]);
    if (said === this.shown) return;
    this.shown = said;
    const waits = phase === 'AwaitingApproval';
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(repository) },
      { key: branchKey, value: branch },
      { key: requestedByKey, value: requestedBy },
      { key: phaseKey, value: phase },
      { key: needsAttentionKey, value: waits ? (reason ?? phase).slice(0, 200) : null },
      { key: deadlineKey, value: deadlineMs === null ? null : new Date(deadlineMs) },
    ]);
  }

  private listen(): void {
    setHandler(readResetQuery, () => this.view(), {
      description: 'Where the reset stands and why',
    });
    setHandler(approveResetUpdate, (command) => this.approve(command), {
      description:
        'Approve the plan. Example: {"planKey": "develop@3f…>9a…", "actor": "ann", "reason": "all is merged", "ticket": null}',
      validator: (command) => rejecting(() => this.requireMay(command)),
    });
    setHandler(rejectResetUpdate, (command) => this.reject(command), {
      description: 'Refuse it; nothing is done. Example: {"actor": "ann", "reason": "not now"}',
      validator: (command) => rejecting(() => this.requireAwaited(command)),
    });
  }

  private requireAwaited(command: Command): { plan: ResetPlan; policy: ResetPolicy } {
    requireActorAndReason(command);
    const { plan, policy, phase, rejected } = this;
    if (phase === 'AwaitingApproval' && rejected === null && plan && policy)
      return { plan, policy };
    throw new Failure('CommandRejected', 'the reset does not wait for approval', { seen: phase });
  }

  private requireMay(command: ApproveResetCommand): void {
    const { plan, policy } = this.requireAwaited(command);
    const { actor } = command;
    if (command.planKey !== planKey(plan)) {
      throw new Failure('Conflict', 'the branch has moved since this plan was seen', {
        ...{ where: 'planKey', seen: command.planKey, limit: planKey(plan) },
        next: 'look at the plan again, then approve that',
      });
    }
    requireMayApprove(policy, this.approvals, actor, this.input.requestedBy);
  }

  private async approve(command: ApproveResetCommand): Promise<CommandReceipt> {
    const { actor, reason, ticket } = command;
    const check = await atCodeHost.verifyResetApproval.executeWithOptions(
      { summary: `is it ${actor} who approves?` },
      [{ resetId: this.subject, planKey: command.planKey, actor, ticket }],
    );
    if (!check.valid && this.policy?.approvals.acceptClaims !== true) {
      const next = 'approve through the API: sluice reset approve';
      throw asApplicationFailure(
        new Failure('PolicyDenied', `the approval does not count: ${check.reason}`, {
          ...{ seen: actor, next },
        }),
      );
    }
    // The plan may be another one by now, or the same person may have come in twice.
    rejecting(() => this.requireMay(command));
    const approval = { actor, reason, atMs: Date.now(), attested: check.valid };
    this.approvals = [...this.approvals, approval];
    this.records.add(this.subject, 'approve', { actor, reason });
    this.show();
    const { approvals, approvalsRequired } = this.view();
    return { accepted: true, message: `${approvals.length} of ${approvalsRequired} approvals` };
  }

  private reject(command: Command): CommandReceipt {
    this.rejected = command;
    this.records.add(this.subject, 'reject', { actor: command.actor, reason: command.reason });
    return { accepted: true, message: 'it is refused; nothing is done' };
  }
}
