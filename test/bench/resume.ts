/** Measures how long a rollout stands still after kill -9 of its worker: while it deploys, and while it is watched. */
import { randomInt } from 'node:crypto';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { lostRequests, startTimedLoad } from '../support/load-account.js';
import { askFor, canaryOf, installed, resultOf } from '../support/local-rollouts.js';
import { eventually, type LocalStack, startLocalStack } from '../support/local-stack.js';

const target = { service: 'checkout', environment: 'production' };
const downMs = 1000;
const say = (line: string) => process.stderr.write(`${line}\n`);

/** Seconds since the kill. */
interface Resumption {
  readonly ready: number;
  readonly done: number;
}

async function killWorker(
  stack: LocalStack,
): Promise<{ killedAtMs: number; ready: Promise<number> }> {
  const killedAtMs = Date.now();
  await stack.worker.kill();
  const ready = sleep(downMs)
    .then(() => stack.worker.start())
    .then(() => (Date.now() - killedAtMs) / 1000);
  return { killedAtMs, ready };
}

/** Killed while the candidate's instances start: done when the first weight is written. */
async function whileDeploying(stack: LocalStack, version: string): Promise<Resumption> {
  const candidate = stack.release(version, { startDelayMs: 1500 });
  const name = revisionName(candidate);
  const rolloutId = await askFor(stack, target, candidate, { strategy: canaryOf([20], 500) });
  await eventually(
    'it deploys',
    async () => {
      const there = await stack.platform.workload.readRevisions(target);
      return there.some((revision) => revision.name === name);
    },
    10_000,
  );
  const { killedAtMs, ready } = await killWorker(stack);
  await eventually(
    'it has weight',
    async () => {
      const { split } = await stack.platform.router.readSplit(target);
      return split.weight > 0 || split.stable === name;
    },
    60_000,
  );
  const done = (Date.now() - killedAtMs) / 1000;
  const { outcome, reason } = await resultOf(stack, rolloutId);
  if (outcome !== 'promoted') throw new Error(`${version} ${outcome}: ${reason}`);
  return { ready: await ready, done };
}

/** Killed while a bad candidate has traffic and no verdict yet: done when it has none any more. */
async function whileWatched(stack: LocalStack, version: string): Promise<Resumption> {
  const candidate = stack.release(version, { errorRate: 0.3 });
  const rolloutId = await askFor(stack, target, candidate, { strategy: canaryOf([20], 60_000) });
  await eventually(
    'it has weight',
    async () => {
      return (await stack.platform.router.readSplit(target)).split.weight > 0;
    },
    20_000,
  );
  // Past the workflow task that the shift's end brings: that one would have to time out first.
  await sleep(200 + randomInt(500));
  const { killedAtMs, ready } = await killWorker(stack);
  await eventually(
    'all traffic is on stable',
    async () => {
      return (await stack.platform.router.readSplit(target)).split.weight === 0;
    },
    60_000,
  );
  const done = (Date.now() - killedAtMs) / 1000;
  const { outcome, reason } = await resultOf(stack, rolloutId);
  if (outcome !== 'rolledBack') throw new Error(`${version} ${outcome}: ${reason}`);
  return { ready: await ready, done };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
  const stack = await startLocalStack();
  const end = () => void stack.stop().then(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const url = await installed(stack, target, stack.release('1.0.0'));
    const load = startTimedLoad(url, 100);
    const bad = new Set<string>();
    const scenarios = { deploying: whileDeploying, watched: whileWatched };
    const all: Record<string, number[]> = { deploying: [], watched: [] };
    for (let n = 1; n <= Number(values.runs); n += 1) {
      for (const [name, scenario] of Object.entries(scenarios)) {
        const version = `1.${n}.${name === 'watched' ? 1 : 0}`;
        if (name === 'watched') bad.add(version);
        const { ready, done } = await scenario(stack, version);
        say(
          `killed while ${name}: worker back after ${ready.toFixed(1)} s, done after ${done.toFixed(1)} s`,
        );
        all[name]?.push(done);
        await sleep(1500);
      }
    }
    const account = await load.stop();
    const lost = lostRequests(account, (revision) => !bad.has(revision.replace(/-[^-]*$/, '')));
    say(
      `load average ${loadavg()
        .map((n) => n.toFixed(2))
        .join(' ')}`,
    );
    process.stdout.write(`${JSON.stringify({ resumeS: all, lost })}\n`);
  } finally {
    await stack.stop();
  }
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
