/** Scenarios that other projects hold their canaries to, by their numbers in docs/scenarios.md, on a real cluster with real traffic. */
import assert from 'node:assert/strict';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { type ScenarioBed, startScenarios } from '../support/kubernetes-scenarios.js';
import {
  assertServed,
  assertUnharmed,
  at,
  canary,
  judged,
  servedFor,
  untilResumed,
} from '../support/kubernetes-shop.js';
import { workload } from '../support/builders.js';

const withinMs = 5000;

describeOnBed('canaries in scenarios', function () {
  this.timeout(60_000);
  let scenarios: ScenarioBed;
  before(async () => {
    scenarios = await startScenarios();
    await scenarios.open('abort', 'full', 'bad', 'lower', 'scale', 'again', 'third', 'unready');
  });
  after(() => scenarios?.stop());
  const allOn = (version: string) => ({ [version]: 100 });

  it('1 (TestRolloutAbortRetryPromote): aborts, retries from the first step, promotes', async () => {
    const shop = scenarios.shop('abort');
    const load = shop.load();
    const first = await shop.ask('1.1.0', canary([at(20), untilResumed, at(60), judged()]));
    await shop.holds(first);
    await shop.weighs({ '1.0.0': 80, '1.1.0': 20 });
    await shop.tell(first, 'abort');
    assert.equal((await shop.end(first)).outcome, 'aborted');
    await shop.weighs(allOn('1.0.0'));
    assert.deepEqual(await shop.timeline(first), [
      'traffic to 20 % on 1 instance',
      'abort by ann: because',
      'back to stable: aborted by ann: because',
    ]);
    const kinds = ['trafficShifted', 'commandAccepted', 'stableRestored'];
    assert.deepEqual((await shop.kinds(first)).toSorted(), kinds.toSorted());
    const second = await shop.retry(2);
    await shop.holds(second);
    await shop.weighs({ '1.0.0': 80, '1.1.0': 20 });
    await shop.tell(second, 'resume');
    const promoted = await shop.end(second);
    assert.equal(promoted.outcome, 'promoted', promoted.reason);
    await shop.weighs(allOn('1.1.0'));
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('2 (TestCanaryPromoteFull): passes pause and analysis over, also after an abort, by the same pods', async () => {
    const shop = scenarios.shop('full');
    const load = shop.load();
    const strategy = canary([at(20), untilResumed, at(50), judged(60_000)], {
      abortScaleDownDelayMs: 60_000,
    });
    const first = await shop.ask('1.1.0', strategy);
    await shop.holds(first);
    const [started = 'none'] = await shop.uids('1.1.0');
    await shop.tell(first, 'abort');
    await shop.end(first);
    const second = await shop.retry(2);
    await shop.holds(second);
    await shop.tell(second, 'promoteFull');
    const result = await shop.end(second);
    assert.equal(result.outcome, 'promoted');
    assert.equal(result.reason, 'promoted in full by ann: because');
    await shop.weighs(allOn('1.1.0'));
    assert.ok(!(await shop.kinds(second)).includes('verdictReached'));
    const uids = await shop.uids('1.1.0');
    assert.equal(uids.length, 2);
    assert.ok(uids.includes(started), 'the aborted pod goes on');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('3 (TestRolloutGoodToBadUpdate): a bad version takes no more than its step, and a good one follows', async () => {
    const shop = scenarios.shop('bad');
    const load = shop.load();
    const end = shop.follow();
    const bad = await shop.roll('1.2.0', canary([at(20), judged(3000), at(60), judged()]));
    assert.equal(bad.outcome, 'rolledBack', bad.reason);
    assert.match(bad.reason, /requests failed/);
    const seen = await end();
    const most = Math.max(...seen.map(({ weights }) => weights['1.2.0'] ?? 0));
    assert.equal(most, 20);
    assertServed(seen, '1.0.0', 2);
    const good = await shop.roll('1.1.0', canary([at(50), judged()]));
    assert.equal(good.outcome, 'promoted', good.reason);
    await shop.weighs(allOn('1.1.0'));
    const account = await load.stop();
    assertUnharmed(account, '1.0.0', '1.1.0');
    const served = account.revisions.get('1.2.0') ?? assert.fail('nobody met it');
    const exposedMs = Math.round(served.lastAtMs - served.firstAtMs);
    console.log(
      `      exposed ${exposedMs} ms, ${served.failed['500']} of ${served.answers} failed`,
    );
    assert.ok(exposedMs < withinMs, `${exposedMs} ms`);
  });

  it('5 (TestReduceWeightAndHonorMaxUnavailable): takes weight away before pods, and none of stable’s', async () => {
    const shop = scenarios.shop('lower');
    const load = shop.load();
    const end = shop.follow();
    const id = await shop.ask('1.1.0', canary([at(60), judged(), at(20), untilResumed]));
    await shop.holds(id);
    await shop.weighs({ '1.0.0': 80, '1.1.0': 20 });
    await shop.waits('one pod is left', ({ ready }) => ready['1.1.0'] === 1);
    await shop.tell(id, 'abort');
    await shop.end(id);
    const seen = await end();
    assertServed(seen, '1.0.0', 2);
    for (const { weights, wanted } of seen) {
      if (weights['1.1.0'] === 60) assert.equal(wanted['1.1.0'], 2);
    }
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('9 (TestCanaryDynamicStableScale): pods follow the weight, stable keeps its own, so abort waits for nobody', async () => {
    const shop = scenarios.shop('scale');
    const load = shop.load();
    const end = shop.follow();
    const steps = [at(25), untilResumed, at(75), untilResumed];
    const change = { workload: { ...workload, instances: 4, deployment: 'scale' } };
    const id = await shop.ask('1.1.0', canary(steps), change);
    await shop.holds(id);
    assert.equal((await shop.shown()).ready['1.1.0'], 1);
    await shop.tell(id, 'resume');
    await shop.weighs({ '1.0.0': 25, '1.1.0': 75 });
    assert.equal((await shop.shown()).ready['1.1.0'], 3);
    const abortedAtMs = Date.now();
    await shop.tell(id, 'abort');
    await shop.end(id);
    assertServed(await end(), '1.0.0', 2);
    const account = await load.stop();
    assertUnharmed(account, '1.0.0', '1.1.0');
    const leftMs = servedFor(account, '1.1.0', abortedAtMs);
    console.log(`      last answer ${leftMs} ms after the abort`);
    assert.ok(leftMs < withinMs);
  });

  it('10 (…RollbackToStable): stable asked for again mid-way ends it, and its pods outlive its weight', async () => {
    const shop = scenarios.shop('again');
    const load = shop.load();
    const end = shop.follow();
    const id = await shop.ask('1.1.0', canary([at(50), untilResumed]));
    await shop.holds(id);
    await shop.ask('1.0.0', canary([at(50), untilResumed]));
    const { outcome, reason } = await shop.end(id);
    assert.equal(outcome, 'superseded');
    assert.match(reason, /superseded by rollout:again:production:3/);
    const { stable, history } = await shop.idle();
    assert.equal(stable?.version, '1.0.0');
    assert.deepEqual(
      history.map(({ n }) => n),
      [2, 1],
      'nothing was started for it',
    );
    await shop.waits('its pods are gone', ({ wanted }) => wanted['1.1.0'] === undefined);
    assertServed(await end(), '1.0.0', 2);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('11 (TestCanaryWithPausedRollout): a third version takes a paused one’s place, which goes to no pods', async () => {
    const shop = scenarios.shop('third');
    scenarios.publish('1.4.0');
    const load = shop.load();
    const second = await shop.ask('1.1.0', canary([at(50), untilResumed]));
    await shop.holds(second);
    const steps = canary([at(20), untilResumed]);
    const third = await shop.ask('1.4.0', steps, { queuePolicy: 'latestWins' });
    assert.equal((await shop.end(second)).outcome, 'superseded');
    await shop.holds(third);
    await shop.weighs({ '1.0.0': 80, '1.4.0': 20 });
    await shop.tell(third, 'resume');
    assert.equal((await shop.end(third)).outcome, 'promoted');
    await shop.waits('only 1.4.0 is left', ({ wanted }) => Object.keys(wanted).join() === '1.4.0');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0', '1.4.0');
  });

  it('14 (TestIstioUpdateInMiddleZeroCanaryReplicas): supersedes a version without a ready pod, and reaches its pause', async () => {
    const shop = scenarios.shop('unready');
    scenarios.publish('1.5.0', { startDelayMs: 600_000 });
    const load = shop.load();
    const end = shop.follow();
    const second = await shop.ask('1.5.0', canary([at(20), untilResumed]));
    await shop.waits('its pod is there', ({ wanted }) => wanted['1.5.0'] === 1);
    const steps = canary([at(20), untilResumed]);
    const third = await shop.ask('1.1.0', steps, { queuePolicy: 'latestWins' });
    assert.equal((await shop.end(second)).outcome, 'superseded');
    await shop.holds(third);
    const { weights, ready } = await shop.shown();
    assert.deepEqual([weights['1.1.0'], ready['1.1.0']], [20, 1]);
    await shop.tell(third, 'abort');
    await shop.end(third);
    assertServed(await end(), '1.0.0', 2);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });
});
