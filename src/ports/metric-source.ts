/** Reads raw request counters of revisions, never rates. */
import type { RevisionPlace } from '../domain/analysis/counter-dialect.js';
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

/** One that keeps connections, and belongs to a platform that names its revisions. */
export interface ConnectedMetricSource extends MetricSource {
  close(): Promise<void>;
}

/**
 * What revisions are called in their cluster, in the order asked.
 * @param withDeployments their Deployments too, which takes a question to the cluster
 */
export type RevisionPlaces = (
  target: TargetKey,
  revisions: readonly string[],
  withDeployments: boolean,
) => Promise<readonly RevisionPlace[]>;

export type ConnectMetrics = (places: RevisionPlaces) => ConnectedMetricSource;
