/** How soon a pull request's checks stand at GitHub after its event: one event at a time, from webhook to the last run. */
import { startPullChecks } from '../../support/pull-checks.js';
import { until } from '../../support/operator.js';

export interface CheckLatency {
  readonly p50: number;
  readonly p99: number;
  readonly events: number;
}

/** By pushes to one pull request after the other, each waited for. */
export async function measureChecks(events: number): Promise<CheckLatency> {
  const checks = await startPullChecks({ defaults: { pulls: { title: {} } } });
  const tookMs: number[] = [];
  try {
    checks.hook();
    for (let n = 0; n < events; n += 1) {
      const startedAt = performance.now();
      const { sha } = await checks.open({ title: `fix: thing ${n}`, branch: `fix/${n}` });
      const ended = () => Promise.resolve(checks.runs(sha));
      await until(`checks of ${n}`, ended, (runs) => {
        return runs.length > 0 && runs.every(({ conclusion }) => conclusion !== null);
      });
      tookMs.push(performance.now() - startedAt);
    }
  } finally {
    await checks.stop();
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p99: at(0.99), events };
}
