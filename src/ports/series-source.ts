/** Reads measured series that a user names: CPU, queue lag, conversion. */
import type { QueryValues, SeriesQuery } from '../domain/series/series.js';

/** What is compared: a side without a revision is not asked about. */
export interface SeriesContext {
  readonly candidate: QueryValues;
  /** Null before the first install. */
  readonly stable: QueryValues | null;
}

export interface SeriesReading {
  /** One value for each instance where the source tells them apart, else one; empty: there is none. Finite. */
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
  /** Epoch ms of the oldest value, where the source says it; absent: of now. */
  readonly atMs?: number;
  /** What of it the source could not look into, by its own words. */
  readonly gap?: string;
}

export interface SeriesSource {
  /**
   * The newest values of both sides.
   * @throws Unavailable naming the source and the query when it does not answer, refuses or answers with something else; InvalidInput for a query that cannot be filled in
   */
  readSeries(query: SeriesQuery, context: SeriesContext): Promise<SeriesReading>;
  /** Closes kept connections. */
  close(): Promise<void>;
}
