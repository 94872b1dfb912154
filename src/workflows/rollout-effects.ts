/** Carries out a rollout's decisions: starts activities, never waits for them, and reports what they answer. */
import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  TimeoutFailure,
  ActivityFailure,
} from '@temporalio/workflow';
import type { WatchResult } from '../activities/watch-activities.js';
import type { SavedDispersion } from '../domain/analysis/comparison-policy.js';
import { dispersionToSave } from '../domain/analysis/comparison.js';
import { placeboAlarmed } from '../domain/analysis/placebo.js';
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import { revisionName } from '../domain/rollout/revision.js';
import type { RollbackCause } from '../domain/rollout/outcome.js';
import { describeCause } from '../domain/rollout/outcome.js';
import { currentStep, mirrorOf } from '../domain/rollout/state.js';
import type { Step, WatchWindow } from '../domain/rollout/step.js';
import type { WatchState } from '../domain/analysis/watch.js';
import { formatDuration } from '../domain/time.js';
import { actuateOn, checkWith, forEverMs, rollBackOn, watchWith } from './activity-options.js';
import { innermostError, innermostMessage } from './innermost-error.js';
import type { RolloutInput } from './rollout-messages.js';
import type { RolloutRun } from './rollout-run.js';

const untilResumed: WatchWindow = { minimumMs: 0, maximumMs: null, until: 'resumed' };
/** Beside the step's own watch, whose next look may be far. */
const closeLook: WatchWindow = { minimumMs: 15_000, maximumMs: 15_000, until: 'judged' };
const closeIntervalMs = 1_000;

export class RolloutEffects {
  private scope: CancellationScope | null = null;
  /** What the analysis has seen so far; goes on from step to step. */
  private seen: WatchState | null = null;

  private readonly input: RolloutInput;
  private readonly run: RolloutRun;

  constructor(input: RolloutInput, run: RolloutRun) {
    this.input = input;
    this.run = run;
  }

  /** Whether stable, judged as if it were the candidate, would have been rolled back; null: nobody could tell. */
  placebo(): boolean | null {
    const placebo = this.seen?.comparison?.placebo;
    return placebo === undefined ? null : placeboAlarmed(placebo);
  }

  /** What was learnt of stable's instances, for the target's next rollout. */
  dispersion(): SavedDispersion | null {
    const { comparison } = this.seen ?? {};
    if (comparison === undefined) return null;
    const saved = dispersionToSave(comparison, this.input.health.comparison?.saved ?? null);
    return saved.errors === null && saved.latency === null ? null : saved;
  }

  /** Begins a step; whatever the former one still had under way is cancelled, not waited for. */
  perform(step: Step, epoch: number): void {
    this.begin(() => {
      switch (step.kind) {
        case 'migrate':
          this.write(epoch, this.migrate(step, epoch), step.migration.deadlineMs);
          return;
        case 'shift':
          this.write(epoch, this.shift(step, epoch));
          if (step.window) this.watch(step.window, step.weight, epoch);
          return;
        case 'watch':
          this.watch(step.window, this.run.state.weight, epoch);
          return;
        case 'smoke':
        case 'webhook':
          this.check(step, epoch);
          if (this.isServing()) this.watch(untilResumed, this.run.state.weight, epoch);
          return;
        case 'promote':
          this.write(epoch, this.promote(epoch));
          return;
      }
    });
  }

  /** Goes on watching where the rollout stands; before anything is deployed there is nothing to watch. */
  keepWatching(window: WatchWindow, epoch: number): void {
    const isBefore = currentStep(this.run.state).kind === 'migrate';
    this.begin(() => isBefore || this.watch(window, this.run.state.weight, epoch));
  }

  /** Traffic back to stable, for ever until it is: nothing else is waited for. */
  rollBack(cause: RollbackCause, epoch: number): void {
    this.scope?.cancel();
    const { target, platform, stable, n } = this.input;
    const reason = describeCause(cause);
    void rollBackOn(platform)
      .restoreStable.executeWithOptions(
        { summary: `all traffic back to ${stable?.version ?? 'nothing'}` },
        [
          {
            target,
            platform,
            stable,
            subject: this.run.rolloutId,
            fence: { rollout: n, sequence: epoch },
            reason,
          },
        ],
      )
      .then(({ unrecorded }) => {
        this.run.unrecorded = unrecorded;
        this.run.hear({ kind: 'restored' });
      });
  }

  /** Users or testers reach the candidate. */
  private isServing(): boolean {
    const { plan, position, weight } = this.run.state;
    const reached = plan.steps.slice(0, position).findLast((step) => step.kind === 'shift');
    return weight > 0 || (reached?.kind === 'shift' && reached.headerRoute !== null);
  }

  private begin(start: () => void): void {
    this.scope?.cancel();
    this.scope = new CancellationScope();
    void this.scope.run(async () => start());
  }

  private migrate(step: Extract<Step, { kind: 'migrate' }>, epoch: number): Promise<void> {
    const { target, platform, candidate, workload, n } = this.input;
    const { migration, title } = step;
    const { runMigration } = actuateOn(platform, migration.deadlineMs);
    return runMigration.executeWithOptions({ summary: title }, [
      {
        ...{ target, platform, candidate, workload, migration },
        subject: this.run.rolloutId,
        fence: { rollout: n, sequence: epoch },
        reason: title,
      },
    ]);
  }

  private shift(step: Extract<Step, { kind: 'shift' }>, epoch: number): Promise<void> {
    const { target, platform, stable, candidate, workload, n, plan, health } = this.input;
    const { instances, weight, headerRoute, mirror } = step;
    const input = {
      ...{ target, platform, stable, candidate, workload, instances, weight, headerRoute },
      subject: this.run.rolloutId,
      fence: { rollout: n, sequence: epoch },
      maxRestarts: health.maxRestarts,
      ...(mirror !== undefined && { mirror }),
      preflight: plan.strategy !== 'switchBack',
      reason: step.title,
    };
    const { shiftTraffic } = actuateOn(platform, plan.timing.progressDeadlineMs);
    return shiftTraffic.executeWithOptions({ summary: step.title }, [input]);
  }

  private promote(epoch: number): Promise<void> {
    const { target, platform, candidate, n, plan } = this.input;
    const { promoteCandidate } = actuateOn(platform, plan.timing.progressDeadlineMs);
    const fence = { rollout: n, sequence: epoch };
    const reason = this.run.grounds();
    return promoteCandidate.executeWithOptions({ summary: `${candidate.version} becomes stable` }, [
      { target, platform, candidate, subject: this.run.rolloutId, fence, reason },
    ]);
  }

  /** A short watch beside the present one, which ends with its step; only what it finds wrong counts. */
  lookClosely(why: string): void {
    const { epoch, weight } = this.run.state;
    const { health } = this.input;
    const intervalMs = Math.min(health.intervalMs, closeIntervalMs);
    void this.scope?.run(async () => {
      const watched = this.look(closeLook, weight, { ...health, intervalMs }, why);
      watched.then(
        (watched) => {
          const { kind, reason } = watched.verdict;
          if (kind === 'fail') this.judged(watched, epoch);
          else this.run.note(`${why}: ${reason}`);
        },
        (error: unknown) => {
          if (!isCancellation(error)) this.run.note(`${why}: ${innermostMessage(error)}`);
        },
      );
    });
  }

  private write(
    epoch: number,
    written: Promise<void>,
    deadlineMs = this.input.plan.timing.progressDeadlineMs,
  ): void {
    written.then(
      () => this.run.hear({ kind: 'written', epoch }),
      (error: unknown) => this.giveUp(error, epoch, deadlineMs),
    );
  }

  private watch(window: WatchWindow, weight: number, epoch: number): void {
    const { candidate, health } = this.input;
    const mirror = mirrorOf(this.run.state);
    const time =
      window.until === 'resumed' ? 'until it goes on' : `for ${formatDuration(window.minimumMs)}`;
    const at = mirror === null ? `${weight} %` : `copies of ${mirror} % of the requests`;
    const summary = `watch ${candidate.version} at ${at} ${time}`;
    this.look(window, weight, health, summary).then(
      (watched) => {
        this.seen = watched.seen;
        this.judged(watched, epoch);
      },
      (error: unknown) => this.loseSight(error, epoch),
    );
  }

  private look(
    window: WatchWindow,
    share: number,
    health: HealthPolicy,
    summary: string,
  ): Promise<WatchResult> {
    const { target, platform, stable, candidate, fresh, plan } = this.input;
    const mirror = mirrorOf(this.run.state);
    const weight = mirror ?? share;
    const longestMs =
      window.maximumMs === null
        ? forEverMs
        : window.maximumMs + plan.timing.progressDeadlineMs + 60_000;
    return watchWith(longestMs).watchHealth.executeWithOptions({ summary }, [
      {
        ...{ target, platform, weight, window, health, fresh, seen: this.seen },
        ...(mirror !== null && { mirrored: true as const }),
        subject: this.run.rolloutId,
        candidate: revisionName(candidate),
        stable: stable && revisionName(stable),
        reason: summary,
      },
    ]);
  }

  private judged({ verdict, evidenceRef }: WatchResult, epoch: number): void {
    if (epoch === this.run.state.epoch) Object.assign(this.run, { verdict, evidenceRef });
    const { kind, undecided, reason } = verdict;
    this.run.hear({ kind: 'judged', epoch, verdict: kind, undecided, reason, evidenceRef });
  }

  /** An analysis that breaks has seen nothing: that is no evidence for either side. */
  private loseSight(error: unknown, epoch: number): void {
    if (isCancellation(error)) return;
    const reason = `the analysis did not come to an end: ${innermostMessage(error)}`;
    this.run.hear({
      kind: 'judged',
      epoch,
      verdict: 'inconclusive',
      undecided: 'noData',
      reason,
      evidenceRef: null,
    });
  }

  private check(step: Extract<Step, { kind: 'smoke' | 'webhook' }>, epoch: number): void {
    const { target, platform, candidate, stable, requestedBy } = this.input;
    const { rolloutId } = this.run;
    const patience = step.kind === 'smoke' ? step.smoke : step.webhook;
    const activities = checkWith(patience);
    const common = { subject: rolloutId, reason: step.title };
    const answer =
      step.kind === 'smoke'
        ? activities.runSmokeTest.executeWithOptions({ summary: step.title }, [
            { ...common, target, platform, revision: revisionName(candidate), smoke: step.smoke },
          ])
        : activities.askWebhook.executeWithOptions({ summary: step.title }, [
            {
              ...common,
              webhook: step.webhook,
              question: {
                rolloutId,
                target,
                candidate,
                stable,
                weight: this.run.state.weight,
                requestedBy,
              },
            },
          ]);
    answer.then(
      ({ passed, reason }) => this.run.hear({ kind: 'answered', epoch, passed, reason }),
      (error: unknown) => this.giveUp(error, epoch, this.input.plan.timing.progressDeadlineMs),
    );
  }

  private giveUp(error: unknown, epoch: number, deadlineMs: number): void {
    if (isCancellation(error)) return;
    const deadline = isDeadline(error);
    const reason = deadline ? this.lateness(error, deadlineMs) : innermostMessage(error);
    this.run.hear({ kind: 'failed', epoch, deadline, reason });
  }

  /** What was not done in time, and the last trouble it had when that is known. */
  private lateness(error: unknown, deadlineMs: number): string {
    const { plan, position } = this.run.state;
    const step = plan.steps[position]?.title ?? 'the step';
    const last = innermostError(error);
    const trouble = last instanceof ApplicationFailure ? `: ${last.message}` : '';
    return `not done within ${formatDuration(deadlineMs)}: ${step}${trouble}`;
  }
}

/** The time allowed is over, or what is left of it is too short for another attempt. */
function isDeadline(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT';
}
