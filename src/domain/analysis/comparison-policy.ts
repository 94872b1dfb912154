/** How a candidate is compared with stable: what counts, how much harm is allowed, and when a step may be left early. */
import type { AllowedHarm } from './harm-bound.js';
import { falseAlarmShare } from './two-keys.js';

export interface ComparedMetric {
  /** Part of the false alarms it may cause, beside the other metrics' weights; 0: not compared. */
  readonly weight: number;
  /** Reported with all its numbers, and never acted on. */
  readonly dryRun: boolean;
}

export interface ComparisonPolicy {
  readonly errors: ComparedMetric;
  readonly latency: ComparedMetric & {
    /** So much slower than stable, as a factor, is nothing to roll back for; in steps of the histogram's edges. */
    readonly toleratedSlowdown: number;
  };
  /** With fewer requests of the candidate the comparison does not roll back. */
  readonly minimumRequests: number;
  /** With fewer instances of the candidate neither. */
  readonly minimumInstances: number;
  /** Harm below which a step is known to be safe. */
  readonly allowed: AllowedHarm;
  /** `whenSafe`: a step ends as soon as harm is known to be below what is allowed, even before its time is over. */
  readonly advance: 'atStepsEnd' | 'whenSafe';
  /** `replace`: an instance that carries all of the excess is replaced once, and the rollout goes on. */
  readonly oneBadInstance: 'rollBack' | 'replace';
  /** What the target's earlier rollouts have learnt of stable's dispersion; null: nothing. */
  readonly saved: SavedDispersion | null;
}

/** Share of healthy rollouts that one run of the tests may roll back: after a replacement there is a second run. */
export function alarmShareOf({ oneBadInstance }: ComparisonPolicy): number {
  return oneBadInstance === 'replace' ? falseAlarmShare / 2 : falseAlarmShare;
}

/** phi of dispersion.ts; null: not learnt. */
export interface SavedDispersion {
  readonly errors: number | null;
  /** The largest over the edges. */
  readonly latency: number | null;
}

export const defaultComparison: ComparisonPolicy = {
  errors: { weight: 1, dryRun: false },
  latency: { weight: 1, dryRun: false, toleratedSlowdown: 1.25 },
  minimumRequests: 1,
  minimumInstances: 1,
  allowed: { ratio: 2, difference: 0.001 },
  advance: 'atStepsEnd',
  oneBadInstance: 'rollBack',
  saved: null,
};
