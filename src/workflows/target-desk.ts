/** Where a target takes requests and commands: its messages, its memory, and what operators see of it. */
import {
  allHandlersFinished,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  condition,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  Command,
  CommandReceipt,
  EjectCommand,
  EjectReceipt,
  LockCommand,
} from '../domain/command.js';
import { Failure } from '../domain/failures.js';
import { environmentPath, rolloutWorkflowId, targetPath } from '../domain/names.js';
import {
  describeCause,
  type RollbackCause,
  type RolloutOutcome,
} from '../domain/rollout/outcome.js';
import type {
  OnlyFrom,
  RetryRolloutCommand,
  RollBackCommand,
  RolloutReceipt,
  RolloutRequest,
} from '../domain/rollout/request.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { RolloutResult } from '../domain/rollout/view.js';
import {
  type Admission,
  admit,
  admitSwitchBack,
  isOpenTo,
  requireAdmissible,
} from '../domain/target/admit.js';
import { emptyTarget, finishCurrent } from '../domain/target/advance.js';
import { dropOutdated } from '../domain/target/outdated.js';
import { describeTarget, viewTarget } from '../domain/target/describe.js';
import { requireEjectable } from '../domain/target/eject.js';
import { retryOf, switchBackOf, wayBackFrom } from '../domain/target/go-back.js';
import type { QueuedRollout, TargetState } from '../domain/target/state.js';
import { ask } from './activity-options.js';
import { recordCommand } from './record-command.js';
import {
  requireEjectShape,
  requireLockShape,
  requireRequestShape,
  requireRetryShape,
  requireRollBackShape,
} from './command-shapes.js';
import { asApplicationFailure, orRefuse, rejecting, requireActorAndReason } from './refuse.js';
import { environmentKey, phaseKey, serviceKey, versionKey } from './search-attributes.js';
import { askForEjection } from './target-ejection.js';
import { tellRelease, turnBackRollout } from './target-signals.js';
import {
  ejectUpdate,
  lockUpdate,
  readTargetQuery,
  repairUpdate,
  requestRolloutUpdate,
  retryRolloutUpdate,
  rollBackUpdate,
  type TargetInput,
  unlockUpdate,
} from './target-messages.js';

const example = '{"actor": "ann", "reason": "checked by hand"}';

export class TargetDesk {
  state: TargetState;
  /** What the platform shows has been taken in; requests wait until then. */
  ready: boolean;
  /** The rollout that has begun last, and can hear signals. */
  startedId: string | null = null;
  /** A rollout of a former run that still goes on. */
  adopting: string | null = null;
  /** Why the platform must be mended; null when it need not. */
  repairReason: string | null = null;
  private shown: string | null = null;
  /** Somebody turned this rollout back; should it be promoted all the same, its target goes back after it. */
  private turnedBack: { readonly rolloutId: string; readonly command: RollBackCommand } | null =
    null;
  private underWay = 0;

  constructor(input: TargetInput) {
    this.state = input.carried ?? emptyTarget(input.target, input.platform);
    this.ready = input.carried !== null;
    this.listen();
  }

  hasWork(): boolean {
    return this.mayBegin() || this.repairReason !== null || this.isHandingBack();
  }

  isHandingBack(): boolean {
    const { handingBack } = this.state;
    return handingBack !== undefined && handingBack !== null && handingBack.trouble === null;
  }

  /** Something waits, nothing runs, and no lock of somebody else keeps it out. */
  mayBegin(): boolean {
    const [next] = this.state.queue;
    if (!next || this.state.current !== null) return false;
    return next.kind === 'switchBack' || isOpenTo(this.state, next.request.requestedBy, Date.now());
  }

  /** What waited until the world had moved on does not begin; its release hears why. */
  async dropOutdated(): Promise<void> {
    const { state, dropped } = dropOutdated(this.state);
    this.state = state;
    for (const { queued, outcome, reason } of dropped)
      await this.tellUnbegun(queued, outcome, reason);
  }

  /** Somebody wants the former revision back. */
  wantsBack(): boolean {
    return this.state.queue.some((queued) => queued.kind === 'switchBack');
  }

  async finish(queued: QueuedRollout, result: RolloutResult): Promise<void> {
    this.state = finishCurrent(this.state, result, Date.now());
    this.show();
    const { turnedBack } = this;
    this.turnedBack = null;
    if (turnedBack?.rolloutId === result.rolloutId && result.outcome === 'promoted') {
      // It had ended before it could hear. A first install has nothing to go back to and stays.
      await this.switchBack(turnedBack.command).catch(() => undefined);
    }
    const { rolloutId, outcome, reason, evidenceRef, unrecorded } = result;
    if (unrecorded.length > 0) {
      const options = { summary: 'record a rollback', scheduleToCloseTimeout: '1 day' } as const;
      this.track(ask.recordEvents.executeWithOptions(options, [unrecorded]));
    }
    await tellRelease(queued, {
      rolloutId,
      requestId: queued.request.requestId,
      outcome,
      reason,
      evidenceRef,
    });
  }

  noteRepair(reason: string): void {
    this.state = { ...this.state, repaired: { atMs: Date.now(), reason } };
    this.show();
  }

  retireLater(revision: Revision): void {
    const atMs = Date.now() + 60_000;
    this.state = { ...this.state, retirements: [...this.state.retirements, { revision, atMs }] };
  }

  /** Details on every change; search attributes only when what they say has changed. */
  show(): void {
    setCurrentDetails(describeTarget(viewTarget(this.state)));
    const phase = this.state.current ? 'Analysing' : 'Promoted';
    const version = this.state.stable?.version ?? null;
    const said = `${phase} ${version}`;
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: serviceKey, value: this.state.target.service },
      { key: environmentKey, value: environmentPath(this.state.target) },
      { key: versionKey, value: version },
      { key: phaseKey, value: version === null && phase === 'Promoted' ? 'Queued' : phase },
    ]);
  }

  private listen(): void {
    setHandler(readTargetQuery, () => viewTarget(this.state), {
      description: 'What is stable, what runs, what waits',
    });
    setHandler(requestRolloutUpdate, (request) => this.request(request), {
      description: 'Ask for a rollout (releases do this)',
      validator: (request) =>
        rejecting(() => {
          requireRequestShape(request);
          if (this.ready) requireAdmissible(this.state, request, Date.now());
        }),
    });
    setHandler(rollBackUpdate, (command) => this.rollBack(command), {
      description: `Go back: abort what runs, or return to the previous revision. Example: ${example}`,
      validator: (command) => rejecting(() => requireRollBackShape(command)),
    });
    setHandler(retryRolloutUpdate, (command) => this.retry(command), {
      description:
        'Repeat an ended rollout from its first step. Example: {"actor": "ann", "reason": "fixed", "n": 7}',
      validator: (command) => rejecting(() => requireRetryShape(command)),
    });
    setHandler(lockUpdate, (command) => this.lock(command), {
      description: `Keep everybody else out; rollbacks pass. Example: {"actor": "ann", "reason": "incident 12", "expiresAtMs": null}`,
      validator: (command) => rejecting(() => requireLockShape(command)),
    });
    setHandler(unlockUpdate, (command) => this.unlock(command), {
      description: `End the lock. Example: ${example}`,
      validator: (command) => rejecting(() => requireActorAndReason(command)),
    });
    setHandler(ejectUpdate, (command) => this.eject(command), {
      description: `Give the target back to what was there before. Example: {"actor": "ann", "reason": "we move on", "dryRun": true}`,
      validator: (command) =>
        rejecting(() => {
          requireEjectShape(command);
          if (this.ready) requireEjectable(this.state);
        }),
    });
    setHandler(repairUpdate, ({ reason }) => this.askForRepair(reason), {
      description: 'Compare with the platform and mend what is wrong (the reconciler does this)',
      validator: (command) => rejecting(() => requireActorAndReason(command)),
    });
  }

  private async request(request: RolloutRequest): Promise<RolloutReceipt> {
    await condition(() => this.ready);
    return this.admit(() => {
      requireAdmissible(this.state, request, Date.now());
      return admit(this.state, request);
    }, `${request.candidate.version}: ${request.reason}`);
  }

  private async retry(command: RetryRolloutCommand): Promise<RolloutReceipt> {
    await condition(() => this.ready);
    // The end of a rollout is seen by its readers a moment before it is taken in here.
    await condition(() => this.state.current?.n !== command.n, '3s');
    const receipt = await this.admit(() => {
      const request = retryOf(this.state, command);
      requireAdmissible(this.state, request, Date.now());
      return admit(this.state, request);
    }, command.reason);
    this.record('retry', command);
    return receipt;
  }

  /** Never refused for a lock, a queue or a freeze: only when there is nothing to go back to. */
  private async rollBack(command: RollBackCommand): Promise<RolloutReceipt> {
    const { only } = command;
    const running = this.adopting ?? this.currentId();
    const isTheirs = only === undefined || only.rolloutId === running;
    let receipt: RolloutReceipt;
    if (running !== null && this.state.current?.kind === 'switchBack') {
      // Asked twice: turning the way back around would return to what everybody wants to leave.
      receipt = { rolloutId: running, position: 0 };
    } else if (running !== null && isTheirs) {
      await this.turnBackFor(running, command);
      receipt = { rolloutId: running, position: 0 };
    } else {
      await condition(() => this.ready);
      receipt = await (only ? this.rollBackOnly(only, command) : this.switchBack(command));
    }
    this.record('rollBack', command);
    return receipt;
  }

  private async rollBackOnly(only: OnlyFrom, command: RollBackCommand): Promise<RolloutReceipt> {
    const way = orRefuse(() => wayBackFrom(this.state, only));
    const running = this.currentId();
    if (way.kind === 'withdraw') {
      const { queued } = way;
      this.state = { ...this.state, queue: this.state.queue.filter((other) => other !== queued) };
      this.show();
      const reason = `${describeCause(abortedBy(command))}, before it began`;
      await this.tellUnbegun(queued, 'aborted', reason);
      return { rolloutId: this.idOf(queued), position: 0 };
    }
    if (way.kind === 'turnBack' && running !== null) {
      await this.turnBackFor(running, command);
      return { rolloutId: running, position: 0 };
    }
    const receipt = await this.switchBack(command);
    if (running !== null) await this.turnBack(running, abortedBy(command));
    return receipt;
  }

  private async turnBackFor(rolloutId: string, command: RollBackCommand): Promise<void> {
    this.turnedBack = { rolloutId, command };
    await this.turnBack(rolloutId, abortedBy(command));
  }

  private switchBack(command: RollBackCommand): Promise<RolloutReceipt> {
    return this.admit(
      () => admitSwitchBack(this.state, switchBackOf(this.state, command)),
      command.reason,
    );
  }

  private async lock(command: LockCommand): Promise<CommandReceipt> {
    const { actor, reason, expiresAtMs } = command;
    this.state = {
      ...this.state,
      lock: { owner: actor, reason, sinceMs: Date.now(), expiresAtMs },
    };
    this.show();
    this.record('lock', command, { expiresAtMs });
    return { accepted: true, message: `${targetPath(this.state.target)} is locked by ${actor}` };
  }

  private async unlock(command: Command): Promise<CommandReceipt> {
    if (!this.state.lock)
      throw asApplicationFailure(new Failure('CommandRejected', 'it is not locked'));
    this.state = { ...this.state, lock: null };
    this.show();
    this.record('unlock', command);
    return { accepted: true, message: `${targetPath(this.state.target)} is unlocked` };
  }

  private askForRepair(reason: string): CommandReceipt {
    const busy = this.state.current !== null || !this.ready;
    if (!busy) this.repairReason = reason;
    return {
      accepted: true,
      message: busy ? 'what runs here will leave it right' : 'it is being mended',
    };
  }

  private async eject(command: EjectCommand): Promise<EjectReceipt> {
    await condition(() => this.ready);
    const receipt = await askForEjection(this, command);
    if (!command.dryRun) this.record('eject', command);
    return receipt;
  }

  private async admit(decide: () => Admission, why: string): Promise<RolloutReceipt> {
    const admission = orRefuse(decide);
    const running = this.currentId();
    this.state = admission.state;
    this.show();
    const by = `${admission.receipt.rolloutId} (${why})`;
    if (admission.supersedesCurrent && running)
      await this.turnBack(running, { kind: 'superseded', by });
    for (const queued of admission.superseded)
      await this.tellUnbegun(queued, 'superseded', `superseded by ${by} before it began`);
    return admission.receipt;
  }

  private record(name: string, { actor, reason }: Command, more: object = {}): void {
    this.track(recordCommand(workflowInfo().workflowId, name, { actor, reason }, { ...more }));
  }

  /** Goes on beside the desk's work, but not beyond this run. */
  track(started: Promise<void>): void {
    this.underWay++;
    const done = (): void => void this.underWay--;
    started.then(done, done);
  }

  /** Nothing is under way that the next run would not hear the end of. */
  isAtRest(): boolean {
    return this.underWay === 0 && allHandlersFinished();
  }

  private idOf({ n }: QueuedRollout): string {
    return rolloutWorkflowId({ target: this.state.target, n });
  }

  private currentId(): string | null {
    return this.state.current && this.idOf(this.state.current);
  }

  /** One that is not there yet is waited for, or it would never hear of it. */
  private async turnBack(rolloutId: string, cause: RollbackCause): Promise<void> {
    await condition(() => rolloutId === this.startedId || rolloutId !== this.currentId());
    await turnBackRollout(rolloutId, cause);
  }

  private async tellUnbegun(
    queued: QueuedRollout,
    outcome: RolloutOutcome,
    reason: string,
  ): Promise<void> {
    const { requestId } = queued.request;
    const rolloutId = this.idOf(queued);
    await tellRelease(queued, { rolloutId, requestId, outcome, reason, evidenceRef: null });
  }
}

function abortedBy({ actor, reason }: Command): RollbackCause {
  return { kind: 'aborted', actor, reason };
}
