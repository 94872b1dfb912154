/** What every platform's traffic router promises. */
import assert from 'node:assert/strict';
import type { TargetKey } from '../../src/domain/names.js';
import type { Split } from '../../src/domain/rollout/split.js';
import { emptySplit } from '../../src/domain/rollout/split.js';
import type { Intent } from '../../src/ports/workload.js';
import type { PlatformCase, PlatformUnderTest } from '../support/platform-under-test.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  install,
  intents,
  split,
} from '../support/platform-under-test.js';

export function trafficRouterContract(platformCase: PlatformCase): void {
  const { name, noDoorBecause, copies, create } = platformCase;
  describe(`traffic router on ${name}`, () => {
    let platform: PlatformUnderTest;
    let target: TargetKey;
    let next: () => Intent;
    let stable: string;
    let candidate: string;

    before(async () => {
      platform = await create();
    });
    after(() => platform.dispose());
    beforeEach(async () => {
      target = freshTarget();
      next = intents();
      const request = { target, instances: 1 };
      stable = await install(platform, { ...request, version: '1.0.0', intent: next() });
      candidate = await install(platform, { ...request, version: '1.1.0', intent: next() });
    });

    const apply = (wanted: Split, intent = next()) =>
      platform.router.applySplit({ target, split: wanted, intent });
    const read = () => platform.router.readSplit(target);

    /** Sends requests and says which revision answered each, by how often. */
    async function answersBy(requests: number, headers: Record<string, string> = {}) {
      const { url } = await read();
      const by: Record<string, number> = {};
      for (let n = 0; n < requests; n += 1) {
        const answer = await fetch(`${url}/`, { headers });
        await answer.text();
        const revision = answer.headers.get('x-sluice-revision') ?? String(answer.status);
        by[revision] = (by[revision] ?? 0) + 1;
      }
      return by;
    }

    it('reads an empty split of a target that was never written', async () => {
      const reading = await platform.router.readSplit(freshTarget());
      assert.deepEqual(reading, { split: emptySplit, fence: null, url: null });
    });

    it('reads back what was set, with its fence, and does not mind a repetition', async () => {
      const wanted: Split = {
        stable,
        candidate,
        weight: 25,
        headerRoute: { header: 'x-tester', value: 'yes' },
      };
      const intent = next();
      assert.deepEqual(await apply(wanted, intent), emptySplit);
      assert.deepEqual(await apply(wanted, intent), wanted);
      const reading = await read();
      assert.deepEqual(reading.split, wanted);
      assert.deepEqual(reading.fence, intent.fence);
      assert.notEqual(reading.url, null);
    });

    it('refuses an older decision, so that a late step cannot undo a rollback', async () => {
      const step = next();
      await apply(split(stable, null, 0));
      await assert.rejects(apply(split(stable, candidate, 50), step), { code: 'StaleWrite' });
      assert.deepEqual((await read()).split, split(stable, null, 0));
    });

    it('refuses what names an unknown revision or contradicts itself', async () => {
      await assert.rejects(apply(split(stable, '9.9.9-00000000', 5)), { code: 'NotFound' });
      await assert.rejects(apply(split(stable, null, 5)), { code: 'InvalidInput' });
      await assert.rejects(apply(split(stable, stable, 5)), { code: 'InvalidInput' });
      await assert.rejects(apply(split(stable, candidate, 101)), { code: 'InvalidInput' });
      await assert.rejects(apply(split(stable, candidate, 2.5)), { code: 'InvalidInput' });
      assert.deepEqual((await read()).split, emptySplit);
    });

    it('gives no traffic to a revision without a ready instance, but always takes it away', async () => {
      await apply(split(stable, candidate, 50));
      const { name: _, ...revision } = checkoutRevision('1.1.0');
      const workload = checkoutWorkload;
      const scaled = { target, revision, workload, instances: 0, intent: next() };
      await platform.workload.applyRevision(scaled);
      const notReady = { code: 'NotReady' };
      await assert.rejects(apply(split(stable, candidate, 60)), notReady);
      await assert.rejects(apply(split(candidate, null, 0)), notReady);
      const headerRoute = { header: 'x-tester', value: 'yes' };
      await assert.rejects(apply({ ...split(stable, candidate, 0), headerRoute }), notReady);
      await apply(split(stable, candidate, 20));
      await apply(split(stable, candidate, 0));
      assert.deepEqual(await apply(split(stable, null, 0)), split(stable, candidate, 0));
      assert.deepEqual((await read()).split, split(stable, null, 0));
    });

    const served = noDoorBecause === null ? it : it.skip;
    const because = noDoorBecause === null ? '' : ` (not here: ${noDoorBecause})`;

    served(`divides requests exactly${because}`, async () => {
      await apply(split(stable, candidate, 20));
      assert.deepEqual(await answersBy(100), { [stable]: 80, [candidate]: 20 });
      await apply(split(stable, candidate, 100));
      assert.deepEqual(await answersBy(20), { [candidate]: 20 });
      await apply(split(stable, candidate, 0));
      assert.deepEqual(await answersBy(20), { [stable]: 20 });
    });

    const copied = copies === true ? it : it.skip;
    const withoutCopies = copies === true ? '' : ' (not here: none are made or counted)';

    copied(`copies requests to the candidate and drops its answers${withoutCopies}`, async () => {
      await apply(split(stable, null, 0));
      const wanted = { ...split(stable, candidate, 0), mirror: 25 };
      await apply(wanted);
      assert.deepEqual((await read()).split, wanted);
      const counted = async () => {
        const [counters] = await platform.metrics.readCounters(target, [candidate]);
        return (counters?.instances ?? []).reduce((sum, { requests }) => sum + requests, 0);
      };
      assert.equal(await counted(), 0);
      assert.deepEqual(await answersBy(40), { [stable]: 40 });
      for (let n = 0; n < 20 && (await counted()) < 10; n += 1) await platform.pass(50);
      assert.equal(await counted(), 10);
      await apply(split(stable, candidate, 0));
      assert.deepEqual(await answersBy(20), { [stable]: 20 });
      await platform.pass(200);
      assert.equal(await counted(), 10, 'copies end with the split');
    });

    it('copies nothing to what is not ready, nor beside a weight', async () => {
      await apply(split(stable, null, 0));
      for (const [wanted, code] of [
        [{ ...split(stable, candidate, 5), mirror: 20 }, 'InvalidInput'],
        [{ ...split(stable, null, 0), mirror: 20 }, 'InvalidInput'],
        [{ ...split(stable, candidate, 0), mirror: 101 }, 'InvalidInput'],
      ] as const)
        await assert.rejects(apply(wanted), { code });
      if (copies !== true) return;
      const { name: _, ...revision } = checkoutRevision('1.1.0');
      const workload = checkoutWorkload;
      await platform.workload.applyRevision({
        ...{ target, revision, workload, instances: 0, intent: next() },
      });
      await assert.rejects(apply({ ...split(stable, candidate, 0), mirror: 20 }), {
        code: 'NotReady',
      });
    });

    served(`sends testers to the candidate by an exact header${because}`, async () => {
      const headerRoute = { header: 'X-Tester', value: 'yes' };
      await apply({ ...split(stable, candidate, 0), headerRoute });
      assert.deepEqual(await answersBy(5, { 'x-tester': 'yes' }), { [candidate]: 5 });
      assert.deepEqual(await answersBy(5, { 'x-tester': 'yes!' }), { [stable]: 5 });
      assert.deepEqual(await answersBy(5), { [stable]: 5 });
    });
  });
}
