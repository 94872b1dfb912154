/** Where a rollout stands: the whole of what its next decision depends on, besides the event. */
import type { HealthPolicy } from '../analysis/health-policy.js';
import type { RollbackCause, RolloutOutcome } from './outcome.js';
import type { RolloutPlan, Step, WatchWindow } from './step.js';

export interface RolloutState {
  readonly plan: RolloutPlan;
  readonly health: Pick<HealthPolicy, 'onInconclusive' | 'onNoData'>;
  /** Index of the step that is being done. */
  readonly position: number;
  /**
   * Counts everything that was begun; an event that answers something older is late and changes nothing.
   * It is also the sequence of the fence, so a late write is refused by the platform.
   */
  readonly epoch: number;
  readonly mode: 'forward' | 'rollingBack' | 'ended';
  /** The write of the step is confirmed by the platform (steps that do not write: from the start). */
  readonly written: boolean;
  /** The analysis of the step has passed (steps without one: from the start). */
  readonly judged: boolean;
  readonly paused: { readonly actor: string; readonly reason: string } | null;
  /** Waits for a person, and why. */
  readonly holding: string | null;
  /** Candidate's share of traffic as last confirmed or asked for, whichever is larger. */
  readonly weight: number;
  /** Everything left is done without waiting or judging. */
  readonly full: boolean;
  readonly cause: RollbackCause | null;
  readonly outcome: RolloutOutcome | null;
}

export type RolloutEvent =
  /** The platform confirmed the step's write by read-back. */
  | { readonly kind: 'written'; readonly epoch: number }
  | {
      readonly kind: 'judged';
      readonly epoch: number;
      readonly verdict: 'pass' | 'fail' | 'inconclusive';
      readonly undecided: 'doubt' | 'noData' | null;
      readonly reason: string;
      readonly evidenceRef: string | null;
    }
  /** Answer of a smoke test or webhook gate. */
  | {
      readonly kind: 'answered';
      readonly epoch: number;
      readonly passed: boolean;
      readonly reason: string;
    }
  /** The step's write or check was given up. */
  | {
      readonly kind: 'failed';
      readonly epoch: number;
      readonly deadline: boolean;
      readonly reason: string;
    }
  | { readonly kind: 'pause'; readonly actor: string; readonly reason: string }
  | { readonly kind: 'resume' }
  | { readonly kind: 'promote' }
  | { readonly kind: 'promoteFull' }
  | { readonly kind: 'turnBack'; readonly cause: RollbackCause }
  /** The platform confirmed that all traffic is on stable again. */
  | { readonly kind: 'restored' };

/** What the workflow does next; it switches on this exhaustively and adds nothing of its own. */
export type RolloutDecision =
  | { readonly kind: 'perform'; readonly step: Step }
  /** Go on watching at the present weight while somebody is waited for. */
  | { readonly kind: 'watch'; readonly window: WatchWindow }
  | { readonly kind: 'wait' }
  | { readonly kind: 'rollBack'; readonly cause: RollbackCause }
  | { readonly kind: 'end'; readonly outcome: RolloutOutcome };

export interface Transition {
  readonly state: RolloutState;
  readonly decision: RolloutDecision;
}

/** Per cent of the requests that are copied to the candidate where the rollout stands; null: none are. */
export function mirrorOf({ plan, position, mode }: RolloutState): number | null {
  if (mode !== 'forward') return null;
  const reached = plan.steps.slice(0, position + 1).findLast((step) => step.kind === 'shift');
  return reached?.kind === 'shift' ? (reached.mirror ?? null) : null;
}

export function currentStep(state: RolloutState): Step {
  const step = state.plan.steps[state.position];
  if (!step) throw new RangeError(`step ${state.position} of ${state.plan.steps.length}`);
  return step;
}
