/** What workflows tell their worker to count: no events of the history, so nothing here can change a replay. */
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { Verdict } from '../domain/analysis/verdict.js';
import type { TargetKey } from '../domain/names.js';
import type { RollbackCause, RolloutOutcome } from '../domain/rollout/outcome.js';
import type { RolloutPlan } from '../domain/rollout/step.js';
import type { CommandName } from '../domain/wire-names.js';

export interface RolloutEnd {
  readonly target: TargetKey;
  readonly strategy: RolloutPlan['strategy'];
  readonly outcome: RolloutOutcome;
  readonly tookMs: number;
  /** From the decision to go back until the platform confirmed it; null for one that went through. */
  readonly rollback: { readonly cause: RollbackCause['kind']; readonly tookMs: number } | null;
}

/** The SDK catches and logs what a sink throws, but waits for a promise: none of these may return one. */
export interface MetricSinks extends Sinks {
  readonly metrics: {
    judged(target: TargetKey, verdict: Verdict['kind']): void;
    ended(end: RolloutEnd): void;
    /** Stable was judged as if it were the candidate: `alarmed` is a false alarm. */
    placebo(target: TargetKey, alarmed: boolean): void;
    commanded(command: CommandName, accepted: boolean): void;
  };
}

/** Not called during replay; a workflow task that failed and is repeated counts twice. */
export const { metrics } = proxySinks<MetricSinks>();
