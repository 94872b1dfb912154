/** The limits a candidate is held to, and what happens when the evidence does not decide. */
import type { SeriesMetric } from '../series/series.js';
import type { NamedJudge } from './alternatives/named-judge.js';
import { type ComparisonPolicy, defaultComparison } from './comparison-policy.js';

/** `rollBack` at once, `hold` for a person, or `advance` with the doubt on record. */
export type UndecidedPolicy = 'rollBack' | 'hold' | 'advance';

export interface HealthPolicy {
  readonly errorRate: {
    /** Share of failed requests (0–1) that must not be exceeded: evidence above it rolls back. */
    readonly rollBackAbove: number;
    /** Share (0–1) below which a step succeeds: evidence above it holds the step. */
    readonly succeedBelow: number;
  };
  readonly latencyP95: {
    readonly rollBackAboveMs: number;
    readonly succeedBelowMs: number;
  };
  /** More failed health probes in a row of one instance than this roll back. */
  readonly maxProbeFailures: number;
  /** More unexpected exits of the candidate's instances than this roll back. */
  readonly maxRestarts: number;
  /** A step that saw fewer requests of the candidate than this has no verdict yet. */
  readonly minimumRequests: number;
  /** Time between two looks at the counters. */
  readonly intervalMs: number;
  /** Evidence against success, but not enough for rollback, at a step's deadline. */
  readonly onInconclusive: UndecidedPolicy;
  /** No traffic or no data until a step's deadline. */
  readonly onNoData: UndecidedPolicy;
  /** Absent: the candidate is held to the limits alone. */
  readonly comparison?: ComparisonPolicy;
  /** A judge by name, in place of the comparison and of the limits of success; the limits that roll back stay. */
  readonly judge?: NamedJudge;
  /** Measured series that are compared with stable; absent: none. */
  readonly series?: readonly SeriesMetric[];
}

/** The founding documents' numbers. */
export const defaultHealthPolicy: HealthPolicy = {
  errorRate: { rollBackAbove: 0.05, succeedBelow: 0.01 },
  latencyP95: { rollBackAboveMs: 1000, succeedBelowMs: 500 },
  maxProbeFailures: 3,
  maxRestarts: 2,
  minimumRequests: 1,
  intervalMs: 1000,
  onInconclusive: 'hold',
  onNoData: 'hold',
  comparison: defaultComparison,
};
