/** What a worker counts of its reads at metric sources: how many requests were sent, and how many were not needed. */
import { Counter, type Registry } from 'prom-client';
import { type ReadOutcome, readOutcomes } from '../ports/shared-reads.js';

/** Counts the reads of a source, by the name that its platform or its entry of `metrics` has. */
export type CountReads = (source: string) => (outcome: ReadOutcome) => void;

export function createReadMetrics(registry: Registry): CountReads {
  const reads = new Counter({
    name: 'sluice_metric_reads_total',
    help: 'Reads of metric sources by this worker; only asked and failed were requests',
    labelNames: ['source', 'outcome'],
    registers: [registry],
  });
  return (source) => {
    // What begins at 0 shows its first event as an increase.
    for (const outcome of readOutcomes) reads.inc({ source, outcome }, 0);
    return (outcome) => reads.inc({ source, outcome });
  };
}
