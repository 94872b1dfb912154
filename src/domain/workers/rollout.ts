/** How a version of Sluice's own workers is rolled out: step by step, and back at the first workflow task that it fails. */
import type { TaskProblem } from './deployment.js';
import { describeProblem } from './deployment.js';

export interface WorkerRolloutInput {
  readonly deploymentName: string;
  readonly buildId: string;
  /** What it takes over from, and what is led back to; null: workers without a version. */
  readonly from: string | null;
  /** Shares of what begins or goes on, in percent, rising; the last is 100. */
  readonly steps: readonly number[];
  /** How long each of them is looked at. */
  readonly holdMs: number;
  readonly actor: string;
  readonly reason: string;
}

export interface WorkerRolloutResult {
  readonly outcome: 'rolledOut' | 'rolledBack';
  readonly reason: string;
  /** What decided, at most ten. */
  readonly problems: readonly TaskProblem[];
}

export interface WorkerRolloutView {
  readonly input: WorkerRolloutInput;
  /** Present share in percent. */
  readonly percentage: number;
  readonly result: WorkerRolloutResult | null;
}

/** Somebody led workers back by hand. */
export interface WorkersLedBack {
  readonly deploymentName: string;
  /** That gets nothing new any more. */
  readonly buildId: string;
  /** That gets everything; null: workers without a version. */
  readonly from: string | null;
  readonly actor: string;
  readonly reason: string;
  /** Workflows that were stuck, and were given to it. */
  readonly rescued: readonly string[];
}

/** The rollout under way, or else the last one. */
export interface LastWorkerRollout {
  readonly isRunning: boolean;
  readonly buildId: string;
  readonly from: string | null;
}

export const defaultSteps = [10, 50, 100] as const;

/** Of all workers together, so that one version is rolled out at a time. */
export function workersWorkflowId(deploymentName: string): string {
  return `workers:${deploymentName}`;
}

/** What was seen while a step was looked at. */
export interface StepReading {
  readonly problems: readonly TaskProblem[];
  /** Queues that nobody of the new version polls. */
  readonly missing: readonly string[];
}

/** Null: go on. A version that fails one task has failed: a correct one fails none. */
export function reasonToGoBack({ problems, missing }: StepReading): string | null {
  const [first] = problems;
  if (first !== undefined) {
    const more = problems.length === 1 ? '' : `, and ${problems.length - 1} more`;
    return `${describeProblem(first)}${more}`;
  }
  return missing.length === 0 ? null : `nobody polls ${missing.join(', ')}`;
}
