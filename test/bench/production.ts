/**
 * `npm run bench:production`: releases through a Temporal cluster on PostgreSQL by one, two and three workers, what one
 * release leaves in the databases, kill -9 of roles and workers, and workers replaced under load. Stub activities wait
 * 200 ms, every task queue of a worker has 10 slots. `--json`; `--releases 100`, `--targets 50`, `--workers 1,3`,
 * `--kills 10`, `--clients 8` for other sizes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { killAtRandom } from '../support/part-killer.js';
import { failedWorkflowTasks } from '../support/workflow-tasks.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';
import { type BenchSite, openBenchSite, serviceName, workerNames } from './production/site.js';
import { atOnce, percentile } from './surface/asking.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    releases: { type: 'string', default: '1000' },
    targets: { type: 'string', default: '500' },
    workers: { type: 'string', default: '1,2,3' },
    kills: { type: 'string', default: '10' },
    clients: { type: 'string', default: '16' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
  },
});
const [count, targets, kills, clients, seed] = [
  ...[values.releases, values.targets, values.kills, values.clients, values.seed],
].map(Number) as [number, number, number, number, number];
const digest = `sha256:${'a'.repeat(64)}`;
const patienceMs = 30 * 60_000;
const say = (line: string) => process.stderr.write(`${line}\n`);
/** Triggers that were answered with 202. */
let accepted = 0;
let waves = 0;

/** Resolves when all of them were accepted; what a restart refuses is asked again under the same key. */
async function trigger(site: BenchSite, size: number): Promise<void> {
  waves += 1;
  const wave = waves;
  await atOnce(size, clients, async (n) => {
    const service = serviceName(n % targets);
    const version = `${wave}.${Math.floor(n / targets)}.0`;
    for (;;) {
      const answer = await fetch(`${site.apiUrl}/v1/releases`, {
        method: 'POST',
        headers: {
          ...{ authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
          'idempotency-key': `${service}-${version}`,
        },
        body: JSON.stringify({ service, version, digest }),
      }).catch(() => null);
      if (answer?.status === 202) break;
      const text = await answer?.text();
      if (answer && answer.status < 500 && answer.status !== 429)
        throw new Error(`${service}@${version}: ${answer.status} ${text}`);
      await sleep(250);
    }
    accepted += 1;
  });
}

const running = `WorkflowType = "promoteRelease" AND ExecutionStatus = "Running"`;

async function allOver({ client }: BenchSite): Promise<void> {
  for (const untilMs = Date.now() + patienceMs; Date.now() < untilMs; await sleep(500)) {
    const { count: open } = await client.workflow.count(running).catch(() => ({ count: 1 }));
    if (open === 0) return;
  }
  throw new Error('releases are still under way');
}

/** Releases that were accepted and are not there, and those that ran twice. */
async function account({ client }: BenchSite) {
  const runs = new Map<string, number>();
  for await (const { workflowId, type } of client.workflow.list({
    query: 'WorkflowType IN ("promoteRelease", "runRollout")',
  })) {
    const name = `${type} ${workflowId}`;
    runs.set(name, (runs.get(name) ?? 0) + 1);
  }
  const releases = [...runs].filter(([name]) => name.startsWith('promoteRelease'));
  const doubled = [...runs.values()].filter((times) => times > 1).length;
  return { lost: accepted - releases.length, doubled };
}

/** When `size` releases were asked for and are over, by `n` workers. @returns when it began, and for how long it went on */
async function promote(site: BenchSite, { size, n }: { size: number; n: number }) {
  await Promise.all(workerNames.slice(0, n).map((name) => site.workers[name].start()));
  const startedAtMs = Date.now();
  await trigger(site, size);
  await allOver(site);
  return { startedAtMs, minutes: (Date.now() - startedAtMs) / 60_000 };
}

const stopWorkers = ({ workers }: BenchSite) =>
  Promise.all(workerNames.map((name) => workers[name].stop()));

async function measure(site: BenchSite, n: number) {
  const { startedAtMs, minutes } = await promote(site, { size: count, n });
  await sleep(1000);
  const { waitedMs, peakRssMb } = site.toldSince(startedAtMs);
  await stopWorkers(site);
  const releasesPerMin = Math.round((count / minutes) * 10) / 10;
  const scheduleToStartP99Ms = percentile(waitedMs, 0.99);
  say(`${n} workers: ${JSON.stringify({ releasesPerMin, scheduleToStartP99Ms, peakRssMb })}`);
  return { workers: n, releasesPerMin, scheduleToStartP99Ms };
}

const site = await openBenchSite(targets);
try {
  await site.start();
  // The first release of a target has nothing to be compared with, and skips its steps.
  await promote(site, { size: targets, n: 1 });
  await stopWorkers(site);
  const before = await site.stored();
  const settled = accepted;
  const scale = [];
  for (const n of values.workers.split(',').map(Number)) scale.push(await measure(site, n));
  const after = await site.stored();
  const perRelease = {
    rows: Math.round(((after.rows - before.rows) / (accepted - settled)) * 10) / 10,
    bytes: Math.round((after.bytes - before.bytes) / (accepted - settled)),
  };
  say(JSON.stringify({ perRelease }));

  await Promise.all(workerNames.map((name) => site.workers[name].start()));
  const known = new Set(await failedWorkflowTasks(site.client));
  const triggering = trigger(site, Math.min(count, targets));
  for (const name of workerNames) {
    await sleep(2000);
    await site.workers[name].stop();
    await site.workers[name].start();
  }
  await triggering;
  await allOver(site);
  const failed = (await failedWorkflowTasks(site.client)).filter((one) => !known.has(one));
  for (const one of failed) say(one);
  const upgrade = { failedTasks: failed.length, lostCommands: (await account(site)).lost };
  say(JSON.stringify({ upgrade }));

  const struck = trigger(site, Math.min(count, targets));
  const { worker: temporalWorker, ...roles } = site.roles;
  const { kills: done } = await killAtRandom(kills, {
    parts: { ...roles, temporalWorker, ...site.workers },
    ...{ random: randomFrom(seed), writingOf: {} },
  });
  await struck;
  await allOver(site);
  const result = {
    ...{ scale, perRelease },
    kills: { n: done.length, ...(await account(site)) },
    upgrade,
  };
  say(`${accepted} releases, seed ${seed}`);
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
} finally {
  await site.stop();
}
