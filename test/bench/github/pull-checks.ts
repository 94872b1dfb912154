/**
 * How soon a pull request's checks stand at GitHub after its event, from the push to the last run and the comment: one
 * event at a time, and many at once.
 */
import { startPullChecks, type PullChecksUnderTest } from '../../support/pull-checks.js';
import { until } from '../../support/operator.js';

interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly events: number;
}

export interface CheckLatency extends Spread {
  /** All events in one moment: what waits for others. */
  readonly atOnce: Spread;
}

/** Title, size, breaking, and whether the rules can be read. */
const runsOfEach = 4;

export async function measureChecks(events: number): Promise<CheckLatency> {
  const checks = await startPullChecks({ defaults: { pulls: {} } });
  try {
    checks.hook();
    // The first one pays for what is begun once: connections, tokens, caches.
    await measureOne(checks, 'warm-up');
    const one: number[] = [];
    for (let n = 0; n < events; n += 1) one.push(await measureOne(checks, `one-${n}`));
    const names = Array.from({ length: events }, (_, n) => `many-${n}`);
    const many = await Promise.all(names.map((name) => measureOne(checks, name)));
    return { ...spreadOf(one), atOnce: spreadOf(many) };
  } finally {
    await checks.stop();
  }
}

/** Milliseconds. */
async function measureOne(checks: PullChecksUnderTest, name: string): Promise<number> {
  const startedAt = performance.now();
  const { number, sha } = await checks.open({ title: `Thing ${name}`, branch: `fix/${name}` });
  await until(
    `the checks of ${name}`,
    async () => ({ runs: checks.runs(sha), comments: checks.comments(number) }),
    ({ runs, comments }) =>
      comments.length === 1 &&
      runs.filter(({ conclusion }) => conclusion !== null).length === runsOfEach,
    120_000,
  );
  return performance.now() - startedAt;
}

function spreadOf(tookMs: readonly number[]): Spread {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p99: at(0.99), events: tookMs.length };
}
