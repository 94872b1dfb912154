/**
 * `npm run bench`: what the API answers under load, how soon an approval acts while a thousand releases wait, what 200
 * rollouts at once take of one worker, what a release that waits costs, and how soon everything is up. `--json`;
 * `--waiting 200`, `--rollouts 50`, `--clients 50`, `--starts 3` for other sizes.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child.js';
import { approve, atOnce, percentile, phaseOf, release, until } from './surface/asking.js';
import type { Load } from './surface/engine-process.js';
import { rollingService, waitingService } from './surface/pipelines.js';
import { measureStartup } from './surface/startup.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    waiting: { type: 'string', default: '1000' },
    approvals: { type: 'string', default: '200' },
    rollouts: { type: 'string', default: '200' },
    clients: { type: 'string', default: '50' },
    starts: { type: 'string', default: '3' },
  },
});
const [waiting, rollouts, clients] = [values.waiting, values.rollouts, values.clients].map(
  Number,
) as [number, number, number];
const say = (line: string) => process.stderr.write(`${line}\n`);

const startups: number[] = [];
for (let n = 0; n < Number(values.starts); n += 1) startups.push(await measureStartup());
say(`start-up: ${startups.map((one) => one.toFixed(1)).join(', ')} s`);

// Every release is kept in memory, as workers with room for them do.
const engine = await startChild(new URL('./surface/engine-process.ts', import.meta.url), {
  cached: 5 * (waiting + rollouts),
});
const api = await startChild(new URL('./surface/api-process.ts', import.meta.url), {
  address: await engine.ask<string>('address'),
});
const url = await api.ask<string>('url');

// What is loaded with the first release belongs to none of those that are counted.
await release(url, waitingService(-1));
await until(
  'the first waits',
  async () => (await phaseOf(url, waitingService(-1))) === 'AwaitingApproval',
);
const before = await engine.ask<number>('rss');
const asked = await atOnce(waiting, clients, (n) => release(url, waitingService(n)));
const last = waitingService(waiting - 1);
await until('all wait', async () => (await phaseOf(url, last)) === 'AwaitingApproval');
await sleep(2000);
const idleBytes = (await engine.ask<number>('rss')) - before;
say(`${waiting} releases asked for in ${asked.seconds.toFixed(1)} s`);

// One at a time and with pauses: what is measured is how soon one acts, not how many go at once.
const approvals = Math.min(Number(values.approvals), waiting);
const sentAtMs: number[] = [];
for (let n = 0; n < approvals; n += 1) {
  sentAtMs.push(Date.now());
  await approve(url, waitingService(n));
  await sleep(50);
}
let actedAtMs: Record<string, number> = {};
await until('all that were approved acted', async () => {
  actedAtMs = await engine.ask('actedAtMs');
  return sentAtMs.every((_, n) => actedAtMs[waitingService(n)] !== undefined);
});
const tookMs = sentAtMs.map((sent, n) => (actedAtMs[waitingService(n)] ?? Number.NaN) - sent);
say(`approval to action: ${percentile(tookMs, 0.5)} ms, p99 ${percentile(tookMs, 0.99)} ms`);

await engine.ask('begin');
const rolled = await atOnce(rollouts, clients, (n) => release(url, rollingService(n)));
const ends = new Set<number>();
await until('all are rolled out', async () => {
  for (let n = 0; n < rollouts && ends.size < rollouts; n += 1) {
    if (ends.has(n)) continue;
    const phase = await phaseOf(url, rollingService(n));
    if (phase === 'Promoted') ends.add(n);
    else if (/RolledBack|Aborted|Rejected|NeedsHelp|Superseded/.test(phase))
      throw new Error(`${n}: ${phase}`);
    else return false;
  }
  return ends.size === rollouts;
});
const load = await engine.ask<Load>('load');

const result = {
  api: {
    p50Ms: percentile(asked.tookMs, 0.5),
    p99Ms: percentile(asked.tookMs, 0.99),
    perS: Math.round(waiting / asked.seconds),
  },
  approvalToActionMs: { waiting, p50: percentile(tookMs, 0.5), p99: percentile(tookMs, 0.99) },
  rollouts: {
    concurrent: rollouts,
    lagMsP99: load.lagMsP99,
    workerRssMb: load.peakRssMb,
    lagMsMax: load.lagMsMax,
    askedInS: Math.round(rolled.seconds * 10) / 10,
  },
  idleReleaseKb: Math.round(idleBytes / waiting / 1024),
  startupS: percentile(startups, 0.5),
};
await api.stop();
await engine.stop();
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  for (const [name, value] of Object.entries(result))
    process.stdout.write(`${name.padEnd(20)} ${JSON.stringify(value)}\n`);
}
process.exit(0);
