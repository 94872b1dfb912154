/** Scenarios that other projects hold blue-green to, with their numbers in docs/scenarios.md, on a real cluster with real traffic. */
import assert from 'node:assert/strict';
import type {
  BlueGreenStrategy,
  RolloutTiming,
  SmokeTest,
} from '../../src/domain/rollout/strategy.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { type ScenarioBed, startScenarios } from '../support/kubernetes-scenarios.js';
import {
  assertServed,
  assertUnharmed,
  type Shop,
  servedFor,
  soon,
} from '../support/kubernetes-shop.js';

const withinMs = 5000;
const smoke: SmokeTest = {
  ...{ path: '/', expectStatus: 200, expectBody: null, requests: 2 },
  ...{ retries: 0, retryDelayMs: 100, timeoutMs: 2000 },
};

/** One switch, then judged for a second while the old side is warm. */
function blueGreen(
  timing: Partial<RolloutTiming> = {},
  change: Partial<BlueGreenStrategy> = {},
): BlueGreenStrategy {
  return {
    ...{ kind: 'blueGreen', smoke, warmUp: null, weights: [100], stepMs: 500 },
    ...{ postSwitchMs: 1000, deadlineMs: 6000, timing: { ...soon, ...timing } },
    ...change,
  };
}

describeOnBed('blue-green in scenarios', function () {
  this.timeout(60_000);
  let scenarios: ScenarioBed;
  before(async () => {
    scenarios = await startScenarios();
    scenarios.publish('1.4.0');
    scenarios.publish('1.4.1', { errorRate: 1 });
    scenarios.publish('1.4.2', { startDelayMs: 600_000 });
    await scenarios.open('other', 'again', 'before', 'after', 'next', 'warm', 'late', 'phases');
  });
  after(() => scenarios?.stop());

  const shiftsOf = async (shop: Shop, id: string) =>
    (await shop.record(id))
      .filter(({ kind }) => kind === 'trafficShifted')
      .map(({ data }) => (data['split'] as { weight: number }).weight);

  it('16 (TestIstioPingPongUpdate): one update after another, each from its own side', async () => {
    const shop = scenarios.shop('other');
    const load = shop.load();
    const end = shop.follow();
    for (const version of ['1.1.0', '1.4.0']) {
      const result = await shop.roll(version, blueGreen({}, { weights: [25, 100] }));
      assert.equal(result.outcome, 'promoted', result.reason);
      assert.deepEqual(await shiftsOf(shop, result.rolloutId), [0, 25, 100]);
      await shop.weighs({ [version]: 100 });
    }
    await shop.waits('the last one is alone', ({ ready }) => Object.keys(ready).join() === '1.4.0');
    for (const { weights, ready } of await end()) {
      for (const [version, weight] of Object.entries(weights))
        assert.ok(weight === 0 || (ready[version] ?? 0) > 0);
    }
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0', '1.4.0');
  });

  it('17 (TestBlueGreenAnalysis): back to what is still warm at once, by its own pods, and nothing is judged', async () => {
    const shop = scenarios.shop('again');
    const load = shop.load();
    const old = await shop.uids('1.0.0');
    const result = await shop.roll('1.1.0', blueGreen({ keepWarmMs: 60_000 }));
    assert.equal(result.outcome, 'promoted', result.reason);
    await shop.idle();
    const toldAtMs = Date.now();
    const back = await shop.goBack();
    assert.equal((await shop.end(back)).outcome, 'promoted');
    await shop.weighs({ '1.0.0': 100 });
    assert.deepEqual(await shop.uids('1.0.0'), old);
    assert.ok(!(await shop.kinds(back)).some((kind) => /verdict|smoke/.test(kind)));
    const account = await load.stop();
    assertUnharmed(account, '1.0.0', '1.1.0');
    const leftMs = servedFor(account, '1.1.0', toldAtMs);
    console.log(`      last answer ${leftMs} ms after it was told`);
    assert.ok(leftMs < withinMs, `${leftMs} ms`);
  });

  it('18 (TestBlueGreenPrePromotionFail): what fails its smoke test meets nobody', async () => {
    const shop = scenarios.shop('before');
    const load = shop.load();
    const end = shop.follow();
    const result = await shop.roll('1.4.1', blueGreen());
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /:8080\/ answered 500, expected 200/);
    await shop.waits('no bad pod is left', ({ wanted }) => wanted['1.4.1'] === undefined);
    const seen = await end();
    assertServed(seen, '1.0.0', 2);
    assert.ok(seen.every(({ weights }) => (weights['1.4.1'] ?? 0) === 0));
    const account = await load.stop();
    assertUnharmed(account, '1.0.0');
    assert.equal(account.revisions.get('1.4.1'), undefined);
  });

  it('18 (TestBlueGreenPostPromotionFail): what turns bad after the switch is turned back, to the same pods', async () => {
    const shop = scenarios.shop('after');
    const load = shop.load();
    const old = await shop.uids('1.0.0');
    const id = await shop.ask('1.1.0', blueGreen({}, { postSwitchMs: 60_000 }));
    await shop.weighs({ '1.1.0': 100 });
    const badAtMs = Date.now();
    await shop.behave('1.1.0', { errorRate: 1 });
    const result = await shop.end(id);
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(result.reason, /requests failed/);
    await shop.weighs({ '1.0.0': 100 });
    assert.deepEqual(await shop.uids('1.0.0'), old);
    const account = await load.stop();
    assertUnharmed(account, '1.0.0');
    const leftMs = servedFor(account, '1.1.0', badAtMs);
    console.log(`      last answer ${leftMs} ms after it turned bad`);
    assert.ok(leftMs < withinMs, `${leftMs} ms`);
  });

  it('18 (TestBlueGreenAbortAndUpdate): after an abort the next update is clean', async () => {
    const shop = scenarios.shop('next');
    const load = shop.load();
    const id = await shop.ask('1.1.0', blueGreen({}, { postSwitchMs: 60_000 }));
    await shop.weighs({ '1.1.0': 100 });
    await shop.tell(id, 'abort');
    assert.equal((await shop.end(id)).outcome, 'aborted');
    await shop.weighs({ '1.0.0': 100 });
    const result = await shop.roll('1.4.0', blueGreen());
    assert.equal(result.outcome, 'promoted', result.reason);
    const { history, queue, stable } = await shop.idle();
    assert.deepEqual(
      history.map(({ version, outcome }) => `${version} ${outcome}`),
      ['1.4.0 promoted', '1.1.0 aborted', '1.0.0 promoted'],
    );
    assert.deepEqual([queue.length, stable?.version], [0, '1.4.0']);
    await shop.waits('only 1.4.0 is left', ({ ready }) => Object.keys(ready).join() === '1.4.0');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0', '1.4.0');
  });

  it('21 (TestBlueGreenScaleDownDelay): the old side is kept for its time, and only the last one', async () => {
    const shop = scenarios.shop('warm');
    const load = shop.load();
    await shop.roll('1.1.0', blueGreen({ keepWarmMs: 60_000 }));
    const result = await shop.roll('1.4.0', blueGreen({ keepWarmMs: 5000 }));
    const promotedAtMs = Date.now();
    assert.equal(result.outcome, 'promoted', result.reason);
    const end = shop.follow();
    await shop.waits(
      'the older one goes at once',
      ({ ready }) => ready['1.0.0'] === undefined,
      4000,
    );
    assert.equal((await shop.shown()).ready['1.1.0'], 2);
    await shop.waits('the old side goes', ({ ready }) => ready['1.1.0'] === undefined, 15_000);
    const goneAfterMs = Date.now() - promotedAtMs;
    assert.ok(goneAfterMs >= 4000, `${goneAfterMs} ms`);
    const seen = await end();
    for (const { ready, atMs } of seen)
      if (atMs < promotedAtMs + 4000) assert.equal(ready['1.1.0'], 2);
    assertServed(seen, '1.4.0', 2);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0', '1.4.0');
  });

  it('21 (TestBlueGreenExceedProgressDeadlineAbort): what never gets ready goes by the deadline, pods and all', async () => {
    const shop = scenarios.shop('late');
    const load = shop.load();
    const end = shop.follow();
    const result = await shop.roll('1.4.2', blueGreen({ progressDeadlineMs: 3000 }));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /not done within 3s: deploy 2 instances|not ready within/);
    await shop.waits('no bad pod is left', ({ wanted }) => wanted['1.4.2'] === undefined);
    assertServed(await end(), '1.0.0', 2);
    const next = await shop.roll('1.1.0', blueGreen());
    assert.equal(next.outcome, 'promoted', next.reason);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('28 (BlueGreenAnalysisPhases): all pods before any traffic, then 10, 50 and 100 %, and the new pods stay', async () => {
    const shop = scenarios.shop('phases');
    const load = shop.load();
    const end = shop.follow();
    const id = await shop.ask('1.1.0', blueGreen({}, { weights: [10, 50, 100] }));
    await shop.weighs({ '1.0.0': 90, '1.1.0': 10 });
    const started = await shop.uids('1.1.0');
    assert.equal(started.length, 2);
    const result = await shop.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(await shiftsOf(shop, id), [0, 10, 50, 100]);
    assert.deepEqual(await shop.uids('1.1.0'), started, 'nothing is rolled twice');
    for (const { weights, ready } of await end())
      if ((weights['1.1.0'] ?? 0) > 0) assert.equal(ready['1.1.0'], 2);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });
});
