/**
 * Raw counters of revisions by one direct scrape of the gateway (Traefik), which counts per Service of a revision.
 * It cannot see: single pods (each revision is one pseudo-instance), requests that are sent and not answered yet,
 * and what other gateways pass on: the address must lead to one gateway process.
 */
import { request } from 'undici';
import type { InstanceCounters, RevisionCounters } from '../../domain/analysis/sample.js';
import { type MetricLine, parsePrometheusText } from '../../domain/analysis/prometheus-text.js';
import { Failure } from '../../domain/failures.js';
import type { MetricSource } from '../../ports/metric-source.js';
import { objectName } from './names.js';

const timeoutMs = 2000;
const requestsName = 'traefik_service_requests_total';
const bucketName = 'traefik_service_request_duration_seconds_bucket';
const startedName = 'process_start_time_seconds';

export interface GatewayMetricsOptions {
  readonly namespace: string;
  /** Of the gateway's Prometheus endpoint. */
  readonly url: string;
}

export function createGatewayMetrics({ namespace, url }: GatewayMetricsOptions): MetricSource {
  return {
    async readCounters(target, revisions) {
      const lines = parsePrometheusText(await scrape(url), url);
      return revisions.map((revision) =>
        revisionCounters(lines, namespace, objectName(target, revision), revision),
      );
    },
  };
}

async function scrape(url: string): Promise<string> {
  try {
    const answer = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return text;
    throw new Error(`it answered ${answer.statusCode}`);
  } catch (error) {
    const said = (error as Error).message;
    throw new Failure('Unavailable', `the gateway gives no metrics: ${said}`, { where: url });
  }
}

/** @param service name of the revision's Service */
export function revisionCounters(
  lines: readonly MetricLine[],
  namespace: string,
  service: string,
  revision: string,
): RevisionCounters {
  const label = new RegExp(`^${namespace}-${service}-http-\\d+@kubernetesgateway$`);
  const own = lines.filter(({ labels }) => label.test(labels['service'] ?? ''));
  if (own.length === 0) return { revision, instances: [] };
  // A gateway that starts anew counts from zero: that is another instance.
  const started = lines.find(({ name }) => name === startedName)?.value ?? 0;
  return { revision, instances: [counters(`${service}@${started}`, own)] };
}

function counters(instance: string, lines: readonly MetricLine[]): InstanceCounters {
  const requests = lines.filter(({ name }) => name === requestsName);
  const sum = (some: readonly MetricLine[]) => some.reduce((total, line) => total + line.value, 0);
  const byEdge = new Map<number, number>();
  for (const { name, labels, value } of lines) {
    if (name !== bucketName || labels['le'] === '+Inf') continue;
    // One line for each code, method and protocol.
    const leMs = Math.round(Number(labels['le']) * 1000);
    byEdge.set(leMs, (byEdge.get(leMs) ?? 0) + value);
  }
  return {
    instance,
    requests: sum(requests),
    errors: sum(requests.filter(({ labels }) => labels['code']?.startsWith('5'))),
    buckets: [...byEdge].map(([leMs, count]) => ({ leMs, count })).sort((a, b) => a.leMs - b.leMs),
    inFlight: 0,
    inFlightOlder: [],
  };
}
