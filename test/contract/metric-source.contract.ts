/** What every metric source promises. */
import assert from 'node:assert/strict';
import type { InstanceCounters } from '../../src/domain/analysis/sample.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { PlatformCase, PlatformUnderTest } from '../support/platform-under-test.js';
import { freshTarget, install, intents, split } from '../support/platform-under-test.js';

const sum = (instances: readonly InstanceCounters[], of: (one: InstanceCounters) => number) =>
  instances.reduce((total, instance) => total + of(instance), 0);

export function metricSourceContract({ name, create }: PlatformCase): void {
  describe(`metric source on ${name}`, () => {
    let platform: PlatformUnderTest;
    let target: TargetKey;
    let stable: string;
    let candidate: string;

    before(async () => {
      platform = await create();
      target = freshTarget();
      const next = intents();
      const request = { target, instances: 2 };
      stable = await install(platform, { ...request, version: '1.0.0', intent: next() });
      candidate = await install(platform, { ...request, version: '1.2.0', intent: next() });
      await platform.router.applySplit({
        target,
        split: split(stable, candidate, 50),
        intent: next(),
      });
    });
    after(() => platform.dispose());

    it('answers in the order asked; a revision without data has no instances', async () => {
      const asked = ['0.0.1-00000000', candidate, stable];
      const answered = await platform.metrics.readCounters(target, asked);
      assert.deepEqual(
        answered.map(({ revision }) => revision),
        asked,
      );
      assert.deepEqual(answered[0]?.instances, []);
      const elsewhere = await platform.metrics.readCounters(freshTarget(), [stable]);
      assert.deepEqual(
        elsewhere.map(({ revision, instances }) => ({ revision, instances })),
        [{ revision: stable, instances: [] }],
      );
    });

    it('begins at zero, with ascending edges', async () => {
      const [counters] = await platform.metrics.readCounters(target, [candidate]);
      assert.equal(counters?.instances.length, 2);
      for (const instance of counters.instances) {
        assert.equal(instance.requests, 0);
        assert.equal(instance.errors, 0);
        assert.equal(instance.inFlight, 0);
        const edges = instance.buckets.map(({ leMs }) => leMs);
        assert.deepEqual(edges, [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]);
        assert.deepEqual(
          instance.inFlightOlder.map(({ overMs }) => overMs),
          edges,
        );
      }
    });

    it('counts requests and errors where they were answered, and only upwards', async () => {
      const ids = new Set<string>();
      let before = new Map<string, InstanceCounters>();
      for (let round = 1; round <= 3; round += 1) {
        await platform.send(target, 40);
        const [good, bad] = await platform.metrics.readCounters(target, [stable, candidate]);
        assert.equal(
          sum(good?.instances ?? [], (one) => one.requests),
          20 * round,
        );
        assert.equal(
          sum(good?.instances ?? [], (one) => one.errors),
          0,
        );
        assert.equal(
          sum(bad?.instances ?? [], (one) => one.requests),
          20 * round,
        );
        assert.equal(
          sum(bad?.instances ?? [], (one) => one.errors),
          6 * round,
        );
        const now = new Map<string, InstanceCounters>();
        for (const instance of [...(good?.instances ?? []), ...(bad?.instances ?? [])]) {
          ids.add(instance.instance);
          now.set(instance.instance, instance);
          assert.equal(instance.buckets.at(-1)?.count, instance.requests);
          assert.ok(instance.requests >= (before.get(instance.instance)?.requests ?? 0));
        }
        before = now;
      }
      assert.equal(ids.size, 4);
    });
  });
}
