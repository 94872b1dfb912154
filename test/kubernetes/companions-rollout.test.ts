/** Whole rollouts of a service that has an autoscaler and a disruption budget: the real controllers act on both. */
import assert from 'node:assert/strict';
import { AppsV1Api, CoreV1Api, type V1Deployment } from '@kubernetes/client-node';
import { objectName } from '../../src/adapters/kubernetes/names.js';
import type { TargetKey } from '../../src/domain/names.js';
import { companionsOf } from '../support/companion-objects.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import type { KubernetesUnderTest } from '../support/kubernetes-platform.js';
import {
  type KubernetesRollouts,
  nameOf,
  startKubernetesRollouts,
} from '../support/kubernetes-rollouts.js';
import { within } from '../support/kubernetes.js';

describeOnBed('a service with an autoscaler and a disruption budget', function () {
  this.timeout(120_000);
  let scene: KubernetesRollouts;
  let kubernetes: KubernetesUnderTest;
  let target: TargetKey;
  let beside: ReturnType<typeof companionsOf>;
  before(async () => {
    scene = await startKubernetesRollouts();
    ({ kubernetes, target } = scene);
    beside = companionsOf(kubernetes.bed, kubernetes.namespace);
    await beside.scale('checkout', 'checkout', 3);
    await beside.guard('checkout', { matchLabels: { app: 'checkout' } });
    await scaledTo('checkout', 3);
    const { outcome, reason } = await scene.roll('1.0.0');
    assert.equal(outcome, 'promoted', reason);
  });
  after(() => scene?.stop());

  async function rollUnderLoad(...request: Parameters<KubernetesRollouts['roll']>) {
    return (await scene.underLoad(() => scene.roll(...request))).result;
  }
  const deployment = (name: string): Promise<V1Deployment> =>
    kubernetes.bed.admin
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ namespace: kubernetes.namespace, name });
  const scaledTo = (name: string, replicas: number) =>
    within(`${name} has ${replicas} replicas`, 20_000, async () => {
      return (await deployment(name)).spec?.replicas === replicas;
    });
  /** What a Deployment was scaled to while the act went on. */
  async function scalesDuring(name: string, act: () => Promise<unknown>): Promise<number[]> {
    const seen: number[] = [];
    let over = false;
    const watching = (async () => {
      while (!over) {
        const replicas = (await deployment(name).catch(() => null))?.spec?.replicas;
        if (replicas !== undefined && replicas !== seen.at(-1)) seen.push(replicas);
        await kubernetes.pass(50);
      }
    })();
    await act();
    over = true;
    await watching;
    return seen;
  }

  it('a rollback leaves them where they are, and the candidate had its share of the present scale', async () => {
    const before = [await beside.scaler('checkout'), await beside.budget('checkout')];
    let stableScales: number[] = [];
    const scales = await scalesDuring(objectName(target, nameOf('1.2.0')), async () => {
      stableScales = await scalesDuring('checkout', async () => {
        const { outcome } = await rollUnderLoad('1.2.0', 20_000);
        assert.equal(outcome, 'rolledBack');
      });
    });
    // One of two instances is half: of three that is two.
    assert.deepEqual(scales, [2]);
    assert.deepEqual(stableScales, [3]);
    const after = [await beside.scaler('checkout'), await beside.budget('checkout')];
    assert.deepEqual(
      after.map(({ spec, metadata }) => [spec, metadata?.annotations]),
      before.map(({ spec, metadata }) => [spec, metadata?.annotations]),
    );
  });

  it('they turn to a candidate that becomes stable, which has the former scale by then', async () => {
    const name = objectName(target, nameOf('1.1.0'));
    const scales = await scalesDuring(name, async () => {
      const { outcome, reason } = await rollUnderLoad('1.1.0');
      assert.equal(outcome, 'promoted', reason);
    });
    assert.deepEqual(scales, [2, 3]);
    assert.equal(await beside.scaledTo('checkout'), name);
    await beside.raise('checkout', 4);
    await scaledTo(name, 4);
    assert.equal((await deployment('checkout')).spec?.replicas, 3);
    const { spec } = await beside.budget('checkout');
    assert.deepEqual(
      spec?.selector?.matchLabels,
      (await deployment(name)).spec?.selector.matchLabels,
    );
    await within('the budget counts the pods of the stable revision', 20_000, async () => {
      const { status } = await beside.budget('checkout');
      return status?.expectedPods === 4 && status.currentHealthy === 4;
    });
  });

  it('mending the target does not set back what the autoscaler decided', async () => {
    const name = objectName(target, nameOf('1.1.0'));
    const { orchestrator } = scene.engine.ports;
    const command = { actor: 'ada', reason: 'a look', target };
    const scales = await scalesDuring(name, async () => {
      await orchestrator.repairTarget(target, 'eu', command);
      await kubernetes.pass(3000);
    });
    assert.deepEqual(scales, [4]);
    assert.equal(await beside.scaledTo('checkout'), name);
  });

  it('going back to the Deployment that was there gives them back as they were', async () => {
    const { outcome, reason } = await rollUnderLoad('1.0.0', 1500, { allowOlder: true });
    assert.equal(outcome, 'promoted', reason);
    assert.equal(await beside.scaledTo('checkout'), 'checkout');
    assert.equal((await deployment('checkout')).spec?.replicas, 4);
    const { spec } = await beside.budget('checkout');
    assert.deepEqual(spec?.selector?.matchLabels, { app: 'checkout' });
    const core = kubernetes.bed.admin.makeApiClient(CoreV1Api);
    const { namespace } = kubernetes;
    await within('the Service of the revision that was left is gone', 20_000, async () => {
      const { items } = await core.listNamespacedService({ namespace });
      const gone = objectName(target, nameOf('1.1.0'));
      return !items.some(({ metadata }) => metadata?.name === gone);
    });
  });
});
