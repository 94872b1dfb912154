/** Raw counters of revisions by one direct scrape of the playground, so that no scrape interval stands in between. */
import type { InstanceCounters, RevisionCounters } from '../../domain/analysis/sample.js';
import type { TargetKey } from '../../domain/names.js';
import { countedUpTo } from '../../domain/analysis/counted-up-to.js';
import type { MetricSource } from '../../ports/metric-source.js';
import type { SharedReads } from '../../ports/shared-reads.js';
import { metricNames } from './answers.js';
import type { PlaygroundClient } from './client.js';
import type { MetricLine } from '../../domain/analysis/prometheus-text.js';
import { parsePrometheusText } from '../../domain/analysis/prometheus-text.js';

/** @param shared all targets are in what it shows: whoever watches them may share it; left out: each read asks */
export function createPlaygroundMetricSource(
  client: PlaygroundClient,
  shared?: SharedReads,
): MetricSource {
  return {
    async readCounters(target, revisions) {
      const lookedAtMs = Date.now();
      const ask = async () =>
        parsePrometheusText(await client.readMetrics(), 'playground /metrics');
      const { value: lines, beganAtMs } = (await shared?.read('/metrics', ask)) ?? {
        value: await ask(),
        beganAtMs: lookedAtMs,
      };
      const ours = lines.filter(({ labels }) => belongsTo(target, labels));
      const read = revisions.map((revision) => countersOf(revision, ours));
      return beganAtMs < lookedAtMs ? read.map((each) => countedUpTo(each, beganAtMs)) : read;
    },
  };
}

function belongsTo(target: TargetKey, labels: MetricLine['labels']): boolean {
  return (
    labels['service'] === target.service &&
    labels['environment'] === target.environment &&
    labels['region'] === (target.region ?? '')
  );
}

function countersOf(revision: string, lines: readonly MetricLine[]): RevisionCounters {
  const byInstance = new Map<string, MetricLine[]>();
  for (const line of lines) {
    if (line.labels['revision'] !== revision) continue;
    const instance = line.labels['instance'] ?? '';
    const known = byInstance.get(instance);
    if (known === undefined) byInstance.set(instance, [line]);
    else known.push(line);
  }
  return { revision, instances: [...byInstance].map(([id, own]) => instanceCounters(id, own)) };
}

function instanceCounters(instance: string, lines: readonly MetricLine[]): InstanceCounters {
  const named = (name: string) => lines.filter((line) => line.name === name);
  const sum = (some: readonly MetricLine[]) => some.reduce((total, line) => total + line.value, 0);
  const requests = named(metricNames.requests);
  /** Pairs of edge in milliseconds and count, ascending; the edge `+Inf` is the number of requests itself. */
  const edges = (name: string, edgeLabel: string) =>
    named(name)
      .filter((line) => line.labels[edgeLabel] !== '+Inf')
      .map((line) => ({ ms: Number(line.labels[edgeLabel]) * 1000, count: line.value }))
      .sort((a, b) => a.ms - b.ms);
  return {
    instance,
    requests: sum(requests),
    errors: sum(requests.filter((line) => line.labels['code']?.startsWith('5'))),
    buckets: edges(`${metricNames.duration}_bucket`, 'le').map(({ ms, count }) => ({
      leMs: ms,
      count,
    })),
    inFlight: sum(named(metricNames.inFlight)),
    inFlightOlder: edges(metricNames.inFlightOlder, 'seconds').map(({ ms, count }) => ({
      overMs: ms,
      count,
    })),
  };
}
