/** Scenarios of a target over several rollouts, with their numbers in docs/scenarios.md, on a real cluster with real traffic. */
import assert from 'node:assert/strict';
import { defaultLimits } from '../../src/api/limits.js';
import { sendCommand } from '../../src/api/temporal.js';
import { abortUpdate } from '../../src/workflows/rollout-messages.js';
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
import { by, refusal } from '../support/operator.js';

const withinMs = 5000;
const nowhere = { version: '9.9.9', digest: `sha256:${'0'.repeat(64)}` };

describeOnBed('targets in scenarios', function () {
  this.timeout(60_000);
  let scenarios: ScenarioBed;
  before(async () => {
    scenarios = await startScenarios();
    scenarios.publish('1.4.0');
    scenarios.publish('1.4.2', { startDelayMs: 600_000 });
    const names = ['broken', 'healthy', 'window', 'invalid', 'counted', 'stuck', 'same', 'down'];
    await scenarios.open(...names);
  });
  after(() => scenarios?.stop());

  const stepped = canary([at(20), judged(), at(60), judged()]);

  let tries = 0;
  it('4 (TestRolloutBadToBad, BadToGood): a first version that never starts blocks neither the next nor the fix', async () => {
    tries += 1;
    const shop = await scenarios.create(`first-${tries}`);
    const timing = { progressDeadlineMs: 3000 };
    const first = await shop.roll('1.4.2', canary([], timing));
    const second = await shop.roll('9.9.9', canary([], timing), { candidate: nowhere });
    assert.deepEqual([first.outcome, second.outcome], ['rolledBack', 'rolledBack']);
    assert.match(second.reason, /not (ready|done) within/);
    assert.equal((await shop.idle()).stable, null);
    await shop.waits('no bad pod is left', ({ wanted }) => Object.keys(wanted).length === 0);
    const third = await shop.roll('1.1.0', canary([], {}));
    assert.equal(third.outcome, 'promoted', third.reason);
    await shop.weighs({ '1.1.0': 100 });
    await shop.waits('only 1.1.0 is left', ({ ready }) => Object.keys(ready).join() === '1.1.0');
    await shop.leadsTo('1.1.0');
    const load = shop.load();
    const next = await shop.roll('1.4.0', stepped);
    assert.equal(next.outcome, 'promoted', next.reason);
    assertUnharmed(await load.stop(), '1.1.0', '1.4.0');
  });

  it('4 (TestRolloutBadToGoodSetWeight): a stable version without a ready pod does not keep its fix from its steps', async () => {
    const shop = scenarios.shop('broken');
    const load = shop.load();
    await shop.behave('1.0.0', { healthz: false });
    await shop.waits('stable is unready', ({ ready }) => ready['1.0.0'] === 0);
    const result = await shop.roll(
      '1.1.0',
      canary([at(20), judged(), at(60), judged()], { progressDeadlineMs: 6000 }),
    );
    assert.equal(result.outcome, 'promoted', result.reason);
    await shop.weighs({ '1.1.0': 100 });
    const promotedAtMs = Date.now();
    const account = await load.stop();
    assert.deepEqual(account.revisions.get('1.1.0')?.failed, {});
    assert.ok(servedFor(account, 'proxy', promotedAtMs) < 1000);
  });

  it('12 (TestIstioAbortUpdate): abort of what has ended changes nothing, and says so', async () => {
    const shop = scenarios.shop('healthy');
    const load = shop.load();
    const { rolloutId } = await shop.roll('1.1.0', canary([at(50), judged()]));
    await shop.waits('only 1.1.0 is left', ({ ready }) => Object.keys(ready).join() === '1.1.0');
    const before = [await shop.uids('1.1.0'), (await shop.idle()).history];
    const { client } = scenarios.engine;
    const abort = sendCommand({ client, limits: defaultLimits }, rolloutId, abortUpdate, by);
    await assert.rejects(abort, {
      ...{ code: 'CommandRejected', message: `${rolloutId} has ended, it takes no more commands` },
      details: { where: rolloutId, seen: 'completed', next: 'sluice why healthy/production#2' },
    });
    assert.deepEqual([await shop.uids('1.1.0'), (await shop.idle()).history], before);
    assert.deepEqual((await shop.shown()).weights, { '1.1.0': 100 });
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('22 (rollback_window OutsideWindow): what was stopped is started anew to go back to, and nothing further back is', async () => {
    const shop = scenarios.shop('window');
    const load = shop.load();
    const old = await shop.uids('1.0.0');
    await shop.roll('1.1.0', canary([at(50), judged()]));
    await shop.waits('the old pods go', ({ wanted }) => wanted['1.0.0'] === undefined);
    const back = await shop.goBack();
    assert.equal((await shop.end(back)).outcome, 'promoted');
    await shop.weighs({ '1.0.0': 100 });
    const anew = await shop.uids('1.0.0');
    assert.equal(anew.length, 2);
    assert.ok(anew.every((uid) => !old.includes(uid)));
    assert.ok(!(await shop.kinds(back)).includes('verdictReached'));
    await shop.idle();
    const why = await refusal(shop.goBack());
    assert.equal(why, 'nothing ran at window/production before 1.0.0');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('25 (TestFixInvalidSpec): a request that names what is not there is turned back, and its correction goes through', async () => {
    const shop = scenarios.shop('invalid');
    const load = shop.load();
    const end = shop.follow();
    const missing = { workload: { ...workload, instances: 2, deployment: 'nowhere' } };
    const wrong = await shop.roll('1.1.0', stepped, missing);
    assert.equal(wrong.outcome, 'rolledBack');
    assert.match(wrong.reason, /there is no Deployment nowhere/);
    const right = await shop.roll('1.1.0', stepped);
    assert.equal(right.outcome, 'promoted', right.reason);
    const seen = await end();
    assert.ok(seen.every(({ weights, ready }) => !weights['1.1.0'] || ready['1.1.0']));
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('25 (duration_test): each outcome is counted under its own name', async () => {
    const shop = scenarios.shop('counted');
    const held = canary([at(50), untilResumed]);
    const aborted = await shop.ask('1.1.0', held);
    await shop.holds(aborted);
    await shop.tell(aborted, 'abort');
    await shop.end(aborted);
    const superseded = await shop.ask('1.1.0', held);
    await shop.holds(superseded);
    const late = canary([at(50), judged()], { progressDeadlineMs: 2000 });
    const last = await shop.ask('1.4.2', late, { queuePolicy: 'latestWins' });
    assert.equal((await shop.end(superseded)).outcome, 'superseded');
    assert.equal((await shop.end(last)).outcome, 'rolledBack');
    await shop.idle();
    const ended = scenarios.engine.metrics.registry.getSingleMetric('sluice_rollouts_total');
    const { values } = (await ended?.get()) ?? { values: [] };
    const seen = values.filter(({ labels, value }) => labels['service'] === 'counted' && value > 0);
    // Not how often: a workflow task that is done twice counts twice.
    const outcomes = seen.map(({ labels }) => `${labels['strategy']} ${labels['outcome']}`);
    assert.deepEqual(outcomes.toSorted(), [
      ...['canary aborted', 'canary rolledBack', 'canary superseded', 'install promoted'],
    ]);
  });

  it('27 (DeploymentPromotionPrimaryNotReady): an unready stable version holds no promotion up', async () => {
    const shop = scenarios.shop('stuck');
    const load = shop.load();
    const id = await shop.ask('1.1.0', canary([at(50), untilResumed]));
    await shop.holds(id);
    await shop.behave('1.0.0', { healthz: false });
    await shop.waits('stable is unready', ({ ready }) => ready['1.0.0'] === 0);
    const resumedAtMs = Date.now();
    await shop.tell(id, 'resume');
    await shop.weighs({ '1.1.0': 100 });
    const result = await shop.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    const account = await load.stop();
    assert.deepEqual(account.revisions.get('1.1.0')?.failed, {});
    const emptyMs = servedFor(account, 'proxy', resumedAtMs);
    console.log(`      last request to nobody ${emptyMs} ms after it went on`);
    // A second pod is started first.
    assert.ok(emptyMs < 2 * withinMs, `${emptyMs} ms`);
  });

  it('34 (test/gatewayapi): what runs already starts nothing, and a retry after a rollback promotes', async () => {
    const shop = scenarios.shop('same');
    const load = shop.load();
    const before = await shop.uids('1.0.0');
    assert.match(await refusal(shop.ask('1.0.0', stepped)), /1\.0\.0 already runs at/);
    const strategy = canary([at(50), judged(2500)]);
    const id = await shop.ask('1.1.0', strategy);
    await shop.weighs({ '1.0.0': 50, '1.1.0': 50 });
    await shop.behave('1.1.0', { errorRate: 1 });
    const bad = await shop.end(id);
    assert.equal(bad.outcome, 'rolledBack', bad.reason);
    assert.deepEqual(await shop.uids('1.0.0'), before);
    await shop.waits('its pods go', ({ wanted }) => wanted['1.1.0'] === undefined);
    const result = await shop.end(await shop.retry(2));
    assert.equal(result.outcome, 'promoted', result.reason);
    assertUnharmed(await load.stop(), '1.0.0');
  });

  it('31 (config_tracker …WhenAPIServerIsDown): an outage of the API server is no change of anything', async () => {
    const shop = scenarios.shop('down');
    const load = shop.load();
    const id = await shop.ask('1.1.0', canary([at(50), untilResumed]));
    await shop.holds(id);
    const before = [await shop.uids('1.0.0'), await shop.uids('1.1.0'), await shop.kinds(id)];
    const { apiServer } = scenarios.bed.control;
    await apiServer.signal('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.equal((await shop.view(id)).phase, 'Holding');
    await apiServer.start();
    await shop.waits('it answers again', ({ ready }) => ready['1.0.0'] === 2);
    const end = shop.follow();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const after = [await shop.uids('1.0.0'), await shop.uids('1.1.0'), await shop.kinds(id)];
    assert.deepEqual(after, before);
    assertServed(await end(), '1.0.0', 2);
    assert.equal((await shop.view(id)).phase, 'Holding');
    await shop.tell(id, 'resume');
    const result = await shop.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });
});
