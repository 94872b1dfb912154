/** One run of a release in memory: its stages, its messages, and what operators see of it. */
import {
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ApproveCommand, Command, CommandReceipt, RejectCommand } from '../domain/command.js';
import { Failure } from '../domain/failures.js';
import { releaseWorkflowId } from '../domain/names.js';
import { isEnded, type Phase } from '../domain/phase.js';
import { approvalsNeeded, requireMayApprove } from '../domain/release/approval.js';
import { describeRelease } from '../domain/release/describe.js';
import type { ReleaseOutcome } from '../domain/release/release.js';
import { type Soak, type SoakAlertCommand, soakAlertRefusal } from '../domain/rollout/alert.js';
import { endPhases, environmentOf, newStage, plannedStages } from '../domain/release/stages.js';
import type { ReleaseInput, ReleaseView, StageView } from '../domain/release/view.js';
import type { RolloutFinished } from '../domain/rollout/request.js';
import type { TimelineEntry } from '../domain/rollout/view.js';
import { ask } from './activity-options.js';
import { asApplicationFailure, rejecting, requireActorAndReason } from './refuse.js';
import {
  abortReleaseUpdate,
  alertReleaseUpdate,
  approveUpdate,
  readReleaseQuery,
  rejectUpdate,
  retryReleaseUpdate,
  rolloutFinishedSignal,
} from './release-messages.js';
import { CommandRecords } from './record-command.js';
import { requireAlertShape } from './rollout-alerts.js';
import { environmentKey, needsAttentionKey, phaseKey } from './search-attributes.js';

const keptTimeline = 50;
const waiting: readonly Phase[] = ['AwaitingApproval', 'Holding', 'NeedsHelp'];

export class ReleaseRun {
  readonly releaseId: string;
  /** Ends of rollouts by request id, as targets tell them. */
  readonly finished = new Map<string, RolloutFinished>();
  aborted: Command | null = null;
  soaking: Soak | null = null;
  /** The alert that takes the soaking environment back. */
  alerted: SoakAlertCommand | null = null;
  rejected: Command | null = null;
  /** Set by `retry`, taken back by whoever waited for it. */
  retried = false;
  readonly records = new CommandRecords();
  readonly input: ReleaseInput;
  private stages: readonly StageView[];
  private at: string | null = null;
  private outcome: ReleaseOutcome | null = null;
  private reason: string | null = null;
  private timeline: readonly TimelineEntry[] = [];
  private endedAtMs: number | null = null;
  private shown: string | null = null;

  constructor(input: ReleaseInput) {
    this.input = input;
    this.releaseId = releaseWorkflowId(input);
    this.stages = plannedStages(input).map(newStage);
    this.listen();
  }

  stage(environment: string): StageView {
    const stage = this.stages.find((candidate) => candidate.environment === environment);
    if (!stage) throw new RangeError(`no stage ${environment}`);
    return stage;
  }

  /** Changes a stage, notes it, and shows it. */
  update(environment: string, change: Partial<StageView>): void {
    this.at = environment;
    this.stages = this.stages.map((stage) =>
      stage.environment === environment ? { ...stage, ...change } : stage,
    );
    if (change.phase)
      this.note(`${environment}: ${change.phase}${change.reason ? `, ${change.reason}` : ''}`);
    this.show();
  }

  end(outcome: ReleaseOutcome, reason: string): void {
    this.outcome = outcome;
    this.reason = reason;
    this.endedAtMs = Date.now();
    this.note(`${outcome}: ${reason}`);
    this.show();
  }

  view(): ReleaseView {
    const { input } = this;
    const phase = this.phase();
    return {
      releaseId: this.releaseId,
      service: input.service,
      version: input.version,
      digest: input.digest,
      gitSha: input.gitSha,
      requestedBy: input.requestedBy,
      phase,
      environment: this.outcome ? null : this.at,
      stages: this.stages,
      outcome: this.outcome,
      reason: this.reason,
      pipelineSha256: input.pipeline.sha256,
      startedAtMs: workflowInfo().startTime.getTime(),
      endedAtMs: this.endedAtMs,
      timeline: this.timeline,
      commands: this.commands(phase),
    };
  }

  show(): void {
    const view = this.view();
    setCurrentDetails(describeRelease(view));
    const said = `${view.phase} ${view.environment}`;
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: phaseKey, value: view.phase },
      { key: environmentKey, value: view.environment },
      {
        key: needsAttentionKey,
        value: waiting.includes(view.phase)
          ? (
              view.stages.find((s) => s.environment === view.environment)?.reason ?? view.phase
            ).slice(0, 200)
          : null,
      },
    ]);
  }

  private phase(): Phase {
    if (this.outcome) return endPhases[this.outcome];
    return this.at === null ? 'Queued' : this.stage(this.at).phase;
  }

  private commands(phase: Phase): readonly string[] {
    if (isEnded(phase)) return [];
    if (phase === 'AwaitingApproval') return ['approve', 'reject', 'abort'];
    return phase === 'Holding' || phase === 'NeedsHelp' ? ['retry', 'abort'] : ['abort'];
  }

  private note(text: string): void {
    this.timeline = [...this.timeline, { atMs: Date.now(), text }].slice(-keptTimeline);
  }

  private listen(): void {
    setHandler(readReleaseQuery, () => this.view(), {
      description: 'Where the release stands and why',
    });
    setHandler(
      rolloutFinishedSignal,
      (finished) => void this.finished.set(finished.requestId, finished),
    );
    setHandler(approveUpdate, (command) => this.approve(command), {
      description:
        'Approve an environment. Example: {"environment": "production", "actor": "ann", "reason": "tested", "ticket": null}',
      validator: (command) => rejecting(() => this.requireAwaited('approve', command, true)),
    });
    setHandler(rejectUpdate, (command) => this.reject(command), {
      description:
        'Refuse an environment; ends the release. Example: {"environment": "production", "actor": "ann", "reason": "not now"}',
      validator: (command) => rejecting(() => this.requireAwaited('reject', command, false)),
    });
    setHandler(abortReleaseUpdate, (command) => this.abort(command), {
      description:
        'Stop; a rollout under way turns back. Example: {"actor": "ann", "reason": "wrong version"}',
      validator: (command) => rejecting(() => this.requireOpen('abort', command)),
    });
    setHandler(alertReleaseUpdate, (command) => this.alert(command), {
      description:
        'An alert that fires while an environment soaks. Example: {"actor": "alert:HighErrorRate", "reason": "5 % of requests fail", "environment": "production", "alert": "HighErrorRate", "fingerprint": "c3f1", "startsAtMs": 1767225600000, "action": "rollback"}',
      validator: (command) => rejecting(() => this.requireSoaks(command)),
    });
    setHandler(retryReleaseUpdate, (command) => this.retry(command), {
      description:
        'Try the environment again. Example: {"actor": "ann", "reason": "the node is replaced"}',
      validator: (command) => rejecting(() => this.requireOpen('retry', command)),
    });
  }

  private requireOpen(name: string, command: Command): void {
    requireActorAndReason(command);
    const open = this.commands(this.phase());
    if (open.includes(name) && this.aborted === null) return;
    const next =
      open.length > 0
        ? `possible now: ${open.join(', ')}`
        : `read it with: sluice get ${this.input.service}@${this.input.version}`;
    throw new Failure('CommandRejected', `${name} is not possible while it is ${this.phase()}`, {
      seen: this.phase(),
      next,
    });
  }

  private requireSoaks(command: SoakAlertCommand): void {
    requireActorAndReason(command);
    requireAlertShape(command);
    const why = this.alerted ? 'another alert was first' : soakAlertRefusal(this.soaking, command);
    if (why === null) return;
    throw new Failure('CommandRejected', `the alert ${command.alert} changes nothing: ${why}`, {
      next: 'nothing has to be done',
    });
  }

  private alert(command: SoakAlertCommand): CommandReceipt {
    const { actor, reason, environment } = command;
    this.alerted = command;
    this.note(`${environment}: taken back by ${actor}: ${reason}`);
    this.keep('alert', command);
    return { accepted: true, message: `${environment} goes back to what ran before` };
  }

  private requireAwaited(name: string, command: RejectCommand, approving: boolean): void {
    this.requireOpen(name, command);
    if (command.environment !== this.at) {
      throw new Failure('CommandRejected', `${command.environment} does not wait for approval`, {
        where: 'environment',
        seen: command.environment,
        limit: this.at ?? 'none',
      });
    }
    const plan = environmentOf(this.input, command.environment);
    if (approving)
      requireMayApprove(
        plan,
        this.stage(command.environment).approvals,
        command.actor,
        this.input.requestedBy,
      );
  }

  private async approve(command: ApproveCommand): Promise<CommandReceipt> {
    const { environment, actor, reason } = command;
    const plan = environmentOf(this.input, environment);
    const { service, version } = this.input;
    const check = await ask.verifyApproval.executeWithOptions(
      { summary: `is it ${actor} who approves?` },
      [{ release: { service, version }, command }],
    );
    if (!check.valid && !plan.approvals.acceptClaims) {
      const next = `approve through the API: sluice approve ${service}@${version} --environment ${environment} --reason "…"`;
      throw asApplicationFailure(
        new Failure('PolicyDenied', `the approval does not count: ${check.reason}`, {
          seen: actor,
          next,
        }),
      );
    }
    // Somebody else, or the same person twice, may have come in while the ticket was checked.
    rejecting(() => this.requireAwaited('approve', command, true));
    const approvals = [
      ...this.stage(environment).approvals,
      { actor, reason, atMs: Date.now(), attested: check.valid },
    ];
    this.note(`${environment}: approved by ${actor}: ${reason}`);
    this.update(environment, { approvals });
    this.keep('approve', command);
    return {
      accepted: true,
      message: `${approvals.length} of ${approvalsNeeded(plan)} approvals of ${environment}`,
    };
  }

  private reject(command: RejectCommand): CommandReceipt {
    this.rejected = command;
    this.keep('reject', command);
    return { accepted: true, message: `${command.environment} is refused; the release ends` };
  }

  private abort(command: Command): CommandReceipt {
    this.aborted = command;
    this.note(`abort by ${command.actor}: ${command.reason}`);
    this.keep('abort', command);
    return { accepted: true, message: 'the release stops; what is under way turns back' };
  }

  private retry(command: Command): CommandReceipt {
    this.retried = true;
    this.note(`retry by ${command.actor}: ${command.reason}`);
    this.keep('retry', command);
    return { accepted: true, message: 'it is tried again' };
  }

  private keep(name: string, by: Command): void {
    this.records.add(this.releaseId, name, { actor: by.actor, reason: by.reason });
  }
}
