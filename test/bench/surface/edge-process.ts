/** The API that is attacked, by itself in its process: its limits are those it ships with. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { defaultLimits } from '../../../src/api/limits.js';
import { createApiLogger } from '../../../src/api/logger.js';
import { watchLoopLag } from '../../../src/api/loop-lag.js';
import { serveApi } from '../../support/api-under-test.js';
import { cannedTemporal } from '../../support/canned-temporal.js';
import { answerCalls } from '../child.js';

export interface Strain {
  /** Above what it was when `begin` was called. */
  readonly memoryMb: number;
  readonly lagMsP99: number;
}

async function start() {
  // As large as a release of many stages is, and another one at every look.
  let n = 0;
  const view = async () => {
    n += 1;
    return { n, padding: 'x'.repeat(20_000) };
  };
  // Else it is the quiet ones who are soon refused: each asks fifty times a second.
  const perMinute = { read: 1_000_000, write: 1_000_000, rescue: 1_000_000 };
  const api = await serveApi(cannedTemporal(view), {
    limits: { ...defaultLimits, perMinute },
    lag: watchLoopLag(),
    // Written and forgotten, as by a process whose log goes elsewhere.
    logger: createApiLogger('info', { write: () => {} }),
  });
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  let before = 0;
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  return {
    url: () => api.url,
    begin() {
      global.gc?.();
      before = process.memoryUsage().rss;
      peak = before;
      loop.reset();
    },
    strain: (): Strain => ({
      memoryMb: Math.round((peak - before) / 1e5) / 10,
      lagMsP99: Math.round(loop.percentile(99) / 1e6),
    }),
    async stop() {
      clearInterval(look);
      await api.stop();
    },
  };
}

answerCalls(start);
