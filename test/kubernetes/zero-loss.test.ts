/** 500 requests a second through the real gateway while rollouts of every kind pass, and while what drives them is killed. */
import assert from 'node:assert/strict';
import { queryNames, updateNames } from '../../src/domain/wire-names.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import type { RolloutResult, RolloutView } from '../../src/domain/rollout/view.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { gatewayLoad } from '../support/gateway-load.js';
import {
  type KubernetesRollouts,
  nameOf,
  startKubernetesRollouts,
} from '../support/kubernetes-rollouts.js';
import { lostRequests, startTimedLoad, type TimedLoad } from '../support/load-account.js';
import { shortTiming } from '../support/local-rollouts.js';
import { until } from '../support/platform-under-test.js';

const perSecond = 500;

describeOnBed(`traffic on Kubernetes at ${perSecond} requests a second`, function () {
  this.timeout(180_000);
  let scene: KubernetesRollouts;
  let load: TimedLoad;
  before(async () => {
    scene = await startKubernetesRollouts();
    const { outcome, reason } = await scene.roll('1.0.0');
    assert.equal(outcome, 'promoted', reason);
    const { url, options } = gatewayLoad(scene.kubernetes.namespace, scene.target);
    load = startTimedLoad(url, perSecond, options);
    await scene.kubernetes.pass(1000);
  });
  after(async () => {
    await load?.stop();
    await scene?.stop();
  });

  /** Some seconds more, so that what is replaced is retired under the load too. */
  async function loseNothing(act: () => Promise<unknown>): Promise<void> {
    await load.take();
    await act();
    await scene.kubernetes.pass(5000);
    const account = await load.take();
    const answers = [...account.revisions].map(([name, entry]) => `${name} ${entry.answers}`);
    console.log(`      ${account.sent} sent: ${answers.join(', ')}`);
    assert.deepEqual(account.broken, {});
    assert.equal(
      lostRequests(account, () => true),
      0,
      JSON.stringify([...account.revisions]),
    );
  }
  const idOf = (n: number) => `rollout:checkout:production:${n}`;
  const view = (n: number): Promise<RolloutView> =>
    scene.engine.client.workflow.getHandle(idOf(n)).query(queryNames.readRollout);
  let n = 1;
  const roll = (version: string, change: Partial<RolloutRequest> = {}): Promise<RolloutResult> => {
    n += 1;
    return scene.roll(version, 1500, { allowOlder: true, ...change });
  };
  const reached = (weight: number, of = n) =>
    until(scene.kubernetes, async () => {
      const seen = await view(of).catch(() => null);
      return seen !== null && seen.weight === weight && seen.commands.includes('promote');
    });
  const promoted = ({ outcome, reason }: RolloutResult) =>
    assert.equal(outcome, 'promoted', reason);

  it('loses none through a canary that is promoted', () =>
    loseNothing(async () => promoted(await roll('1.1.0'))));

  it('loses none through an abort at 50 %', () =>
    loseNothing(async () => {
      const rolling = roll('1.0.0');
      await reached(50);
      const by = { actor: 'ann', reason: 'second thoughts' };
      await scene.engine.client.workflow.getHandle(idOf(n)).executeUpdate(updateNames.abort, {
        args: [by],
      });
      assert.equal((await rolling).outcome, 'aborted');
    }));

  it('loses none when another takes over at 20 %', () =>
    loseNothing(async () => {
      const first = scene.roll('1.0.0', 30_000, { allowOlder: true });
      n += 1;
      await reached(20);
      const digest = scene.kubernetes.bed.images.publish('1.4.0');
      const candidate = { version: '1.4.0', digest };
      const second = roll('1.1.0', { candidate, queuePolicy: 'latestWins' });
      assert.equal((await first).outcome, 'superseded');
      promoted(await second);
    }));

  it('loses none through a blue-green switch', () =>
    loseNothing(async () => {
      const strategy: RolloutRequest['strategy'] = {
        ...{ kind: 'blueGreen', smoke: null, warmUp: null, weights: [100] },
        ...{ stepMs: 1000, postSwitchMs: 2000, deadlineMs: 60_000, timing: shortTiming },
      };
      promoted(await roll('1.0.0', { strategy }));
    }));

  it('loses none when the worker and the cluster’s own controllers go in the middle', () =>
    loseNothing(async () => {
      const rolling = roll('1.1.0');
      await reached(20);
      const { controllerManager } = scene.kubernetes.bed.control;
      await controllerManager.signal('SIGKILL');
      await scene.engine.restartWorkers();
      await controllerManager.start();
      promoted(await rolling);
      const { split } = await scene.kubernetes.router.readSplit(scene.target);
      assert.equal(split.stable, nameOf('1.1.0'));
    }));
});
