/** How long a plan takes when nothing comes up: the times that are written in it, added up. */
import type { RolloutPlan, Step } from './step.js';

export interface PredictedDuration {
  readonly atLeastMs: number;
  /** How often it waits until a person acts; nobody can say how long that takes. */
  readonly waitsForPeople: number;
}

export const noTime: PredictedDuration = { atLeastMs: 0, waitsForPeople: 0 };

/**
 * What comes before and after a rollout is told by the caller.
 * @example steps 5 % for 1m and 50 % for 2m, then 10m of soak → at least 13m
 */
export function predictRollout(
  { steps }: RolloutPlan,
  around: PredictedDuration,
): PredictedDuration {
  return [around, ...steps.map(ofStep)].reduce(plus, noTime);
}

export function plus(a: PredictedDuration, b: PredictedDuration): PredictedDuration {
  return {
    atLeastMs: a.atLeastMs + b.atLeastMs,
    waitsForPeople: a.waitsForPeople + b.waitsForPeople,
  };
}

function ofStep(step: Step): PredictedDuration {
  const window = step.kind === 'shift' || step.kind === 'watch' ? step.window : null;
  if (window === null) return noTime;
  return { atLeastMs: window.minimumMs, waitsForPeople: window.until === 'resumed' ? 1 : 0 };
}
