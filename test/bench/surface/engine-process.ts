/** Server, worker and platform of the benchmark; the worker's memory and lag are this process's. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createMemoryPlatform } from '../../../src/adapters/memory/platform.js';
import { startEngine } from '../../support/engine-under-test.js';
import { answerCalls } from '../child.js';
import { noted, ticketKey } from './pipelines.js';

export interface Load {
  readonly lagMsP99: number;
  readonly lagMsMax: number;
  readonly peakRssMb: number;
}

async function start({ cached }: { readonly cached: number }) {
  const inner = createMemoryPlatform();
  const actedAtMs: Record<string, number> = {};
  const platform = {
    ...inner,
    workload: {
      ...inner.workload,
      applyRevision: (...given: Parameters<typeof inner.workload.applyRevision>) => {
        actedAtMs[given[0].target.service] ??= Date.now();
        return inner.workload.applyRevision(...given);
      },
    },
  };
  const engine = await startEngine({
    ...{ ticketKey, maxCachedWorkflows: cached },
    platforms: { [noted]: platform },
  });
  const loop = monitorEventLoopDelay({ resolution: 5 });
  let peakRss = 0;
  const look = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage().rss);
  }, 50);
  loop.enable();
  return {
    address: () => engine.environment.address,
    actedAtMs: () => actedAtMs,
    /** Bytes after a collection. */
    rss() {
      global.gc?.();
      return process.memoryUsage().rss;
    },
    begin() {
      loop.reset();
      peakRss = 0;
    },
    load: (): Load => ({
      lagMsP99: Math.round(loop.percentile(99) / 1e6),
      lagMsMax: Math.round(loop.max / 1e6),
      peakRssMb: Math.round(peakRss / 1e6),
    }),
    async stop() {
      clearInterval(look);
      await engine.stop();
    },
  };
}

answerCalls(start);
