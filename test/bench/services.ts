/**
 * Measures what many services cost that roll out at once on the test bed: requests to the API server by rollout, memory
 * and lag of the worker's process. Pods are stubs that are merely reported ready; everything else is real.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKubernetesPlatform } from '../../src/adapters/kubernetes/platform.js';
import { Failure } from '../../src/domain/failures.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import { gateway, startBed } from '../bed/bed.js';
import { apiServerUrl } from '../bed/control-plane.js';
import { aCanary, aRequest, health, timing, workload } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import {
  accountOf,
  createNamespace,
  createRoute,
  createService,
  shippedRules,
} from '../support/kubernetes.js';
import { checkoutRevision } from '../support/platform-under-test.js';
import { startStubPods, stubScheduler } from '../support/stub-pods.js';

const platform = 'eu';
const environment = 'production';
/** Both analyses of the canary together. */
const watchedMs = 2000;

interface Measured {
  readonly services: number;
  readonly seconds: number;
  readonly requestsPerRollout: number;
  readonly writesPerRollout: number;
  readonly peakRssMb: number;
  readonly eventLoopP99Ms: number;
  readonly eventLoopMaxMs: number;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Requests that the platform sends to the API server, by method and resource. */
function countRequests() {
  const counts = new Map<string, number>();
  const { origin } = new URL(apiServerUrl);
  subscribe('undici:request:create', (message) => {
    const { request } = message as {
      request: { origin: string | URL; method: string; path: string };
    };
    if (String(request.origin).replace(/\/$/, '') !== origin) return;
    const resource = /\/namespaces\/[^/]+\/([a-z]+)(\/)?/.exec(request.path);
    const key = `${request.method}${resource?.[2] ? '' : ' list'} ${resource?.[1] ?? request.path}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return {
    take() {
      const taken = new Map(counts);
      counts.clear();
      return taken;
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, sizes: { type: 'string', default: '10,50,100' } },
  });
  const sizes = values.sizes.split(',').map(Number);
  const bed = await startBed();
  const namespace = await createNamespace(bed, 'many');
  const { kubeConfig } = await accountOf(bed, namespace, 'sluice', shippedRules());
  const kubeconfig = join(bed.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const router = {
    ...({ kind: 'gateway-api', routeKind: 'HTTPRoute', route: '{service}' } as const),
    ...{ backend: '{service}', metrics: gateway.metricsUrl },
  };
  const many = createKubernetesPlatform({ namespace, kubeconfig, router });
  const engine = await startEngine({ platforms: { [platform]: many } });
  const stopStubs = startStubPods(bed, namespace);
  const requests = countRequests();
  const measured: Measured[] = [];
  say('services  seconds  requests/rollout  writes/rollout  peak MB  loop p99 ms  loop max ms');
  for (const size of sizes) {
    const services = Array.from({ length: size }, (_, n) => `svc-${size}-${n}`);
    await inBatches(services, 10, async (name) => {
      await createService(bed, {
        ...{ namespace, name, image: 'sluice.test/checkout:1.0.0', replicas: 0 },
        pod: { schedulerName: stubScheduler },
      });
      await createRoute(bed, namespace, name, { [name]: 1 });
    });
    await rollAll(engine, services, '1.0.0');
    await sleep(2000);
    requests.take();
    const loop = monitorEventLoopDelay({ resolution: 5 });
    let peakRss = 0;
    const look = setInterval(() => {
      peakRss = Math.max(peakRss, process.memoryUsage().rss);
    }, 100);
    loop.enable();
    const startedAtMs = performance.now();
    const results = await rollAll(engine, services, '1.1.0');
    const seconds = (performance.now() - startedAtMs) / 1000;
    loop.disable();
    clearInterval(look);
    const bad = results.find(({ outcome }) => outcome !== 'promoted');
    if (bad) throw new Error(`${bad.rolloutId}: ${bad.outcome}: ${bad.reason}`);
    const taken = requests.take();
    const all = [...taken.values()].reduce((sum, n) => sum + n, 0);
    const writes = [...taken]
      .filter(([key]) => !key.startsWith('GET'))
      .reduce((sum, [, n]) => sum + n, 0);
    const byKind = [...taken].sort(([, a], [, b]) => b - a);
    const one: Measured = {
      services: size,
      seconds: Math.round(seconds * 10) / 10,
      requestsPerRollout: Math.round(all / size),
      writesPerRollout: Math.round((writes / size) * 10) / 10,
      peakRssMb: Math.round(peakRss / 1e6),
      eventLoopP99Ms: Math.round(loop.percentile(99) / 1e6),
      eventLoopMaxMs: Math.round(loop.max / 1e6),
    };
    say(
      Object.values(one)
        .map((value) => String(value).padStart(8))
        .join('  '),
    );
    say(`          ${byKind.map(([key, n]) => `${key} ${Math.round(n / size)}`).join(', ')}`);
    measured.push(one);
  }
  await stopStubs();
  process.stdout.write(`${JSON.stringify({ watchedMs, measured })}\n`);
}

async function inBatches<Item>(
  items: readonly Item[],
  size: number,
  act: (item: Item) => Promise<unknown>,
): Promise<void> {
  for (let n = 0; n < items.length; n += size) await Promise.all(items.slice(n, n + size).map(act));
}

function rollAll(
  engine: EngineUnderTest,
  services: readonly string[],
  version: string,
): Promise<RolloutResult[]> {
  return Promise.all(services.map((service) => roll(engine, { service, environment }, version)));
}

async function roll(
  { ports, client }: EngineUnderTest,
  target: TargetKey,
  version: string,
): Promise<RolloutResult> {
  const { name: _, ...candidate } = checkoutRevision(version);
  const request = aRequest(version, {
    ...{ candidate, platform },
    workload: { ...workload, instances: 2, deployment: target.service },
    strategy: {
      ...aCanary([20, 50], watchedMs / 2),
      timing: { ...timing, progressDeadlineMs: 300_000, keepWarmMs: 600_000 },
    },
    // Stubs answer nobody: silence lets it pass, and the counters are read all the same.
    health: { ...health, intervalMs: 1000, minimumRequests: 0, onNoData: 'advance' },
  });
  const { rolloutId } = await asked(() =>
    ports.orchestrator.requestRollout(target, platform, request),
  );
  for (;;) {
    const handle = client.workflow.getHandle(rolloutId);
    if (await handle.describe().catch(() => null)) return handle.result();
    await sleep(100);
  }
}

/** As a pipeline asks: the same request again, while the server is too busy to take it. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !(error instanceof Failure) || error.code !== 'Unavailable') throw error;
      await sleep(1000);
    }
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);
