/** Raw counters of revisions out of a Prometheus: as old as its last scrape, and they say so. */
import type { CounterDialect } from '../../domain/analysis/counter-dialect.js';
import { type CounterLine, countersOf } from '../../domain/analysis/counter-series.js';
import { Failure } from '../../domain/failures.js';
import type { ConnectedMetricSource, RevisionPlaces } from '../../ports/metric-source.js';
import { type Answer, createPrometheusClient, type PrometheusOptions } from './client.js';
import { counterQuery, plainQuery, timeMark } from './counter-query.js';

/** Ages are differences of two clocks: further apart they say nothing. */
const clocksApartMs = 5000;

export interface PrometheusMetricsOptions extends PrometheusOptions {
  readonly dialect: CounterDialect;
  readonly places: RevisionPlaces;
  readonly now?: () => number;
}

/**
 * One query a look for all revisions asked. A target that Prometheus does not scrape any more is not fresh for the
 * minutes it still answers with: every instance carries the time at which it was read. One of several gateway
 * processes that Prometheus cannot scrape is missing here without a word, and comes back with all it counted.
 */
export function createPrometheusMetrics(options: PrometheusMetricsOptions): ConnectedMetricSource {
  const { dialect, places, now = Date.now } = options;
  const client = createPrometheusClient(options);
  return {
    async readCounters(target, revisions) {
      if (revisions.length === 0) return [];
      const found = await places(target, revisions, dialect.byPods);
      const named = plainQuery(dialect, found);
      const answer = await client.ask(counterQuery(dialect, found), named);
      const lines = linesOf(answer, dialect, `${client.address}: ${named}`);
      const gap = gapIn(answer, now());
      return found.map((place, index) => ({
        revision: revisions[index] ?? '',
        instances: countersOf(lines, dialect, place),
        source: `${client.address} ${plainQuery(dialect, [place])}`,
        ...(dialect.atSplit && { countedAtSplit: true as const }),
        ...(gap === null ? {} : { gap: `Prometheus ${client.address} ${gap}` }),
      }));
    },
    close: () => client.close(),
  };
}

function gapIn({ warnings, evaluatedAtMs }: Answer, nowMs: number): string | null {
  if (warnings.length > 0) return `warns: ${warnings.join('; ').slice(0, 200)}`;
  const apartMs = evaluatedAtMs === null ? 0 : evaluatedAtMs - nowMs;
  if (Math.abs(apartMs) <= clocksApartMs) return null;
  const seconds = Math.round(Math.abs(apartMs) / 1000);
  return `has a clock ${seconds} s ${apartMs > 0 ? 'ahead of' : 'behind'} ours`;
}

/** Counters with the times that came beside them. */
function linesOf({ series }: Answer, dialect: CounterDialect, where: string): CounterLine[] {
  const readAt = new Map<string, number>();
  const lines: CounterLine[] = [];
  for (const { labels, value } of series) {
    const { __name__: name = '', [timeMark.label]: mark, ...own } = labels;
    if (mark === timeMark.value) readAt.set(keyOf(own), value * 1000);
    else lines.push({ name, labels: own, value });
  }
  return lines.map((line) => {
    if (line.name !== dialect.requests) return line;
    const atMs = readAt.get(keyOf(line.labels));
    if (atMs !== undefined) return { ...line, atMs };
    throw new Failure('Unavailable', 'Prometheus does not say when it read a counter', { where });
  });
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
