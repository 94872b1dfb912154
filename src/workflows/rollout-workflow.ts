/** The story of one rollout: step by step to the candidate, or all the way back to stable. */
import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { Command } from '../domain/command.js';
import type { RolloutResult } from '../domain/rollout/view.js';
import { metrics } from './metric-sinks.js';
import { CommandRecords } from './record-command.js';
import { listenToAlerts } from './rollout-alerts.js';
import { RolloutEffects } from './rollout-effects.js';
import type { RolloutInput } from './rollout-messages.js';
import { RolloutRun } from './rollout-run.js';

export async function runRollout(input: RolloutInput): Promise<RolloutResult> {
  const records = new CommandRecords();
  const record = (command: string, by: Command): void => records.add(run.rolloutId, command, by);
  const run = new RolloutRun(input, record);
  const effects = new RolloutEffects(input, run);
  listenToAlerts(run, effects, record);
  run.show();

  // A cancelled workflow is an aborted rollout: it ends like any other, with all traffic on stable.
  CancellationScope.current().cancelRequested.catch(() => {
    if (run.state.mode === 'forward') run.hear({ kind: 'turnBack', cause: { kind: 'cancelled' } });
  });

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => run.pending.length > 0);
      const { decision, epoch } = run.pending.shift() as (typeof run.pending)[number];
      if (decision.kind === 'end') break;
      // Something newer was decided before this one was begun.
      if (epoch !== run.state.epoch) continue;
      switch (decision.kind) {
        case 'perform':
          effects.perform(decision.step, epoch);
          break;
        case 'watch':
          effects.keepWatching(decision.window, epoch);
          break;
        case 'rollBack':
          effects.rollBack(decision.cause, epoch);
          break;
        case 'wait':
          break;
      }
    }
    await records.settle();
    await condition(allHandlersFinished);
    const alarmed = effects.placebo();
    if (alarmed !== null) metrics.placebo(input.target, alarmed);
    const dispersion = effects.dispersion();
    return { ...resultOf(run, input.requestId), ...(dispersion === null ? {} : { dispersion }) };
  });
}

function resultOf(run: RolloutRun, requestId: string): RolloutResult {
  const { outcome, epoch } = run.state;
  if (outcome === null) throw new TypeError('a rollout ended without an outcome');
  return {
    rolloutId: run.rolloutId,
    requestId,
    outcome,
    reason: run.reason() ?? outcome,
    evidence: run.verdict?.evidence ?? [],
    evidenceRef: run.evidenceRef,
    lastSequence: epoch,
    unrecorded: run.unrecorded,
  };
}
