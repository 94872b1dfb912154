/** Looks joined to as many portions as a picture can show, so that a share is of more than a handful of requests. */
import type { HistoryPoint, SideLook } from '../domain/analysis/history.js';

export interface Bin {
  /** Its middle. */
  readonly atMs: number;
  readonly candidate: SideLook;
  readonly stable: SideLook;
}

const mostBins = 90;

export function binsOf(points: readonly HistoryPoint[]): readonly Bin[] {
  const size = Math.max(1, Math.ceil(points.length / mostBins));
  const bins: Bin[] = [];
  for (let from = 0; from < points.length; from += size) {
    const part = points.slice(from, from + size);
    const [first, last] = [part[0], part.at(-1)];
    bins.push({
      atMs: ((first?.atMs ?? 0) + (last?.atMs ?? 0)) / 2,
      candidate: sum(part.map(({ candidate }) => candidate)),
      stable: sum(part.map(({ stable }) => stable)),
    });
  }
  return bins;
}

function sum(looks: readonly SideLook[]): SideLook {
  return looks.reduce(
    (all, { requests, errors, slow }) => ({
      requests: all.requests + requests,
      errors: all.errors + errors,
      slow: all.slow + slow,
    }),
    { requests: 0, errors: 0, slow: 0 },
  );
}

/** The top of the scale: the largest share of the bins that hold enough requests to mean one, at least 1 in 1000. */
export function topShare(bins: readonly Bin[], of: 'errors' | 'slow'): number {
  const sides = bins.flatMap(({ candidate, stable }) => [candidate, stable]);
  const most = Math.max(0, ...sides.map(({ requests }) => requests));
  const shares = sides
    .filter(({ requests }) => requests > 0 && requests >= most / 200)
    .map((side) => side[of] / side.requests);
  return Math.min(1, Math.max(0.001, ...shares) * 1.05);
}
