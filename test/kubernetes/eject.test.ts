/** Giving a target back on a real cluster: under load, nobody notices, and nothing of ours is left. */
import assert from 'node:assert/strict';
import { AppsV1Api, CoreV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import { targetWorkflowId } from '../../src/domain/names.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { ready } from '../support/kubernetes.js';
import {
  failedOf,
  type KubernetesRollouts,
  startKubernetesRollouts,
} from '../support/kubernetes-rollouts.js';
import { until } from '../support/platform-under-test.js';

describeOnBed('ejection on Kubernetes', function () {
  this.timeout(120_000);
  let scene: KubernetesRollouts;
  before(async () => {
    scene = await startKubernetesRollouts();
    const installed = await scene.roll('1.0.0');
    assert.equal(installed.outcome, 'promoted', installed.reason);
    const { result } = await scene.underLoad(() => scene.roll('1.1.0'));
    assert.equal(result.outcome, 'promoted', result.reason);
  });
  after(() => scene?.stop());

  const target = () => scene.engine.client.workflow.getHandle(targetWorkflowId(scene.target));
  const eject = (dryRun: boolean): Promise<{ steps: readonly string[] }> =>
    target().executeUpdate(updateNames.eject, {
      args: [{ actor: 'ann', reason: 'we move on', dryRun }],
    });
  async function objects() {
    const { admin } = scene.kubernetes.bed;
    const { namespace } = scene.kubernetes;
    const names = (list: { items: { metadata?: { name?: string } }[] }) =>
      list.items.map(({ metadata }) => metadata?.name ?? '').sort();
    return {
      deployments: names(
        await admin.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace }),
      ),
      services: names(await admin.makeApiClient(CoreV1Api).listNamespacedService({ namespace })),
    };
  }

  it('says what it would do and does none of it', async () => {
    const before = await objects();
    assert.equal(before.deployments.length, 2);
    const { steps } = await eject(true);
    assert.match(steps[0] ?? '', /Deployment checkout gets 1\.1\.0 by its digest, 2 times/);
    assert.match(
      steps.join('\n'),
      /HTTPRoute checkout-production sends everything to Service checkout/,
    );
    assert.deepEqual(await objects(), before);
  });

  it('leaves the version that was stable on the objects that were there, without losing a request', async () => {
    const { kubernetes } = scene;
    const { account } = await scene.underLoad(async () => {
      await eject(false);
      await until(kubernetes, async () => (await target().describe()).status.name === 'COMPLETED');
      return null;
    });
    assert.deepEqual(await objects(), { deployments: ['checkout'], services: ['checkout'] });
    const { bed, namespace } = kubernetes;
    await ready(bed, namespace, 'checkout');
    const deployment = await bed.admin
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ namespace, name: 'checkout' });
    const route = (await bed.admin.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
      ...{ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes', namespace },
      name: 'checkout-production',
    })) as { spec: { rules: { backendRefs: { name: string; weight?: number }[] }[] } };
    assert.doesNotMatch(JSON.stringify([deployment.metadata, route]), /sluice\.dev/);
    const refs = route.spec.rules.flatMap(({ backendRefs }) => backendRefs);
    assert.deepEqual(
      refs.map(({ name }) => name),
      ['checkout'],
    );
    assert.deepEqual(account.broken, {});
    assert.equal(account.revisions.get('proxy'), undefined);
    for (const version of ['1.0.0', '1.1.0']) assert.deepEqual(failedOf(account, version), {});
    console.log(`      ${account.sent} requests sent, none lost`);
  });

  it('leaves a target that the next release takes again', async () => {
    const { outcome, reason } = await scene.roll('1.1.0');
    assert.equal(outcome, 'promoted', reason);
  });
});
