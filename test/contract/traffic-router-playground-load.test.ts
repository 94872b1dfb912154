/** No request fails because of a shift, a change of scale or a removal: the playground under steady load. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetKey } from '../../src/domain/names.js';
import type { Intent } from '../../src/ports/workload.js';
import type { PlatformUnderTest } from '../support/platform-under-test.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  install,
  intents,
  playgroundCase,
  split,
} from '../support/platform-under-test.js';
import { failedAnswers, startLoad } from '../support/playground-load.js';

const perSecond = 500;

describe('playground under load', () => {
  let platform: PlatformUnderTest;
  let target: TargetKey;
  let next: () => Intent;
  let stable: string;
  let url: string;

  before(async () => {
    platform = await playgroundCase.create();
  });
  after(() => platform.dispose());
  beforeEach(async () => {
    target = freshTarget();
    next = intents();
    stable = await install(platform, { target, version: '1.0.0', instances: 3, intent: next() });
    await shift(null, 0);
    url = `${(await platform.router.readSplit(target)).url}/`;
  });

  const shift = (candidate: string | null, weight: number) =>
    platform.router.applySplit({ target, split: split(stable, candidate, weight), intent: next() });
  const scale = (version: string, instances: number) => {
    const { name: _, ...revision } = checkoutRevision(version);
    const workload = checkoutWorkload;
    return platform.workload.applyRevision({
      target,
      revision,
      workload,
      instances,
      intent: next(),
    });
  };

  it('loses nothing through shifts, scaling and removal, again and again', async () => {
    const load = startLoad(url, { perSecond, post: true });
    for (let round = 0; round < 3; round += 1) {
      const candidate = await install(platform, {
        target,
        version: '1.1.0',
        instances: 2,
        intent: next(),
      });
      for (const weight of [20, 50, 100, 0, 50, 0]) {
        await shift(candidate, weight);
        await sleep(150);
      }
      await shift(candidate, 100);
      await scale('1.0.0', 1);
      await sleep(200);
      await scale('1.1.0', 1);
      await sleep(200);
      await install(platform, { target, version: '1.0.0', instances: 3, intent: next() });
      await shift(null, 0);
      await platform.workload.removeRevision({ target, revision: candidate, intent: next() });
      await sleep(200);
    }
    const account = await load.stop();
    assert.deepEqual(failedAnswers(account), {});
    assert.ok(account.sent > perSecond * 3, `only ${account.sent} requests were sent`);
    const served = [...account.answers.keys()].map((outcome) => outcome.split('-')[0]);
    assert.deepEqual(new Set(served), new Set(['1.0.0', '1.1.0']));
  });

  it('sends no request to the candidate once the split without it was answered', async () => {
    const candidate = await install(platform, {
      target,
      version: '1.1.0',
      instances: 1,
      intent: next(),
    });
    await shift(candidate, 50);
    const load = startLoad(url, { perSecond });
    await sleep(300);
    await shift(candidate, 0);
    const count = async () => {
      const [counters] = await platform.metrics.readCounters(target, [candidate]);
      return counters?.instances.reduce((sum, one) => sum + one.requests + one.inFlight, 0);
    };
    const before = await count();
    await sleep(300);
    assert.equal(await count(), before);
    assert.deepEqual(failedAnswers(await load.stop()), {});
  });

  it('answers repeatable requests elsewhere when an instance is killed, and counts its failures', async () => {
    const load = startLoad(url, { perSecond });
    await sleep(200);
    const [status] = await platform.workload.readRevisions(target);
    const victim = status?.instances[0];
    // Exits 10 ms after its answer, with requests in its hands.
    await fetch(`${victim?.url}/admin/behaviour`, {
      method: 'POST',
      body: JSON.stringify({ exit: 3, latencyMs: 50 }),
    });
    await sleep(600);
    assert.deepEqual(failedAnswers(await load.stop()), {});
    const [after] = await platform.workload.readRevisions(target);
    assert.equal(after?.restarts, 1);
    assert.ok(!after.instances.some((instance) => instance.id === victim?.id));
    const [counters] = await platform.metrics.readCounters(target, [stable]);
    const own = counters?.instances.find((instance) => instance.instance === victim?.id);
    assert.ok((own?.errors ?? 0) > 0, 'the failure is not on the account of the killed instance');
  });
});
