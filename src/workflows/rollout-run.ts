/** One run of a rollout in memory: its state, its messages, and what operators see of it. */
import {
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Verdict } from '../domain/analysis/verdict.js';
import type { Command, CommandReceipt } from '../domain/command.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import { rolloutWorkflowId } from '../domain/names.js';
import type { Phase } from '../domain/phase.js';
import {
  acceptedCommands,
  type RolloutCommand,
  requireAccepted,
} from '../domain/rollout/commands.js';
import { beginRollout, decide, waitsToBeResumed } from '../domain/rollout/decide.js';
import { describeRollout } from '../domain/rollout/describe.js';
import { describeCause, type RolloutOutcome } from '../domain/rollout/outcome.js';
import {
  currentStep,
  mirrorOf,
  type RolloutDecision,
  type RolloutEvent,
  type RolloutState,
} from '../domain/rollout/state.js';
import type { RolloutView, TimelineEntry } from '../domain/rollout/view.js';
import { metrics } from './metric-sinks.js';
import { rejecting, requireActorAndReason } from './refuse.js';
import {
  abortUpdate,
  pauseUpdate,
  promoteFullUpdate,
  promoteUpdate,
  type RolloutInput,
  readHealthQuery,
  readRolloutQuery,
  resumeUpdate,
  turnBackSignal,
} from './rollout-messages.js';
import { needsAttentionKey, phaseKey, trafficWeightKey } from './search-attributes.js';

const keptTimeline = 50;

export class RolloutRun {
  readonly rolloutId: string;
  state: RolloutState;
  verdict: Verdict | null = null;
  evidenceRef: string | null = null;
  /** Events that the ledger could not take. */
  unrecorded: readonly LedgerEvent[] = [];
  /** Decisions that wait to be carried out, oldest first. */
  readonly pending: { readonly decision: RolloutDecision; readonly epoch: number }[] = [];
  /** Who carried it past what was still to be judged; null when the last analysis let it pass. */
  private word: string | null = null;
  private timeline: readonly TimelineEntry[] = [];
  private shown: string | null = null;
  private attention: string | null = null;
  private turnedBackAtMs: number | null = null;
  private endedAtMs: number | null = null;

  private readonly input: RolloutInput;
  private readonly record: (command: string, by: Command) => void;

  /** `record` is called for every accepted command. */
  constructor(input: RolloutInput, record: (command: string, by: Command) => void) {
    this.input = input;
    this.record = record;
    this.rolloutId = rolloutWorkflowId(input);
    const { state, decision } = beginRollout(input.plan, input.health);
    this.state = state;
    this.pending.push({ decision, epoch: state.epoch });
    if (decision.kind === 'perform') this.note(decision.step.title);
    this.listen();
  }

  /** Takes an event in: the state moves at once, the decision waits for the main loop. */
  hear(event: RolloutEvent): void {
    const counts = event.kind === 'judged' && event.epoch === this.state.epoch;
    const { plan, position, written } = this.state;
    const isMigrating = plan.steps[position]?.kind === 'migrate' && !written;
    if (counts && event.verdict === 'pass') this.word = null;
    const { state, decision } = decide(this.state, event);
    this.state = state;
    if (decision.kind !== 'wait') this.pending.push({ decision, epoch: state.epoch });
    if (decision.kind === 'perform') this.note(decision.step.title);
    if (decision.kind === 'rollBack') this.note(`back to stable: ${describeCause(decision.cause)}`);
    if (decision.kind === 'rollBack' && isMigrating && event.kind === 'turnBack') {
      this.note('a migration that has begun is left to end');
    }
    if (decision.kind === 'watch') this.note(this.waitsFor());
    if (decision.kind === 'rollBack') this.turnedBackAtMs = Date.now();
    if (counts) metrics.judged(this.input.target, event.verdict);
    if (decision.kind === 'end') this.end(decision.outcome, Date.now());
    this.show();
  }

  private end(outcome: RolloutOutcome, atMs: number): void {
    this.endedAtMs = atMs;
    const { target, plan } = this.input;
    const { cause } = this.state;
    metrics.ended({
      ...{ target, outcome, strategy: plan.strategy },
      tookMs: atMs - workflowInfo().startTime.getTime(),
      rollback: cause && { cause: cause.kind, tookMs: atMs - (this.turnedBackAtMs ?? atMs) },
    });
  }

  note(text: string): void {
    this.timeline = [...this.timeline, { atMs: Date.now(), text }].slice(-keptTimeline);
  }

  view(): RolloutView {
    const { state, input } = this;
    return {
      rolloutId: this.rolloutId,
      target: input.target,
      n: input.n,
      releaseId: input.releaseId,
      candidate: input.candidate,
      stable: input.stable,
      phase: phaseOf(state),
      plan: input.plan,
      position: state.position,
      weight: state.weight,
      paused: state.paused,
      holding: state.holding,
      verdict: this.verdict,
      evidenceRef: this.evidenceRef,
      outcome: state.outcome,
      reason: this.reason(),
      startedAtMs: workflowInfo().startTime.getTime(),
      endedAtMs: this.endedAtMs,
      timeline: this.timeline,
      commands: acceptedCommands(state),
    };
  }

  /** Why it ended or turned back; null while it goes forward. */
  reason(): string | null {
    if (this.state.cause) return describeCause(this.state.cause);
    return this.state.outcome === 'promoted' ? this.grounds() : null;
  }

  /** What lets the candidate become stable: a person's word, or else the last verdict. */
  grounds(): string {
    return this.word ?? this.verdict?.reason ?? 'every step was done';
  }

  /** Details on every change, search attributes when phase or weight change: each of those is an event of the history. */
  show(): void {
    const view = this.view();
    setCurrentDetails(describeRollout(view));
    const attention = attentionTo(view);
    const said = `${view.phase} ${view.weight} ${attention}`;
    if (said === this.shown) return;
    this.shown = said;
    const isNew = attention !== this.attention;
    this.attention = attention;
    upsertSearchAttributes([
      { key: phaseKey, value: view.phase },
      { key: trafficWeightKey, value: view.weight },
      ...(isNew ? [{ key: needsAttentionKey, value: attention }] : []),
    ]);
  }

  private waitsFor(): string {
    const { holding, paused } = this.state;
    if (holding !== null) return `waits for a person: ${holding}`;
    return paused ? `paused by ${paused.actor}: ${paused.reason}` : 'waits until somebody resumes';
  }

  private listen(): void {
    setHandler(readRolloutQuery, () => this.view(), {
      description: 'Where the rollout stands and why',
    });
    setHandler(readHealthQuery, () => this.input.health, {
      description: 'The limits that the candidate is held to',
    });
    setHandler(turnBackSignal, (cause) => {
      if (this.state.mode === 'forward') this.hear({ kind: 'turnBack', cause });
    });
    this.take(pauseUpdate, 'pause', 'Hold at the present weight', (by) => ({
      kind: 'pause',
      ...by,
    }));
    this.take(resumeUpdate, 'resume', 'Go on after a pause', () => ({ kind: 'resume' }));
    this.take(promoteUpdate, 'promote', 'Go on to the next step without waiting', () => ({
      kind: 'promote',
    }));
    this.take(
      promoteFullUpdate,
      'promoteFull',
      'Straight to 100 % without gates or analysis',
      () => ({
        kind: 'promoteFull',
      }),
    );
    this.take(abortUpdate, 'abort', 'All traffic back to stable', (by) => ({
      kind: 'turnBack',
      cause: { kind: 'aborted', ...by },
    }));
  }

  private take(
    update: typeof pauseUpdate,
    command: RolloutCommand,
    does: string,
    event: (by: Command) => RolloutEvent,
  ): void {
    const handle = ({ actor, reason }: Command): CommandReceipt => {
      this.note(`${command} by ${actor}: ${reason}`);
      if (command === 'promoteFull') this.word = `promoted in full by ${actor}: ${reason}`;
      if (command === 'promote') {
        this.word = `"${currentStep(this.state).title}" was cut short by ${actor}: ${reason}`;
      }
      this.hear(event({ actor, reason }));
      this.record(command, { actor, reason });
      return {
        accepted: true,
        message: `${does.toLowerCase()} (${phaseOf(this.state)}, ${this.state.weight} %)`,
      };
    };
    setHandler(update, handle, {
      description: `${does}. Example: {"actor": "ann", "reason": "checked by hand"}`,
      validator: (by) =>
        rejecting(() => {
          requireActorAndReason(by);
          requireAccepted(this.state, command);
        }),
    });
  }
}

/** Null while nobody has to look. */
function attentionTo(view: RolloutView): string | null {
  if (view.phase === 'RolledBack') return 'rolled back';
  return view.phase === 'Holding' && view.paused === null ? 'waits for a person' : null;
}

const endPhases: Record<RolloutOutcome, Phase> = {
  promoted: 'Promoted',
  rolledBack: 'RolledBack',
  aborted: 'Aborted',
  superseded: 'Superseded',
};

function phaseOf(state: RolloutState): Phase {
  if (state.outcome) return endPhases[state.outcome];
  if (state.mode === 'rollingBack') return 'RollingBack';
  if (state.holding !== null || state.paused || waitsToBeResumed(state)) return 'Holding';
  const step = state.plan.steps[state.position];
  if (step?.kind === 'promote') return 'Promoting';
  return state.weight === 0 && mirrorOf(state) === null ? 'Deploying' : 'Analysing';
}
