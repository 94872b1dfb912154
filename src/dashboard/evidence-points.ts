/** How the evidence of a watch grew: from looks as they come, and from the samples that were kept of one that is over. */
import { fromLog } from '../domain/analysis/binomial-guard.js';
import { checkValues } from '../domain/analysis/check-values.js';
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import type { EvidenceRecord } from '../domain/analysis/replay.js';
import { observeRecorded } from '../domain/analysis/replacement.js';
import type { CheckName } from '../domain/analysis/verdict.js';

export interface EvidencePoint {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly checks: readonly {
    readonly check: CheckName;
    readonly eValue: number;
    readonly eLimit: number;
  }[];
}

/** With the look at its end, unless that is there already. */
export function withLook(
  points: readonly EvidencePoint[],
  { seenAtMs, checks }: WatchSummary,
): readonly EvidencePoint[] {
  if (seenAtMs === null || seenAtMs <= (points.at(-1)?.atMs ?? 0)) return points;
  return [...points, { atMs: seenAtMs, checks }];
}

/** Judged again as it was judged then; empty when the record is of another shape. */
export function pointsOfRecord(value: unknown): readonly EvidencePoint[] {
  if (!isRecord(value)) return [];
  const { from, observations, health, replaced } = value;
  let state = from;
  try {
    return observations.map((observation) => {
      state = observeRecorded(state, observation, health, replaced);
      const checks = checkValues(state, health).map(({ check, logE, logLimit }) => {
        return { check, eValue: fromLog(logE), eLimit: Math.round(fromLog(logLimit)) };
      });
      return { atMs: observation.atMs, checks };
    });
  } catch {
    // Kept by another version: the numbers of the verdict are shown all the same.
    return [];
  }
}

function isRecord(value: unknown): value is EvidenceRecord {
  return typeof value === 'object' && value !== null && 'observations' in value && 'from' in value;
}
