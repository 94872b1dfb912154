/** What stands beside a target and follows its stable revision: which objects turn, which never do, and the way back. */
import assert from 'node:assert/strict';
import { AppsV1Api, CoreV1Api } from '@kubernetes/client-node';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.js';
import { restoreCompanions } from '../../src/adapters/kubernetes/companions/followers.js';
import { objectName, targetLabels } from '../../src/adapters/kubernetes/names.js';
import type { TargetKey } from '../../src/domain/names.js';
import { companionsOf } from '../support/companion-objects.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import {
  type KubernetesUnderTest,
  startKubernetesPlatform,
} from '../support/kubernetes-platform.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  install,
  intents,
  split,
} from '../support/platform-under-test.js';

describeOnBed('what follows the stable revision', function () {
  this.timeout(60_000);
  let platform: KubernetesUnderTest;
  let beside: ReturnType<typeof companionsOf>;
  before(async () => {
    platform = await startKubernetesPlatform();
    beside = companionsOf(platform.bed, platform.namespace);
  });
  after(() => platform?.dispose());

  /** Without waiting for pods: nobody asks for traffic here. */
  async function declare(target: TargetKey, version: string, next: ReturnType<typeof intents>) {
    const { name, ...revision } = checkoutRevision(version);
    const request = { target, revision, workload: checkoutWorkload, instances: 1 };
    await platform.workload.applyRevision({ ...request, intent: next() });
    return name;
  }

  it('a ScaledObject turns, the autoscaler that KEDA makes of it and those of others do not', async () => {
    const target = freshTarget();
    const next = intents();
    const revision = await declare(target, '1.1.0', next);
    const name = objectName(target, revision);
    const { uid } = await beside.scaleByEvents('events', 'checkout');
    const owner = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'events', uid };
    await beside.scale('keda-hpa-events', 'checkout', 1, owner);
    await beside.scale('foreign', 'somebody-else', 1);
    assert.deepEqual(await platform.followers.read({ target, revision }), {
      scaler: null,
      astray: ['ScaledObject events points to checkout'],
    });
    const intent = next();
    await platform.followers.turn({ target, revision, intent });
    const turned = await beside.scaledObject('events');
    assert.equal(turned.spec.scaleTargetRef.name, name);
    assert.equal(await beside.scaledTo('keda-hpa-events'), 'checkout');
    assert.equal(await beside.scaledTo('foreign'), 'somebody-else');
    assert.equal((await beside.scaler('foreign')).metadata?.annotations, undefined);
    await platform.followers.turn({ target, revision, intent });
    assert.deepEqual(await beside.scaledObject('events'), turned);
    await platform.pass(2100);
    const reading = await platform.followers.read({ target, revision });
    assert.deepEqual(reading, { scaler: 'ScaledObject events', astray: [] });
  });

  it('a late decision turns nothing', async () => {
    const target = freshTarget();
    const next = intents();
    const old = await declare(target, '1.0.0', next);
    const late = next();
    const revision = await declare(target, '1.1.0', next);
    await beside.scale('late', 'checkout', 1);
    await platform.followers.turn({ target, revision, intent: next() });
    const turn = platform.followers.turn({ target, revision: old, intent: late });
    await assert.rejects(turn, { code: 'StaleWrite' });
    assert.equal(await beside.scaledTo('late'), objectName(target, revision));
  });

  it('budgets turn that guarded only the template’s pods, and everything comes back as it was', async () => {
    const target = freshTarget();
    const next = intents();
    const versions = [await declare(target, '1.0.0', next), await declare(target, '1.1.0', next)];
    const byExpression = {
      matchExpressions: [{ key: 'app', operator: 'In', values: ['checkout'] }],
    };
    await beside.guard('by-label', { matchLabels: { app: 'checkout' } });
    await beside.guard('by-expression', byExpression);
    await beside.guard('everything', {});
    await beside.guard('of-others', { matchLabels: { app: 'cart' } });
    await beside.scale('scaled', 'checkout', 1);
    await beside.scale('moved', 'checkout', 1);
    const names = ['by-label', 'by-expression', 'everything', 'of-others'];
    const selectors = async () => {
      const budgets = await Promise.all(names.map((name) => beside.budget(name)));
      return JSON.parse(JSON.stringify(budgets.map(({ spec }) => spec?.selector))) as unknown;
    };
    const before = await selectors();
    for (const revision of versions) {
      await platform.followers.turn({ target, revision, intent: next() });
      const matchLabels = {
        ...targetLabels(target),
        'sluice.dev/revision': revision,
      };
      assert.deepEqual(await selectors(), [
        { matchLabels },
        { matchLabels },
        {},
        { matchLabels: { app: 'cart' } },
      ]);
    }
    // Somebody has decided otherwise meanwhile: that stays.
    await beside.point('moved', 'somebody-else');
    const cluster = connectCluster(platform.connection);
    try {
      await restoreCompanions(cluster, target);
      await restoreCompanions(cluster, target);
    } finally {
      await cluster.close();
    }
    assert.deepEqual(await selectors(), before);
    assert.equal(await beside.scaledTo('scaled'), 'checkout');
    assert.equal(await beside.scaledTo('moved'), 'somebody-else');
    const left = [await beside.scaler('moved'), await beside.budget('by-label')];
    for (const { metadata } of left) assert.equal(metadata?.annotations, undefined);
  });

  it('Services that lost their Deployment go with the next removal, and no others', async () => {
    const target = freshTarget();
    const next = intents();
    const stable = await install(platform, {
      ...{ target, version: '1.0.0', instances: 1, intent: next() },
    });
    await platform.router.applySplit({ target, split: split(stable, null, 0), intent: next() });
    const gone = await declare(target, '1.2.0', next);
    const { namespace, bed } = platform;
    const lost = await declare(target, '1.1.0', next);
    await bed.admin
      .makeApiClient(AppsV1Api)
      .deleteNamespacedDeployment({ namespace, name: objectName(target, lost) });
    const core = bed.admin.makeApiClient(CoreV1Api);
    const mine = { ...targetLabels(target), 'sluice.dev/revision': 'mine' };
    await core.createNamespacedService({
      namespace,
      body: { metadata: { name: 'mine', labels: mine }, spec: { ports: [{ port: 80 }] } },
    });
    await platform.workload.removeRevision({ target, revision: gone, intent: next() });
    const { items } = await core.listNamespacedService({ namespace });
    const names = items.map(({ metadata }) => metadata?.name ?? '');
    assert.equal(names.includes(objectName(target, lost)), false);
    for (const name of ['checkout', 'mine', objectName(target, stable)]) {
      assert.ok(names.includes(name), name);
    }
  });
});
