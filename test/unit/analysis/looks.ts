/** Builds looks at a candidate, so that a test says only what it is about. */
import { defaultHealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import type { HealthSample, InstanceCounters } from '../../../src/domain/analysis/sample.js';
import type { InstanceStatus } from '../../../src/domain/rollout/workload.js';
import type { WatchStep } from '../../../src/domain/analysis/watch.js';

export const policy = defaultHealthPolicy;
export const edges = [100, 500, 1000, 5000];

export interface Seen {
  readonly instance?: string;
  /** Completed. */
  readonly requests?: number;
  readonly errors?: number;
  /** Of the completed: slower than 1000 ms. */
  readonly slow?: number;
  /** Of the completed: slower than 500 ms and not than 1000 ms. */
  readonly slack?: number;
  readonly inFlight?: number;
  /** Of those in flight: longer than 1000 ms. */
  readonly older?: number;
}

export function counters(
  seen: Seen = {},
  bucketEdges: readonly number[] = edges,
): InstanceCounters {
  const { instance = 'a', requests = 0, errors = 0, slow = 0, slack = 0 } = seen;
  const { inFlight = 0, older = 0 } = seen;
  const within = (leMs: number): number => {
    if (leMs >= 5000) return requests;
    if (leMs >= 1000) return requests - slow;
    return requests - slow - slack;
  };
  return {
    instance,
    requests,
    errors,
    buckets: bucketEdges.map((leMs) => ({ leMs, count: within(leMs) })),
    inFlight,
    inFlightOlder: bucketEdges.map((overMs) => ({ overMs, count: overMs <= 1000 ? older : 0 })),
  };
}

export interface LookAt {
  readonly weight?: number | null;
  readonly restarts?: number;
  readonly statuses?: readonly InstanceStatus[];
}

/** A look `atS` seconds after the start. */
export function look(
  atS: number,
  seen: Seen | readonly InstanceCounters[],
  { weight = 20, restarts = 0, statuses = [] }: LookAt = {},
): HealthSample {
  const instances = Array.isArray(seen) ? (seen as InstanceCounters[]) : [counters(seen as Seen)];
  return {
    atMs: atS * 1000,
    candidate: { revision: 'candidate', instances },
    stable: null,
    candidateInstances: statuses,
    candidateRestarts: restarts,
    weight,
  };
}

export const missedLook = (atS: number, missed = 'http://metrics did not answer') => ({
  atMs: atS * 1000,
  missed,
});

export function status(
  state: InstanceStatus['state'],
  probeFailures: number,
  id = 'a',
): InstanceStatus {
  return { id, state, url: 'http://127.0.0.1:1', probeFailures, reason: null };
}

/** A window of 5 s at weight 20, undecided until 20 s. */
export function step(given: Partial<WatchStep> = {}): WatchStep {
  return { minimumMs: 5_000, maximumMs: 20_000, until: 'judged', weight: 20, ...given };
}
