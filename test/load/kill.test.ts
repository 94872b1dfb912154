/** kill -9 at random under steady load: of the worker, of the candidate, of Temporal. Every rollout still ends right. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Revision, revisionName } from '../../src/domain/rollout/revision.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import {
  failuresOf,
  lostRequests,
  startTimedLoad,
  type TimedLoad,
} from '../support/load-account.js';
import { askFor, canaryOf, effectsOf, installed, resultOf } from '../support/local-rollouts.js';
import { recordSplits, type SplitRecord } from '../support/local-splits.js';
import { eventually, type LocalStack, startLocalStack } from '../support/local-stack.js';

const kills = process.env.SLUICE_TEST_FULL ? 12 : 3;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const target = { service: 'checkout', environment: 'production' };
const upstreamTimeoutMs = 3000;
const onLinux = process.platform === 'linux';

/** Numbers from 0 to 1 that a seed repeats. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`kill -9 under load (${kills} of the worker, seed ${seed})`, function () {
  this.timeout(150_000);
  const random = randomFrom(seed);
  let stack: LocalStack;
  let load: TimedLoad;
  let splits: SplitRecord;
  let stable: Revision;
  let minor = 0;

  before(async () => {
    stack = await startLocalStack({ keepsHistory: true, instances: 2, upstreamTimeoutMs });
    stable = stack.release('1.0.0');
    load = startTimedLoad(await installed(stack, target, stable), 200);
  });
  after(async () => {
    await load.stop();
    await stack.stop();
  });
  beforeEach(async () => {
    minor += 1;
    await load.take();
    splits = recordSplits(stack, target);
  });

  const settle = async (result: RolloutResult, candidate: Revision, outcome: string) => {
    assert.equal(result.outcome, outcome, result.reason);
    if (outcome === 'promoted') stable = candidate;
    await splits.assertWrittenOnce();
    const { split } = await stack.platform.router.readSplit(target);
    const expected = {
      stable: revisionName(stable),
      candidate: null,
      weight: 0,
      headerRoute: null,
    };
    assert.deepEqual(split, expected);
  };
  const weightReaches = (weight: number) =>
    eventually(
      `weight ${weight}`,
      async () => (await stack.platform.router.readSplit(target)).split.weight === weight,
      30_000,
    );

  for (let n = 1; n <= kills; n += 1) {
    const isBad = n % 2 === 0;
    const killAfterMs = Math.round(random() * (isBad ? 2500 : 6000));
    const downMs = Math.round(1000 + random() * 2000);
    const outcome = isBad ? 'rolledBack' : 'promoted';
    it(`of the worker after ${killAfterMs} ms, down for ${downMs} ms: ${outcome}`, async () => {
      const candidate = stack.release(`1.${minor}.0`, isBad ? { errorRate: 0.3 } : {});
      const rolloutId = await askFor(stack, target, candidate);
      await sleep(killAfterMs);
      await stack.worker.kill();
      await sleep(downMs);
      await stack.worker.start();
      const readyAtMs = Date.now();
      const result = await resultOf(stack, rolloutId);
      const tookMs = Date.now() - readyAtMs;
      assert.ok(tookMs < 25_000, `took ${tookMs} ms from the worker's return`);
      await settle(result, candidate, outcome);
      const isOthers = (revision: string) => !isBad || revision !== revisionName(candidate);
      const account = await load.take();
      assert.equal(lostRequests(account, isOthers), 0, JSON.stringify([...account.revisions]));
      assert.deepEqual(
        await effectsOf(stack, rolloutId),
        isBad
          ? { 'trafficShifted 20': 1, 'verdictReached 20': 1, stableRestored: 1 }
          : {
              ...{ 'trafficShifted 20': 1, 'trafficShifted 50': 1, 'trafficShifted 100': 1 },
              ...{ 'verdictReached 20': 1, 'verdictReached 50': 1, 'verdictReached 100': 1 },
              candidatePromoted: 1,
            },
      );
    });
  }

  it('of the worker while instances start: goes on within seconds of its return', async () => {
    const candidate = stack.release(`1.${minor}.0`, { startDelayMs: 1500 });
    const rolloutId = await askFor(stack, target, candidate);
    const name = revisionName(candidate);
    await eventually(
      'the candidate starts',
      async () => {
        const there = await stack.platform.workload.readRevisions(target);
        return there.some((revision) => revision.name === name);
      },
      20_000,
    );
    await stack.worker.kill();
    const killedAtMs = Date.now();
    await sleep(1000);
    await stack.worker.start();
    const readyAfterMs = Date.now() - killedAtMs;
    await weightReaches(20);
    // Silent for 4 s, tried again at once, or as soon as there is a worker.
    const standstillMs = Date.now() - killedAtMs - Math.max(4000, readyAfterMs);
    assert.ok(standstillMs < 5000, `stood still for ${standstillMs} ms longer than it must`);
    await settle(await resultOf(stack, rolloutId), candidate, 'promoted');
    assert.equal(
      lostRequests(await load.take(), () => true),
      0,
    );
  });

  it('of the candidate at 50 %, again and again: rolled back at once', async function () {
    if (!onLinux) this.skip();
    const candidate = stack.release(`1.${minor}.0`);
    const strategy = canaryOf([50], 60_000);
    const rolloutId = await askFor(stack, target, candidate, { strategy });
    await weightReaches(50);
    const startedAtMs = Date.now();
    let ended = false;
    const result = resultOf(stack, rolloutId).finally(() => {
      ended = true;
    });
    while (!ended) {
      for (const pid of servicesOf(stack, candidate)) process.kill(pid, 'SIGKILL');
      await sleep(100);
    }
    await settle(await result, candidate, 'rolledBack');
    assert.match((await result).reason, /restart|exit|requests failed/);
    assert.ok(Date.now() - startedAtMs < 15_000, `took ${Date.now() - startedAtMs} ms`);
    assert.equal(
      lostRequests(await load.take(), () => true),
      0,
    );
  });

  it('is not needed where a candidate hangs: rolled back, and only its own requests fail', async () => {
    const candidate = stack.release(`1.${minor}.0`, { hang: true });
    const strategy = canaryOf([20], 60_000);
    const result = await resultOf(stack, await askFor(stack, target, candidate, { strategy }));
    const exposedMs = splits.exposedMs();
    await settle(result, candidate, 'rolledBack');
    assert.match(result.reason, /1000 ms|1 s/);
    assert.ok(exposedMs < 6000, `exposed for ${exposedMs} ms`);
    const account = await load.take();
    // What hung is answered by the proxy, which names no revision.
    assert.deepEqual(Object.keys(account.revisions.get('proxy')?.failed ?? {}), ['504']);
    assert.equal(
      lostRequests(account, (revision) => revision !== 'proxy'),
      0,
    );
    const hung = failuresOf(account, () => true);
    assert.ok(hung < (exposedMs / 1000 + 1) * 200 * 0.25, `${hung} requests hung`);
  });

  it('is not needed where a candidate never gets ready: rolled back at the deadline', async () => {
    const candidate = stack.release(`1.${minor}.0`, { startDelayMs: 120_000 });
    const strategy = canaryOf([20], 60_000, { progressDeadlineMs: 3000 });
    const startedAtMs = Date.now();
    const result = await resultOf(stack, await askFor(stack, target, candidate, { strategy }));
    const tookMs = Date.now() - startedAtMs;
    await settle(result, candidate, 'rolledBack');
    // Whichever comes first: the platform says so, or the time for it is over.
    assert.match(result.reason, /not ready within the progress deadline|not done within 3s: /);
    assert.ok(tookMs >= 2500 && tookMs < 10_000, `took ${tookMs} ms`);
    const account = await load.take();
    assert.equal(account.revisions.get(revisionName(candidate)), undefined);
    assert.equal(
      lostRequests(account, () => true),
      0,
    );
  });

  it('of Temporal in the middle of a rollout: promoted when it is back', async () => {
    const candidate = stack.release(`1.${minor}.0`);
    const rolloutId = await askFor(stack, target, candidate);
    await weightReaches(20);
    await stack.temporal.kill();
    await sleep(1500);
    await stack.temporal.start();
    await settle(await resultOf(stack, rolloutId), candidate, 'promoted');
    assert.equal(
      lostRequests(await load.take(), () => true),
      0,
    );
    const effects = await effectsOf(stack, rolloutId);
    assert.deepEqual(new Set(Object.values(effects)), new Set([1]), JSON.stringify(effects));
  });
});

/** Processes of a revision's instances, found by what the playground put into their environment. */
function servicesOf(stack: LocalStack, { version }: Revision): number[] {
  const folder = join(stack.dataDir, 'playground', 'processes');
  const pids = readdirSync(folder).map((file) => Number.parseInt(file, 10));
  return pids.filter((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return environment.includes(`SLUICE_VERSION=${version}`);
    } catch {
      return false;
    }
  });
}
