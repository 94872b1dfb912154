/**
 * Measures how long users see a bad candidate: 200 rps, 20 % weight, 30 % errors, looks every second. Real processes on
 * the playground; with `--kubernetes` on the test bed's real API server, through its real gateway.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LedgerEvent } from '../../src/domain/ledger-event.js';
import { failuresOf, lostRequests, type TimedLoad } from '../support/load-account.js';
import { startKubernetesBench } from './rollback-kubernetes.js';
import { startPlaygroundBench } from './rollback-playground.js';
import type { RollbackBench } from './rollback-bench.js';

/** Milliseconds after the candidate's first answer, except `exposure` and `failed`. */
interface Run {
  readonly exposure: number;
  readonly failed: number;
  readonly lost: number;
  readonly shifted: number;
  readonly decided: number;
  readonly recorded: number;
  readonly restored: number;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      kubernetes: { type: 'boolean' },
      runs: { type: 'string', default: '12' },
    },
  });
  const wanted = Number(values.runs);
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError('--runs is a whole number');
  const bench = await (values.kubernetes ? startKubernetesBench() : startPlaygroundBench());
  const end = () => void bench.stop().then(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const runs = await measure(bench, wanted);
    report(runs, values.json === true);
  } finally {
    await bench.stop();
  }
}

async function measure(bench: RollbackBench, wanted: number): Promise<Run[]> {
  const load = await bench.install();
  say(
    '  run  exposure  failed  lost | ms after the first answer: shifted  decided  recorded  restored',
  );
  const runs: Run[] = [];
  for (let n = 1; n <= wanted; n += 1) {
    // Anywhere in the second, so that no run finds the clocks in a place that suits it.
    await sleep(500 + randomInt(1000));
    const run = await measureOne(bench, load, `run-${n}`);
    const cells = [run.exposure, run.failed, run.lost, run.shifted, run.decided, run.recorded];
    say(
      `${String(n).padStart(5)}  ${[...cells, run.restored].map((n) => n.toFixed(0).padStart(8)).join('')}`,
    );
    runs.push(run);
  }
  await load.stop();
  return runs;
}

async function measureOne(bench: RollbackBench, load: TimedLoad, requestId: string): Promise<Run> {
  const name = bench.candidate;
  await load.take();
  const result = await bench.rollBad(requestId);
  if (result.outcome !== 'rolledBack') throw new Error(`${result.outcome}: ${result.reason}`);
  await bench.untilGone();
  const account = await load.take();
  const seen = account.revisions.get(name);
  if (!seen) throw new Error('the candidate answered nobody');
  const events = await bench.ledger.read({ subject: result.rolloutId, limit: 100 });
  const after = (kind: string, read = (event: LedgerEvent) => Date.parse(event.at)) => {
    const event = events.find((one) => one.kind === kind);
    return event === undefined ? Number.NaN : read(event) - seen.firstAtMs;
  };
  return {
    exposure: seen.lastAtMs - seen.firstAtMs,
    failed: failuresOf(account, (revision) => revision === name),
    lost: lostRequests(account, (revision) => revision !== name),
    shifted: after('trafficShifted'),
    decided: after('verdictReached', ({ data }) => Number(data['atMs'])),
    recorded: after('verdictReached'),
    restored: after('stableRestored'),
  };
}

function report(runs: readonly Run[], asJson: boolean): void {
  const of = (read: (run: Run) => number) => runs.map(read).sort((a, b) => a - b);
  const phases = [
    ['first answer → shift recorded', of((run) => run.shifted)],
    ['first answer → verdict', of((run) => run.decided)],
    ['verdict → evidence kept', of((run) => run.recorded - run.decided)],
    ['evidence kept → stable restored and read back', of((run) => run.restored - run.recorded)],
    ['stable restored → last answer of the candidate', of((run) => run.exposure - run.restored)],
  ] as const;
  say('ms                                              median     p95     max');
  for (const [name, sorted] of phases) {
    const cells = [quantile(sorted, 0.5), quantile(sorted, 0.95), quantile(sorted, 1)];
    say(`${name.padEnd(46)}${cells.map((n) => n.toFixed(0).padStart(8)).join('')}`);
  }
  const exposures = of((run) => run.exposure / 1000);
  const summary = {
    exposureS: {
      median: rounded(quantile(exposures, 0.5)),
      p95: rounded(quantile(exposures, 0.95)),
    },
    failedRequests: {
      median: quantile(
        of((run) => run.failed),
        0.5,
      ),
    },
    otherNon200: runs.reduce((sum, run) => sum + run.lost, 0),
    runs: runs.length,
  };
  say(
    `commit ${commit()}, load average ${loadavg()
      .map((n) => n.toFixed(2))
      .join(' ')}`,
  );
  process.stdout.write(`${asJson ? JSON.stringify(summary) : JSON.stringify(summary, null, 2)}\n`);
}

/** The smallest value that so large a share of all does not exceed; the median of an even number is the mean of two. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (index: number) => sorted[Math.min(sorted.length - 1, Math.max(0, index))] as number;
  if (share === 0.5) {
    return (at(Math.ceil(sorted.length / 2) - 1) + at(Math.floor(sorted.length / 2))) / 2;
  }
  return at(Math.ceil(sorted.length * share) - 1);
}

const rounded = (seconds: number) => Math.round(seconds * 1000) / 1000;

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

main().then(
  // A bed that still runs would keep the process; its namespace takes it along.
  () => process.exit(0),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);
