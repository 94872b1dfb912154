/** Serves what this worker and Temporal's SDK count at one address, and whether it polls, whatever else does not answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AddressInfo, createServer as createProbe } from 'node:net';
import { listenForScrapes, type ServedMetrics } from '../config/metrics-listener.js';
import { Failure } from '../domain/failures.js';
import type { LedgerLength, RolloutMetrics } from './rollout-metrics.js';
import type { RunningRollout } from './running-rollouts.js';

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

/** Conflict when the port is taken. */
export function serveMetrics(
  address: { readonly host: string; readonly port: number },
  sources: ScrapeSources,
  isPolling: IsPolling,
): Promise<ServedMetrics> {
  return listenForScrapes(address, {
    variable: 'SLUICE_WORKER_METRICS_ADDRESS',
    read: async () => ({
      text: await scrape(sources),
      contentType: sources.metrics.registry.contentType,
    }),
    readiness: () => ({ isReady: isPolling(), said: isPolling() ? 'polling' : 'not polling' }),
  });
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
