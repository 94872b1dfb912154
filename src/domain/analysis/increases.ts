/** From cumulative counters per instance to what one look adds, so that nothing is counted twice or lost by a reset. */
import type { HealthPolicy } from './health-policy.js';
import type { InstanceCounters, RevisionCounters } from './sample.js';

/** The highest values counted so far of one instance. */
export interface SeenInstance {
  readonly instance: string;
  readonly requests: number;
  readonly errors: number;
  /** Against the limit that rolls back. */
  readonly late: SeenLatency;
  /** Against the limit for success. */
  readonly slack: SeenLatency;
  /** Up to when that counts, where it is told. */
  readonly asOfMs?: number;
}

interface SeenLatency {
  readonly fast: number;
  /** Completed slower than the edge, and in flight for longer than it. */
  readonly slow: number;
}

/** What one look adds over all instances. */
export interface Increase {
  readonly requests: number;
  readonly errors: number;
  readonly late: SeenLatency;
  readonly slack: SeenLatency;
  /** Sent and unanswered; of those: not yet older than each latency limit. */
  readonly inFlight: number;
  readonly inFlightYoung: { readonly late: number; readonly slack: number };
}

/** Instances that are not reported any more are remembered up to this number: a scrape may leave one out and bring it back. */
const rememberedAbsent = 10;

/** The smallest histogram edge at or above the limit: there slower than the edge is surely slower than the limit. Null: none. */
function edgeFor(counters: InstanceCounters, limitMs: number): number | null {
  return counters.buckets.find(({ leMs }) => leMs >= limitMs)?.leMs ?? null;
}

/**
 * Requests in flight for longer than the edge are slow already, and stay so when they complete: their sum with the
 * completed slow ones moves by nothing then. Without an edge everything completed counts as fast; the judge says so.
 */
function latencyOf(counters: InstanceCounters, limitMs: number): SeenLatency {
  const edge = edgeFor(counters, limitMs);
  if (edge === null) return { fast: counters.requests, slow: 0 };
  const fast = counters.buckets.find(({ leMs }) => leMs === edge)?.count ?? 0;
  return {
    fast: Math.min(fast, counters.requests),
    slow: Math.max(0, counters.requests - fast) + olderThan(counters, edge),
  };
}

function olderThan(counters: InstanceCounters, edge: number | null): number {
  return counters.inFlightOlder.find(({ overMs }) => overMs === edge)?.count ?? 0;
}

function seenOf(counters: InstanceCounters, policy: HealthPolicy): SeenInstance {
  return {
    instance: counters.instance,
    requests: counters.requests,
    errors: Math.min(counters.errors, counters.requests),
    late: latencyOf(counters, policy.latencyP95.rollBackAboveMs),
    slack: latencyOf(counters, policy.latencyP95.succeedBelowMs),
    ...(counters.asOfMs === undefined ? {} : { asOfMs: counters.asOfMs }),
  };
}

const nothing: SeenLatency = { fast: 0, slow: 0 };

/** A request in flight may vanish when its client hangs up, so marks never go down without a reset. */
function markOf(seen: SeenLatency, now: SeenLatency): SeenLatency {
  return { fast: Math.max(seen.fast, now.fast), slow: Math.max(seen.slow, now.slow) };
}

function grownBy(seen: SeenLatency, now: SeenLatency): SeenLatency {
  return { fast: now.fast - seen.fast, slow: now.slow - seen.slow };
}

function plus(a: SeenLatency, b: SeenLatency): SeenLatency {
  return { fast: a.fast + b.fast, slow: a.slow + b.slow };
}

/**
 * The increase since `seen`, and what has been seen now. A counter of completed requests that runs backwards began
 * anew from zero; an instance not seen before counts from zero too. What is older than what was seen says nothing:
 * of two stores that scrape the same instance, each answers at times, and the one behind must not pass for a reset.
 */
export function increaseSince(
  seen: readonly SeenInstance[],
  counters: RevisionCounters,
  policy: HealthPolicy,
): { readonly increase: Increase; readonly seen: readonly SeenInstance[] } {
  const before = new Map(seen.map((entry) => [entry.instance, entry]));
  const present: SeenInstance[] = [];
  let requests = 0;
  let errors = 0;
  let late = nothing;
  let slack = nothing;
  let inFlight = 0;
  const young = { late: 0, slack: 0 };
  for (const instance of counters.instances) {
    const now = seenOf(instance, policy);
    const known = before.get(instance.instance);
    if (known !== undefined && (now.asOfMs ?? Infinity) < (known.asOfMs ?? 0)) {
      before.delete(instance.instance);
      present.push(known);
      continue;
    }
    const goesOn =
      known !== undefined && now.requests >= known.requests && now.errors >= known.errors;
    const from = goesOn ? known : { requests: 0, errors: 0, late: nothing, slack: nothing };
    const marks = {
      ...now,
      late: markOf(from.late, now.late),
      slack: markOf(from.slack, now.slack),
    };
    before.delete(instance.instance);
    present.push(marks);
    requests += now.requests - from.requests;
    errors += now.errors - from.errors;
    late = plus(late, grownBy(from.late, marks.late));
    slack = plus(slack, grownBy(from.slack, marks.slack));
    const { latencyP95 } = policy;
    inFlight += instance.inFlight;
    young.late += youngOf(instance, edgeFor(instance, latencyP95.rollBackAboveMs));
    young.slack += youngOf(instance, edgeFor(instance, latencyP95.succeedBelowMs));
  }
  const absent = [...before.values()].slice(-rememberedAbsent);
  return {
    increase: { requests, errors, late, slack, inFlight, inFlightYoung: young },
    seen: [...absent, ...present],
  };
}

function youngOf(counters: InstanceCounters, edge: number | null): number {
  return Math.max(0, counters.inFlight - olderThan(counters, edge));
}

/** Edges counted at, and whether some instance with traffic has no edge for a limit. */
export interface EdgesSeen {
  readonly lateMs: number | null;
  readonly slackMs: number | null;
  readonly missing: boolean;
}

export function edgesOf(counters: RevisionCounters, policy: HealthPolicy): EdgesSeen | null {
  const { rollBackAboveMs, succeedBelowMs } = policy.latencyP95;
  const withTraffic = counters.instances.filter(
    ({ requests, inFlight }) => requests + inFlight > 0,
  );
  if (withTraffic.length === 0) return null;
  const late = withTraffic.map((instance) => edgeFor(instance, rollBackAboveMs));
  const slack = withTraffic.map((instance) => edgeFor(instance, succeedBelowMs));
  const largest = (edges: readonly (number | null)[]): number | null =>
    edges.reduce((most, edge) => (edge !== null && edge > (most ?? 0) ? edge : most), null);
  return {
    lateMs: largest(late),
    slackMs: largest(slack),
    missing: late.includes(null) || slack.includes(null),
  };
}
