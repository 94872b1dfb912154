/** What every platform's workload port promises. */
import assert from 'node:assert/strict';
import type { PlatformCase, PlatformUnderTest } from '../support/platform-under-test.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  install,
  intents,
  split,
  until,
} from '../support/platform-under-test.js';

export function workloadContract({ name, create }: PlatformCase): void {
  describe(`workload on ${name}`, () => {
    let platform: PlatformUnderTest;
    before(async () => {
      platform = await create();
    });
    after(() => platform.dispose());

    it('knows nothing of a target that was never written', async () => {
      const target = freshTarget();
      assert.deepEqual(await platform.workload.readRevisions(target), []);
      assert.deepEqual(
        (await platform.workload.listTargets()).filter(
          (known) => known.environment === target.environment,
        ),
        [],
      );
    });

    it('runs the declared instances, each under an id of its own', async () => {
      const target = freshTarget();
      const revision = await install(platform, {
        target,
        version: '1.0.0',
        instances: 2,
        intent: intents()(),
      });
      const [status, ...others] = await platform.workload.readRevisions(target);
      assert.equal(others.length, 0);
      assert.equal(status?.name, revision);
      assert.equal(status.version, '1.0.0');
      assert.equal(status.digest, checkoutRevision('1.0.0').digest);
      assert.equal(status.desiredInstances, 2);
      assert.equal(status.restarts, 0);
      assert.equal(new Set(status.instances.map((instance) => instance.id)).size, 2);
      for (const instance of status.instances) {
        assert.equal(instance.state, 'ready');
        assert.equal(instance.probeFailures, 0);
        assert.equal(instance.reason, null);
      }
      const known = await platform.workload.listTargets();
      assert.ok(known.some((key) => key.environment === target.environment));
    });

    it('changes nothing when the same write comes again', async () => {
      const target = freshTarget();
      const intent = intents()();
      await install(platform, { target, version: '1.0.0', instances: 1, intent });
      const before = await platform.workload.readRevisions(target);
      await install(platform, { target, version: '1.0.0', instances: 1, intent });
      assert.deepEqual(await platform.workload.readRevisions(target), before);
    });

    it('counts unexpected exits, anew for every rollout', async () => {
      const target = freshTarget();
      const first = intents(1);
      const again = { target, version: '1.0.0', instances: 1 };
      const revision = await install(platform, { ...again, intent: first() });
      const restarts = async () =>
        (await platform.workload.readRevisions(target)).map((status) => status.restarts);
      await platform.crash(target, revision);
      await until(platform, async () => (await restarts())[0] === 1);
      await install(platform, { ...again, intent: first() });
      assert.deepEqual(await restarts(), [1]);
      await install(platform, { ...again, intent: intents(2)() });
      assert.deepEqual(await restarts(), [0]);
    });

    it('replaces one instance, which is no unexpected exit, and does not mind a repetition', async () => {
      const target = freshTarget();
      const request = { target, version: '1.0.0', instances: 2, intent: intents()() };
      const revision = await install(platform, request);
      const read = async () => (await platform.workload.readRevisions(target))[0];
      const before = (await read())?.instances.map(({ id }) => id) ?? [];
      const [instance = '', other] = before;
      for (const named of [revision, revision, '9.9.9-00000000']) {
        await platform.workload.replaceInstance({ target, revision: named, instance });
      }
      await until(platform, async () => {
        const now = (await read())?.instances ?? [];
        const ready = now.filter(({ id, state }) => id !== instance && state === 'ready');
        return now.length === 2 && ready.length === 2;
      });
      await platform.workload.replaceInstance({ target, revision, instance });
      const status = await read();
      assert.ok(status?.instances.some(({ id }) => id === other));
      assert.deepEqual([status?.instances.length, status?.restarts], [2, 0]);
      assert.equal(status?.desiredInstances, 2);
    });

    it('scales in both directions and keeps the instances that stay', async () => {
      const target = freshTarget();
      const next = intents();
      const ids = async () =>
        (await platform.workload.readRevisions(target)).flatMap((status) =>
          status.instances.map((instance) => instance.id),
        );
      await install(platform, { target, version: '1.0.0', instances: 1, intent: next() });
      const [first] = await ids();
      await install(platform, { target, version: '1.0.0', instances: 3, intent: next() });
      assert.equal((await ids()).length, 3);
      await install(platform, { target, version: '1.0.0', instances: 1, intent: next() });
      assert.deepEqual(await ids(), [first]);
      await install(platform, { target, version: '1.0.0', instances: 0, intent: next() });
      assert.deepEqual(await ids(), []);
    });

    it('refuses a write that was decided before the last accepted one', async () => {
      const target = freshTarget();
      const early = intents(1)();
      const late = intents(2);
      const revision = await install(platform, {
        target,
        version: '1.0.0',
        instances: 1,
        intent: late(),
      });
      const stale = { code: 'StaleWrite' };
      await assert.rejects(
        install(platform, { target, version: '1.0.0', instances: 3, intent: early }),
        stale,
      );
      await assert.rejects(
        platform.workload.removeRevision({ target, revision, intent: early }),
        stale,
      );
      const [status] = await platform.workload.readRevisions(target);
      assert.equal(status?.desiredInstances, 1);
    });

    it('counts a write of the router as the later decision too', async () => {
      const target = freshTarget();
      const next = intents();
      const delayed = next();
      const stable = await install(platform, {
        target,
        version: '1.0.0',
        instances: 1,
        intent: next(),
      });
      await platform.router.applySplit({ target, split: split(stable, null, 0), intent: next() });
      await assert.rejects(
        install(platform, { target, version: '1.0.0', instances: 2, intent: delayed }),
        { code: 'StaleWrite' },
      );
    });

    it('does not run an artifact that is not the one promised', async () => {
      const target = freshTarget();
      const revision = { version: '1.0.0', digest: checkoutRevision('1.1.0').digest };
      await assert.rejects(
        platform.workload.applyRevision({
          target,
          revision,
          workload: checkoutWorkload,
          instances: 1,
          intent: intents()(),
        }),
        (error: Error & { code?: string; details?: { seen?: unknown } }) => {
          assert.equal(error.code, 'DigestMismatch');
          assert.equal(error.details?.seen, checkoutRevision('1.0.0').digest);
          return true;
        },
      );
      assert.deepEqual(await platform.workload.readRevisions(target), []);
    });

    it('keeps a revision that the split names, and removes it afterwards', async () => {
      const target = freshTarget();
      const next = intents();
      const request = { target, instances: 1 };
      const stable = await install(platform, { ...request, version: '1.0.0', intent: next() });
      const candidate = await install(platform, { ...request, version: '1.1.0', intent: next() });
      const apply = (weight: number, named: string | null) => {
        const wanted = split(stable, named, weight);
        return platform.router.applySplit({ target, split: wanted, intent: next() });
      };
      await apply(0, candidate);
      for (const revision of [stable, candidate]) {
        await assert.rejects(
          platform.workload.removeRevision({ target, revision, intent: next() }),
          { code: 'PolicyDenied' },
        );
      }
      await apply(0, null);
      const intent = next();
      await platform.workload.removeRevision({ target, revision: candidate, intent });
      await platform.workload.removeRevision({ target, revision: candidate, intent });
      await until(platform, async () => {
        const names = (await platform.workload.readRevisions(target)).map(({ name }) => name);
        return names.join() === stable;
      });
    });
  });
}
