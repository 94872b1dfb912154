/** What a verdict was measured by, out of its record: where the counters were read, over which time, and what each look added. */
import type { EvidenceRecord } from './replay.js';
import { isMissed, type RevisionCounters } from './sample.js';
import { growSide, type SideMark } from './side-counters.js';

export interface MeasuredSide {
  readonly requests: number;
  readonly errors: number;
}

export interface Measured {
  /** Address or query, as a person could ask it again; null: the platform counts itself. */
  readonly query: string | null;
  readonly stableQuery: string | null;
  /** Time of the step's first look at its weight, or of the oldest look that is kept. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The candidate's share of traffic, per cent. */
  readonly weight: number;
  /** Looks that are kept; `missed` of them failed. */
  readonly looks: number;
  readonly missed: number;
  /** The newest looks, oldest first: what each added. */
  readonly points: readonly {
    readonly atMs: number;
    readonly candidate: MeasuredSide;
    readonly stable: MeasuredSide | null;
  }[];
}

const mostPoints = 40;

export function measuredBy({ observations, from, weight, verdict }: EvidenceRecord): Measured {
  const seen = observations.flatMap((one) => (isMissed(one) ? [] : [one]));
  const newest = seen.at(-1);
  const candidate = growth();
  const stable = growth();
  const points = seen.map((one) => ({
    atMs: one.atMs,
    candidate: candidate(one.candidate),
    stable: one.stable === null ? null : stable(one.stable),
  }));
  return {
    query: newest?.candidate.source ?? from.source ?? null,
    stableQuery: newest?.stable?.source ?? null,
    fromMs: from.window?.startedAtMs ?? observations[0]?.atMs ?? verdict.atMs,
    toMs: newest?.atMs ?? verdict.atMs,
    weight,
    looks: observations.length,
    missed: observations.length - seen.length,
    // The first look that is kept says where counting stood and not what it added.
    points: points.slice(1).slice(-mostPoints),
  };
}

function growth(): (counters: RevisionCounters) => MeasuredSide {
  let marks: readonly SideMark[] | null = null;
  return (counters) => {
    const grown = growSide(marks ?? [], counters, [], marks === null ? 'wait' : 'count');
    marks = grown.marks;
    const sum = { requests: 0, errors: 0 };
    for (const { requests, errors } of grown.growth) {
      sum.requests += requests;
      sum.errors += errors;
    }
    return sum;
  };
}
