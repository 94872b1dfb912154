/** The candidate's increases over the last while, as a windowed rate in a store of metrics sees them. */
import { type Interval, noIncrease, type SideIncrease, sumOfSides } from './interval.js';

/** JSON-serialisable; at most 60 entries, whatever the time between looks. */
export interface RateWindow {
  /** Oldest first. */
  readonly entries: readonly RateEntry[];
  /** The newest look had counters of the candidate, and one request is counted: before it, a store has no series. */
  readonly hasSeries: boolean;
  /** Why the newest look failed; null when it saw something. */
  readonly missed: string | null;
  readonly edgesMs: readonly number[];
}

interface RateEntry {
  readonly atMs: number;
  readonly side: SideIncrease;
}

/** What the look added is merged in pieces of so small a part of the window. */
const piecesPerWindow = 60;

export function beginRateWindow(): RateWindow {
  return { entries: [], hasSeries: false, missed: null, edgesMs: [] };
}

/** @param lengthMs the longest window that will be asked for */
export function addToWindow(window: RateWindow, interval: Interval, lengthMs: number): RateWindow {
  const { atMs, candidate, missed, edgesMs } = interval;
  if (missed !== undefined) return { ...window, missed };
  const pieceMs = Math.max(1, lengthMs / piecesPerWindow);
  const kept = window.entries.filter((entry) => entry.atMs > atMs - lengthMs);
  const last = kept.at(-1);
  const side = candidate ?? noIncrease;
  const isSamePiece =
    last !== undefined && Math.floor(last.atMs / pieceMs) === Math.floor(atMs / pieceMs);
  return {
    entries: isSamePiece
      ? [...kept.slice(0, -1), { atMs, side: sumOfSides(last.side, side) }]
      : [...kept, { atMs, side }],
    hasSeries: candidate !== null && (window.hasSeries || candidate.requests > 0),
    missed: null,
    edgesMs: edgesMs ?? window.edgesMs,
  };
}

/** What the candidate did in the last `lengthMs` before `nowMs`. */
export function sumOverWindow(
  { entries }: RateWindow,
  lengthMs: number,
  nowMs: number,
): SideIncrease {
  let sum = noIncrease;
  for (const { atMs, side } of entries) if (atMs > nowMs - lengthMs) sum = sumOfSides(sum, side);
  return sum;
}
