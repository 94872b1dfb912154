/** Reads raw request counters of revisions, never rates. */
import type { RevisionCounters } from '../domain/analysis/sample.js';
import type { TargetKey } from '../domain/names.js';

export interface MetricSource {
  /**
   * Cumulative counters per instance of each named revision, in the order asked; a revision without data has no instances.
   * @throws Unavailable naming the query or address that did not answer
   */
  readCounters(
    target: TargetKey,
    revisions: readonly string[],
  ): Promise<readonly RevisionCounters[]>;
}
