/** Recomputes a recorded verdict from its own samples and says where the two differ. */
import { canonicalJson } from '../canonical-json.js';
import type { Replacement } from './comparison.js';
import type { HealthPolicy } from './health-policy.js';
import { recomputeVerdict } from './judge.js';
import type { Observation } from './sample.js';
import type { Verdict } from './verdict.js';
import type { WatchState } from './watch.js';

/** What a watch keeps of a verdict; further fields, such as the target, say whose it is. */
export interface EvidenceRecord {
  /** Workflow id of the rollout, or of the release while it soaked. */
  readonly subject: string;
  readonly candidate: string;
  readonly stable: string | null;
  readonly weight: number;
  readonly health: HealthPolicy;
  /** What had been seen before the first of the observations, its window open. */
  readonly from: WatchState;
  readonly observations: readonly Observation[];
  /** The instance that was replaced after one of them; absent: none was. */
  readonly replaced?: Replacement;
  readonly verdict: Verdict;
}

export interface Difference {
  /** @example 'evidence[0].bad' */
  readonly path: string;
  /** As JSON; `nothing` where one has no such field. */
  readonly recorded: string;
  readonly recomputed: string;
}

export interface Replay {
  readonly recorded: Verdict;
  /** Null: from these samples there would have been no verdict yet. */
  readonly recomputed: Verdict | null;
  /** Bit for bit, numbers included. */
  readonly equal: boolean;
  readonly differences: readonly Difference[];
}

/** The verdict is a pure function of the record: equal, unless the record or the judge is another one. */
export function replayRecord(record: EvidenceRecord): Replay {
  const { observations, from, health, verdict, replaced } = record;
  const recomputed = recomputeVerdict(observations, from, [], health, verdict.atMs, replaced);
  const differences = differencesBetween(verdict, recomputed, '');
  return { recorded: verdict, recomputed, equal: differences.length === 0, differences };
}

function differencesBetween(recorded: unknown, recomputed: unknown, path: string): Difference[] {
  if (canonicalJson(recorded) === canonicalJson(recomputed)) return [];
  if (isBranch(recorded) && isBranch(recomputed)) {
    const isList = Array.isArray(recorded) || Array.isArray(recomputed);
    const keys = new Set([...Object.keys(recorded), ...Object.keys(recomputed)]);
    return [...keys].flatMap((key) => {
      const step = isList ? `[${key}]` : `${path === '' ? '' : '.'}${key}`;
      return differencesBetween(recorded[key], recomputed[key], `${path}${step}`);
    });
  }
  const textOf = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return [
    {
      path: path === '' ? 'verdict' : path,
      recorded: textOf(recorded),
      recomputed: textOf(recomputed),
    },
  ];
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
