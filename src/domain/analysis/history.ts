/** Runs the judge over looks of the past as it would have run then: every value of its tests, and when it would have decided. */
import { type CheckValue, checkValues } from './check-values.js';
import type { HealthPolicy } from './health-policy.js';
import { judge } from './judge.js';
import type { SideCounts } from './odds-test.js';
import type { HealthSample, RevisionCounters } from './sample.js';
import { growSide, type SideMark } from './side-counters.js';
import { sumOf } from './two-keys.js';
import type { Verdict } from './verdict.js';
import { beginWatch, observe, openWindow } from './watch.js';

/** What one look added on a side: failed, and slower than the limit (0 where no histogram tells). */
export interface SideLook {
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
}

export interface HistoryPoint {
  readonly atMs: number;
  readonly candidate: SideLook;
  readonly stable: SideLook;
  readonly checks: readonly CheckValue[];
}

export interface HistoryRun {
  readonly points: readonly HistoryPoint[];
  /** The first verdict, where the watch would have ended; null: none within the data. */
  readonly verdict: Verdict | null;
  /** First look that saw requests of the candidate, from which its time counts; null: none did. */
  readonly startedAtMs: number | null;
  /** Edge of the histogram at which `slow` is counted; null: there is none. */
  readonly slowEdgeMs: number | null;
}

export interface HistoryStep {
  /** Time of the candidate's step; null: to the last of its requests. */
  readonly forMs: number | null;
  /** May pass beyond it without a decision. */
  readonly graceMs: number;
}

/** The share of traffic is not known of the past: from the first request of the candidate to its last it has this one. */
const someWeight = 1;

/**
 * @param looks ascending in time
 * @example 1 h of stable alone, then 20 min with a candidate that fails 3 times as often → fail, with the look at which
 *   E first reached its limit; the points go on to the end, so that one sees what came of it
 */
export function judgeHistory(
  looks: readonly HealthSample[],
  { forMs, graceMs }: HistoryStep,
  policy: HealthPolicy,
): HistoryRun {
  const [first] = looks;
  const slowEdgeMs = slowEdgeOf(looks, policy);
  const sides = { candidate: beginSide(slowEdgeMs), stable: beginSide(slowEdgeMs) };
  const points: HistoryPoint[] = [];
  const { startedAtMs, endedAtMs } = trafficOf(looks);
  const minimumMs = forMs ?? endedAtMs - (startedAtMs ?? endedAtMs);
  const window = { minimumMs, maximumMs: minimumMs + graceMs, until: 'judged' } as const;
  // A candidate that had answered before the first look had a past; one that came later counts from zero.
  const isFresh = first?.candidate.instances.every(({ requests }) => requests === 0) ?? true;
  let state = openWindow(beginWatch(isFresh ? null : (first ?? null)), {
    ...window,
    weight: someWeight,
  });
  let verdict: Verdict | null = null;
  for (const look of looks) {
    const isServing = look.atMs >= (startedAtMs ?? Infinity) && look.atMs <= endedAtMs;
    const weight = isServing ? someWeight : 0;
    state = observe(state, { ...look, weight }, policy);
    verdict ??= judge(state, look.atMs, policy);
    points.push({
      atMs: look.atMs,
      candidate: sides.candidate(look.candidate),
      stable: sides.stable(look.stable ?? { revision: 'stable', instances: [] }),
      checks: checkValues(state, policy),
    });
  }
  return { points, verdict, startedAtMs, slowEdgeMs };
}

/** The first and the last look that saw more requests of the candidate than the one before. */
function trafficOf(looks: readonly HealthSample[]) {
  let marks: readonly SideMark[] = [];
  const seen: number[] = [];
  for (const [index, { atMs, candidate }] of looks.entries()) {
    const grown = growSide(marks, candidate, [], index === 0 ? 'wait' : 'count');
    marks = grown.marks;
    if (grown.growth.some(({ requests }) => requests > 0)) seen.push(atMs);
  }
  return { startedAtMs: seen[0] ?? null, endedAtMs: seen.at(-1) ?? 0 };
}

function slowEdgeOf(looks: readonly HealthSample[], { latencyP95 }: HealthPolicy): number | null {
  const sides = looks.flatMap(({ candidate, stable }) => [candidate, ...(stable ? [stable] : [])]);
  const buckets = sides.find(({ instances }) => instances.some((one) => one.buckets.length > 0));
  const edges = buckets?.instances.find((one) => one.buckets.length > 0)?.buckets ?? [];
  return edges.find(({ leMs }) => leMs >= latencyP95.rollBackAboveMs)?.leMs ?? null;
}

/** What each look adds; the first one is where counting begins. */
function beginSide(edgeMs: number | null): (counters: RevisionCounters) => SideLook {
  let marks: readonly SideMark[] | null = null;
  const edges = edgeMs === null ? [] : [edgeMs];
  return (counters) => {
    const grown = growSide(marks ?? [], counters, edges, marks === null ? 'wait' : 'count');
    marks = grown.marks;
    const { growth } = grown;
    const slow = growth.map(({ requests, within: [fast] }) => {
      return { requests, bad: fast == null ? 0 : requests - fast };
    });
    const failed: SideCounts = sumOf(
      growth.map(({ requests, errors }) => ({ requests, bad: errors })),
    );
    return { requests: failed.requests, errors: failed.bad, slow: sumOf(slow).bad };
  };
}
