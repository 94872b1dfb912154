/** What one look at a target yields: raw cumulative counters and the state of the candidate's instances. */
import type { InstanceStatus } from '../rollout/workload.js';

/** Cumulative since the instance started; counters of one instance id never run backwards. */
export interface InstanceCounters {
  readonly instance: string;
  /** Requests answered, or given up on by the proxy. */
  readonly requests: number;
  /** Of those: status 5xx, refused connections and proxy time-outs. */
  readonly errors: number;
  /** Answered within `leMs`, cumulative over edges as in Prometheus; edges ascending. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
  /** Sent and not answered yet. */
  readonly inFlight: number;
  /** Of those: sent longer ago than `overMs`; the same edges as the buckets. */
  readonly inFlightOlder: readonly { readonly overMs: number; readonly count: number }[];
  /** Epoch ms up to which it counts, where a store that scrapes stands in between; absent: up to the look itself. */
  readonly asOfMs?: number;
}

export interface RevisionCounters {
  /** Revision name. */
  readonly revision: string;
  readonly instances: readonly InstanceCounters[];
  /** Address or query that was asked, as a person could ask it again. */
  readonly source?: string;
  /** What of it could not be read, and why: what is counted is true all the same, and not all there is. */
  readonly gap?: string;
  /** Counted by what divides the requests between revisions: of one it shows nothing of, nothing was answered. */
  readonly countedAtSplit?: true;
}

/** What one question for a series brought: a value for each instance of both sides, or why there is none. */
export type SeriesSeen =
  | {
      /** Epoch ms. */
      readonly askedAtMs: number;
      /** Time of the oldest value by its source, epoch ms; absent: it does not say. */
      readonly ofMs?: number;
      readonly candidate: readonly number[];
      readonly stable: readonly number[];
    }
  | { readonly missing: string };

export interface HealthSample {
  /** When it was taken, epoch milliseconds. */
  readonly atMs: number;
  readonly candidate: RevisionCounters;
  /** Null before the first install. */
  readonly stable: RevisionCounters | null;
  readonly candidateInstances: readonly InstanceStatus[];
  readonly candidateRestarts: number;
  /** Stable's instances that are ready; absent where nobody said. */
  readonly stableInstances?: number;
  /** The weight the platform says it gives the candidate now; null when it could not be read. */
  readonly weight: number | null;
  /** Answers that came since the look before, by the metric's name; absent: none came. */
  readonly series?: Readonly<Record<string, SeriesSeen>>;
  /** The weight is one of copies: stable answers every request. */
  readonly mirrored?: true;
}

/** A look at the counters that failed: no request was seen. It is told apart from seeing zero. */
export interface MissedSample {
  readonly atMs: number;
  /** What the platform itself could still say of the candidate; absent when it was silent too. */
  readonly platform?: {
    readonly candidateInstances: readonly InstanceStatus[];
    readonly candidateRestarts: number;
  };
  /** The query or address that did not answer, and how. */
  readonly missed: string;
}

export type Observation = HealthSample | MissedSample;

export function isMissed(observation: Observation): observation is MissedSample {
  return 'missed' in observation;
}
