/**
 * `npm run bench:edge`: what attacks take of the API's memory, and of other clients' time. Each is measured beside quiet
 * moments before and after it. `--json`; `--seconds 6` of each, `--rounds 2`, `--only <words of its name>`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { digestA, secrets } from '../support/api-under-test.js';
import { startChild } from './child.js';
import { percentile } from './surface/asking.js';
import { type AttackName, attacks } from './surface/attacks.js';
import type { Strain } from './surface/edge-process.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const clients = 4;
const pauseMs = 20;
const plan = JSON.stringify({ service: 'checkout', version: '1.0.0', digest: digestA });

interface Seen {
  readonly tookMs: number[];
  refused: number;
}

/** Those who only want their answer: two reads, then a plan, with pauses. */
async function ask(url: string, forMs: number): Promise<Seen> {
  const seen: Seen = { tookMs: [], refused: 0 };
  const endsAtMs = performance.now() + forMs;
  const headers = { authorization: `Bearer ${secrets.read}`, 'content-type': 'application/json' };
  const client = async (): Promise<void> => {
    for (let n = 0; performance.now() < endsAtMs; n += 1) {
      const fromMs = performance.now();
      const response =
        n % 3 === 2
          ? await fetch(`${url}/v1/plan`, { method: 'POST', headers, body: plan })
          : await fetch(`${url}/v1/releases/checkout/1.0.0`, { headers });
      await response.arrayBuffer();
      seen.tookMs.push(performance.now() - fromMs);
      if (!response.ok) seen.refused += 1;
      await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return seen;
}

async function measure(name: AttackName) {
  // A process of its own for each, so that none pays for the one before.
  const api = await startChild(new URL('./surface/edge-process.ts', import.meta.url), {});
  const url = await api.ask<string>('url');
  const attacker = await startChild(new URL('./surface/attacks.ts', import.meta.url), { url });
  await ask(url, 4000);
  const quiet: Seen = { tookMs: [], refused: 0 };
  const attacked: Seen = { tookMs: [], refused: 0 };
  let strain: Strain = { memoryMb: 0, lagMsP99: 0 };
  for (let round = 0; round < rounds; round += 1) {
    quiet.tookMs.push(...(await ask(url, seconds * 1000)).tookMs);
    await api.ask('begin');
    await attacker.ask('begin', name);
    // Until all of them are there.
    await ask(url, 2500);
    const { tookMs, refused } = await ask(url, seconds * 1000);
    attacked.tookMs.push(...tookMs);
    attacked.refused += refused;
    const { memoryMb, lagMsP99 } = await api.ask<Strain>('strain');
    strain = {
      memoryMb: Math.max(strain.memoryMb, memoryMb),
      lagMsP99: Math.max(strain.lagMsP99, lagMsP99),
    };
    await attacker.ask('end');
    await sleep(1000);
  }
  await attacker.stop();
  await api.stop();
  const [quietMs, attackedMs] = [quiet, attacked].map(({ tookMs }) => percentile(tookMs, 0.99));
  return {
    ...strain,
    quietP99Ms: quietMs ?? Number.NaN,
    p99Ms: attackedMs ?? Number.NaN,
    times: Math.round(((attackedMs ?? Number.NaN) / (quietMs ?? Number.NaN)) * 10) / 10,
    quietP50Ms: percentile(quiet.tookMs, 0.5),
    p50Ms: percentile(attacked.tookMs, 0.5),
    requests: attacked.tookMs.length,
    refused: attacked.refused,
  };
}

const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
for (const name of Object.keys(attacks) as AttackName[]) {
  if (!name.includes(values.only)) continue;
  results[name] = await measure(name);
  process.stderr.write(`${name}: ${JSON.stringify(results[name])}\n`);
}
if (values.json) process.stdout.write(`${JSON.stringify({ edge: results })}\n`);
process.exit(0);
