/** An instance that only pretends: its state and counters, as tests set them. */
import type { InstanceCounters } from '../../domain/analysis/sample.js';
import type { Revision } from '../../domain/rollout/revision.js';
import type { InstanceStatus, RevisionStatus } from '../../domain/rollout/workload.js';

/** The edges that the playground uses, milliseconds. */
const edgesMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

export interface MemoryInstance {
  readonly id: string;
  state: InstanceStatus['state'];
  probeFailures: number;
  reason: string | null;
  /** When it becomes ready by itself; null when it never does. */
  readyAtMs: number | null;
  requests: number;
  errors: number;
  readonly latenciesMs: number[];
  /** When each request that is not answered was sent. */
  sentAtMs: number[];
}

export interface MemoryRevision {
  readonly name: string;
  readonly revision: Revision;
  restarts: number;
  instances: MemoryInstance[];
}

let started = 0;

export function newInstance(revision: string, nowMs: number, startMs: number): MemoryInstance {
  started += 1;
  return {
    id: `${revision}-${started}`,
    state: startMs === 0 ? 'ready' : 'starting',
    probeFailures: 0,
    reason: null,
    readyAtMs: nowMs + startMs,
    requests: 0,
    errors: 0,
    latenciesMs: [],
    sentAtMs: [],
  };
}

export function statusOf(revision: MemoryRevision): RevisionStatus {
  return {
    name: revision.name,
    ...revision.revision,
    desiredInstances: revision.instances.length,
    instances: revision.instances.map(({ id, state, probeFailures, reason }) => {
      return { id, state, url: `memory://${id}`, probeFailures, reason };
    }),
    restarts: revision.restarts,
  };
}

export function countersOf(instance: MemoryInstance, nowMs: number): InstanceCounters {
  const { id, requests, errors, latenciesMs, sentAtMs } = instance;
  return {
    instance: id,
    requests,
    errors,
    buckets: edgesMs.map((leMs) => {
      return { leMs, count: latenciesMs.filter((latencyMs) => latencyMs <= leMs).length };
    }),
    inFlight: sentAtMs.length,
    inFlightOlder: edgesMs.map((overMs) => {
      return { overMs, count: sentAtMs.filter((atMs) => nowMs - atMs > overMs).length };
    }),
  };
}
