/** Scenarios of pods that stay, go and are taken away by others, with their numbers in docs/scenarios.md, on a real cluster. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppsV1Api, CoreV1Api, PolicyV1Api } from '@kubernetes/client-node';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { within } from '../support/kubernetes.js';
import { type ScenarioBed, startScenarios } from '../support/kubernetes-scenarios.js';
import {
  assertServed,
  assertUnharmed,
  at,
  canary,
  judged,
  type Shop,
  servedFor,
  untilResumed,
} from '../support/kubernetes-shop.js';

const withinMs = 5000;

describeOnBed('pods in scenarios', function () {
  this.timeout(60_000);
  let scenarios: ScenarioBed;
  before(async () => {
    scenarios = await startScenarios();
    scenarios.publish('1.4.0');
    await scenarios.open(
      'race',
      'delay',
      'never',
      'ever',
      'warm',
      'deleted',
      'shrunk',
      'grown',
      'budget',
    );
  });
  after(() => scenarios?.stop());

  const held = canary([at(50), untilResumed]);
  const heldFor = (abortScaleDownDelayMs: number) =>
    canary([at(50), untilResumed], { abortScaleDownDelayMs });
  /** By hand, as `kubectl scale` does it. */
  const scale = async (shop: Shop, version: string, replicas: number): Promise<void> => {
    const { namespace } = scenarios;
    const apps = scenarios.bed.admin.makeApiClient(AppsV1Api);
    const labelSelector = `sluice.dev/service=${shop.target.service},sluice.dev/version=${version}`;
    const { items } = await apps.listNamespacedDeployment({ namespace, labelSelector });
    const name = items[0]?.metadata?.name ?? '';
    const body = { metadata: { name, namespace }, spec: { replicas } };
    await apps.replaceNamespacedDeploymentScale({ namespace, name, body });
  };
  /** Milliseconds from the end of the abort until its pods are gone, and what was seen meanwhile. */
  const aborted = async (shop: Shop, delayMs: number) => {
    const id = await shop.ask('1.1.0', heldFor(delayMs));
    await shop.holds(id);
    await shop.tell(id, 'abort');
    assert.equal((await shop.end(id)).outcome, 'aborted');
    return Date.now();
  };

  it('6 (TestCanaryScaleDownOnAbort): aborted pods stay ready for their time, without traffic, and then go', async () => {
    const shop = scenarios.shop('delay');
    const load = shop.load();
    const endedAtMs = await aborted(shop, 4000);
    const end = shop.follow();
    await shop.waits('they are gone', ({ wanted }) => wanted['1.1.0'] === undefined);
    const tookMs = Date.now() - endedAtMs;
    assert.ok(tookMs >= 3500, `${tookMs} ms`);
    const seen = await end();
    for (const { ready, weights, atMs } of seen) {
      assert.equal(weights['1.1.0'] ?? 0, 0);
      if (atMs < endedAtMs + 3500) assert.equal(ready['1.1.0'], 1);
    }
    assertServed(seen, '1.0.0', 2);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('7 (TestCanaryUnScaleDownOnAbort): no delay means at once, a long one keeps them', async () => {
    const [never, ever] = [scenarios.shop('never'), scenarios.shop('ever')];
    await Promise.all([aborted(never, 0), aborted(ever, 3_600_000)]);
    const kept = await ever.uids('1.1.0');
    assert.equal(kept.length, 1);
    await never.waits('they are gone', ({ wanted }) => wanted['1.1.0'] === undefined, withinMs);
    await sleep(1000);
    assert.deepEqual(await ever.uids('1.1.0'), kept);
  });

  it('8 (TestCanaryScaleDownDelayWithProgressDeadline): the old pods stay warm beyond the deadline of a step', async () => {
    const shop = scenarios.shop('warm');
    const load = shop.load();
    const timing = { keepWarmMs: 8000, progressDeadlineMs: 6000 };
    const result = await shop.roll('1.1.0', canary([at(50), judged()], timing));
    assert.equal(result.outcome, 'promoted', result.reason);
    const promotedAtMs = Date.now();
    const end = shop.follow();
    await shop.waits('the old pods go', ({ wanted }) => wanted['1.0.0'] === undefined);
    for (const { ready, atMs } of await end())
      if (atMs < promotedAtMs + 7500) assert.deepEqual(ready, { '1.0.0': 2, '1.1.0': 2 });
    const { history } = await shop.idle();
    assert.equal(history[0]?.outcome, 'promoted');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('13 (TestIstioAbortUpdateDeleteAllCanaryPods): abort with no candidate pod left waits for none', async () => {
    const shop = scenarios.shop('deleted');
    const load = shop.load();
    const id = await shop.ask('1.1.0', heldFor(5000));
    await shop.holds(id);
    await shop.deletePods('1.1.0');
    const abortedAtMs = Date.now();
    await shop.tell(id, 'abort');
    assert.equal((await shop.end(id)).outcome, 'aborted');
    const tookMs = Date.now() - abortedAtMs;
    await shop.weighs({ '1.0.0': 100 });
    await shop.waits('a pod of it is back', ({ ready }) => ready['1.1.0'] === 1, 4500);
    await shop.waits('it goes in its time', ({ wanted }) => wanted['1.1.0'] === undefined);
    assert.equal((await shop.shown()).ready['1.0.0'], 2);
    const account = await load.stop();
    assert.deepEqual(account.revisions.get('1.0.0')?.failed, {});
    const emptyMs = servedFor(account, 'proxy', abortedAtMs);
    console.log(`      back after ${tookMs} ms, last request to nobody after ${emptyMs} ms`);
    assert.ok(tookMs < withinMs && emptyMs < withinMs);
  });

  it('15 (TestIstioSubsetSplitInStableDownscaleAfterCanaryAbort): stable scaled by hand after an abort keeps all traffic', async () => {
    const shop = scenarios.shop('shrunk');
    const load = shop.load();
    await aborted(shop, 500);
    await scale(shop, '1.0.0', 1);
    await shop.waits('one is left', ({ ready }) => ready['1.0.0'] === 1);
    await sleep(500);
    assert.deepEqual((await shop.shown()).weights, { '1.0.0': 100 });
    const next = await shop.roll('1.4.0', canary([at(50), judged()]));
    assert.equal(next.outcome, 'promoted', next.reason);
    assert.ok(((await shop.shown()).ready['1.4.0'] ?? 0) >= 2, 'at the scale that was asked for');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0', '1.4.0');
  });

  it('8 (TestCanaryScaleDownDelay): what is asked for again at the end of its time keeps its pods', async () => {
    const shop = scenarios.shop('race');
    const load = shop.load();
    for (const delayMs of [0, 300]) {
      const id = await shop.ask('1.1.0', heldFor(delayMs));
      await shop.holds(id);
      await shop.tell(id, 'abort');
      await shop.end(id);
    }
    await sleep(350);
    const result = await shop.roll('1.1.0', canary([at(50), judged(2000, 4000)]));
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual((await shop.shown()).weights, { '1.1.0': 100 });
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('25 (TestSpecAndReplicaChangeSameTime): stable scaled by hand in the middle disturbs nobody', async () => {
    const shop = scenarios.shop('grown');
    const load = shop.load();
    const id = await shop.ask('1.1.0', held);
    await Promise.all([shop.holds(id), scale(shop, '1.0.0', 3)]);
    await shop.waits('three are ready', ({ ready }) => ready['1.0.0'] === 3);
    await shop.weighs({ '1.0.0': 50, '1.1.0': 50 });
    await shop.tell(id, 'resume');
    const result = await shop.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    await shop.waits('only 1.1.0 is left', ({ ready }) => Object.keys(ready).join() === '1.1.0');
    assert.ok(((await shop.shown()).ready['1.1.0'] ?? 0) >= 2);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('25 (TestRolloutPDBRestart): a budget of stable’s pods is kept from the first step to the last', async () => {
    const shop = scenarios.shop('budget');
    const { namespace, bed } = scenarios;
    const matchLabels = { 'sluice.dev/service': 'budget', 'sluice.dev/version': '1.0.0' };
    const policy = bed.admin.makeApiClient(PolicyV1Api);
    await policy.createNamespacedPodDisruptionBudget({
      namespace,
      body: {
        metadata: { name: 'budget' },
        spec: { minAvailable: 2, selector: { matchLabels } },
      },
    });
    await within('the budget counts two', 10_000, async () => {
      const budget = { namespace, name: 'budget' };
      const { status } = await policy.readNamespacedPodDisruptionBudget(budget);
      return status?.currentHealthy === 2;
    });
    const load = shop.load();
    const end = shop.follow();
    const before = await shop.uids('1.0.0');
    const id = await shop.ask('1.1.0', held);
    await shop.holds(id);
    const core = bed.admin.makeApiClient(CoreV1Api);
    for (const { metadata } of await shop.pods('1.0.0')) {
      const name = metadata?.name ?? '';
      const evicted = core.createNamespacedPodEviction({
        namespace,
        name,
        body: { metadata: { name } },
      });
      await assert.rejects(evicted, { code: 429 });
    }
    assert.deepEqual(await shop.uids('1.0.0'), before);
    assertServed(await end(), '1.0.0', 2);
    await shop.tell(id, 'resume');
    const result = await shop.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    await shop.waits('the old pods go', ({ wanted }) => wanted['1.0.0'] === undefined);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });
});
