/** From rows of counts to looks at both sides. */
import type { HealthSample, InstanceCounters } from '../domain/analysis/sample.js';

/** One instance at one time. */
export interface Row {
  readonly atMs: number;
  readonly side: 'candidate' | 'stable';
  readonly instance: string;
  readonly requests: number;
  readonly errors: number;
  /** Answered within each edge, cumulative over edges. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
}

/** A look at counters alone: platform and weight are not known of the past. */
export function lookOf(
  atMs: number,
  candidate: readonly InstanceCounters[],
  stable: readonly InstanceCounters[],
): HealthSample {
  return {
    atMs,
    candidate: { revision: 'candidate', instances: candidate },
    stable: { revision: 'stable', instances: stable },
    candidateInstances: [],
    candidateRestarts: 0,
    weight: null,
  };
}

/** One look for each time, ascending. Increases become counters that begin at zero one look before the first. */
export function samplesOf(
  rows: readonly Row[],
  values: 'counters' | 'increases',
): readonly HealthSample[] {
  const times = [...new Set(rows.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  const byTime = new Map<number, Row[]>(times.map((atMs) => [atMs, []]));
  for (const row of rows) byTime.get(row.atMs)?.push(row);
  if (values === 'counters') return times.map((atMs) => look(atMs, byTime.get(atMs) ?? []));
  const sums = new Map<string, Row>();
  for (const row of rows) sums.set(keyOf(row), emptied(row));
  const [first = 0, second = first + 1000] = times;
  const before = first - (second - first);
  return [
    look(before, [...sums.values()]),
    ...times.map((atMs) => {
      for (const row of byTime.get(atMs) ?? []) {
        const sum = sums.get(keyOf(row));
        if (sum !== undefined) sums.set(keyOf(row), plus(sum, row));
      }
      return look(atMs, [...sums.values()]);
    }),
  ];
}

function look(atMs: number, rows: readonly Row[]): HealthSample {
  const of = (side: Row['side']) =>
    rows
      .filter((row) => row.side === side)
      .map(({ instance, requests, errors, buckets }): InstanceCounters => {
        return { instance, requests, errors, buckets, inFlight: 0, inFlightOlder: [] };
      });
  return lookOf(atMs, of('candidate'), of('stable'));
}

function keyOf({ side, instance }: Row): string {
  return `${side} ${instance}`;
}

function emptied(row: Row): Row {
  const buckets = row.buckets.map(({ leMs }) => ({ leMs, count: 0 }));
  return { ...row, requests: 0, errors: 0, buckets };
}

function plus(sum: Row, row: Row): Row {
  return {
    ...sum,
    requests: sum.requests + row.requests,
    errors: sum.errors + row.errors,
    buckets: sum.buckets.map(({ leMs, count }, n) => {
      return { leMs, count: count + (row.buckets[n]?.count ?? 0) };
    }),
  };
}
