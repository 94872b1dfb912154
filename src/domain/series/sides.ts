/** Asks the same of both sides of a comparison, and puts the answers together. */
import type { QueryValues, SeriesQuery } from './series.js';

export interface SideReading {
  readonly values: readonly number[];
  readonly atMs?: number;
  readonly gap?: string;
}

interface Sides {
  readonly candidate: QueryValues;
  readonly stable: QueryValues | null;
}

const nobody: SideReading = { values: [] };

/** A query for instances is not asked where there are none: an empty list would be of all, or of nothing. */
export async function readSides(
  query: SeriesQuery,
  { candidate, stable }: Sides,
  ask: (values: QueryValues) => Promise<SideReading>,
) {
  const isOfInstances = /\{\{\s*instances\s*\}\}/.test(JSON.stringify(query));
  const read = async (side: QueryValues | null) =>
    side === null || (isOfInstances && side.instances.length === 0) ? nobody : ask(side);
  const [ofCandidate, ofStable] = await Promise.all([read(candidate), read(stable)]);
  const times = [ofCandidate.atMs, ofStable.atMs].filter((atMs) => atMs !== undefined);
  const gap = ofCandidate.gap ?? ofStable.gap;
  return {
    candidate: ofCandidate.values,
    stable: ofStable.values,
    ...(times.length === 0 ? {} : { atMs: Math.min(...times) }),
    ...(gap === undefined ? {} : { gap }),
  };
}
