/** Serves what this worker and Temporal's SDK count at one address, and whether it polls, whatever else does not answer. */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AddressInfo, createServer as createProbe } from 'node:net';
import { Failure } from '../domain/failures.js';
import type { LedgerLength, RolloutMetrics } from './rollout-metrics.js';
import type { RunningRollout } from './running-rollouts.js';

const metricsPath = '/metrics';
const readyPath = '/readyz';
const patienceMs = 3_000;

export interface ScrapeSources {
  readonly metrics: RolloutMetrics;
  readonly readRunning: () => Promise<readonly RunningRollout[]>;
  readonly readLedger: () => Promise<LedgerLength>;
  /** Where the SDK shows its own metrics; null when it does not. */
  readonly sdkUrl: string | null;
}

/** Counters always; what comes from elsewhere is left out, and said to be, when it does not come within 3 s. */
export async function scrape(sources: ScrapeSources): Promise<string> {
  const { metrics, readRunning, readLedger, sdkUrl } = sources;
  const [running, ledger, sdk] = await Promise.allSettled([
    readRunning(),
    within(patienceMs, readLedger()),
    sdkUrl === null ? '' : readText(sdkUrl),
  ]);
  metrics.show(running.status === 'fulfilled' ? running.value : []);
  metrics.showLedger(ledger.status === 'fulfilled' ? ledger.value : null);
  metrics.scraped('ledger', ledger.status === 'fulfilled');
  metrics.scraped('visibility', running.status === 'fulfilled');
  metrics.scraped('temporal_sdk', sdk.status === 'fulfilled');
  const own = await metrics.registry.metrics();
  return sdk.status === 'fulfilled' && sdk.value !== '' ? `${own}\n${sdk.value}` : own;
}

async function within<Value>(ms: number, asked: Promise<Value>): Promise<Value> {
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Failure('DeadlineExceeded', `no answer within ${ms} ms`);
  });
  return Promise.race([asked, late]);
}

async function readText(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
  if (!answer.ok)
    throw new Failure('Unavailable', 'no metrics', { where: url, seen: answer.status });
  return answer.text();
}

/** True while every queue is polled. */
export type IsPolling = () => boolean;

export interface ServedMetrics {
  readonly url: string;
  stop(): Promise<void>;
}

/** Conflict when the port is taken. */
export async function serveMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  sources: ScrapeSources,
  isPolling: IsPolling,
): Promise<ServedMetrics> {
  const server = createServer((request, response) => {
    const asked = request.url?.split('?')[0];
    if (asked !== metricsPath && asked !== readyPath)
      return say(response, 404, `only ${metricsPath} and ${readyPath} are here\n`);
    if (request.method !== 'GET') return say(response, 405, `only GET ${asked}\n`);
    if (asked === readyPath)
      return isPolling() ? say(response, 200, 'polling\n') : say(response, 503, 'not polling\n');
    scrape(sources).then(
      (text) => say(response, 200, text, sources.metrics.registry.contentType),
      (error: unknown) => say(response, 500, `${String(error)}\n`),
    );
  });
  // A worker that failed must end, whoever may still want to look at it.
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = 'SLUICE_WORKER_METRICS_ADDRESS';
      const next = 'name another address of this machine, or port 0 for a free one';
      reject(
        new Failure('Conflict', `the metrics cannot listen: ${error.code}`, {
          ...{ where, next, seen: `${host}:${port}` },
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const { address, family, port: taken } = server.address() as AddressInfo;
  const name = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${name}:${taken}${metricsPath}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'Content-Type': type }).end(text);
}

/**
 * The SDK's exporter is a server of its own that cannot tell which port it took, so it is told one that is free.
 * Should somebody else take it in between, the worker says so and ends; the next start finds another.
 */
export function freeLoopbackAddress(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createProbe();
    probe.once('error', reject);
    probe.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}
