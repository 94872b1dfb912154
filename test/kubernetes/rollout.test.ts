/** Whole rollouts by the real engine on a real cluster, under load, and what becomes of a Deployment that was there. */
import assert from 'node:assert/strict';
import { AppsV1Api } from '@kubernetes/client-node';
import type { TargetKey } from '../../src/domain/names.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import type { KubernetesUnderTest } from '../support/kubernetes-platform.js';
import {
  failedOf,
  type KubernetesRollouts,
  nameOf,
  rps,
  startKubernetesRollouts,
} from '../support/kubernetes-rollouts.js';

describeOnBed('rollouts on Kubernetes', function () {
  this.timeout(120_000);
  let scene: KubernetesRollouts;
  let kubernetes: KubernetesUnderTest;
  let target: TargetKey;
  before(async () => {
    scene = await startKubernetesRollouts();
    ({ kubernetes, target } = scene);
  });
  after(() => scene?.stop());

  async function readAdopted() {
    const apps = kubernetes.bed.admin.makeApiClient(AppsV1Api);
    const named = { namespace: kubernetes.namespace, name: 'checkout' };
    const { metadata, spec } = await apps.readNamespacedDeployment(named);
    const template = JSON.stringify(spec?.template);
    return { uid: metadata?.uid, template, noted: metadata, replicas: spec?.replicas };
  }

  it('adopts the Deployment that runs the image already, pods and all', async () => {
    const before = await readAdopted();
    const result = await scene.roll('1.0.0');
    assert.equal(result.outcome, 'promoted', result.reason);
    const after = await readAdopted();
    assert.equal(after.uid, before.uid);
    assert.equal(after.template, before.template);
    assert.equal(after.noted?.annotations?.['sluice.dev/revision'], nameOf('1.0.0'));
    const [status, ...others] = await kubernetes.workload.readRevisions(target);
    assert.equal(others.length, 0);
    assert.equal(status?.name, nameOf('1.0.0'));
    const { split } = await kubernetes.router.readSplit(target);
    assert.deepEqual(split, stableOnly(nameOf('1.0.0')));
  });

  it('promotes a healthy candidate without losing a request', async () => {
    const { result, account } = await scene.underLoad(() => scene.roll('1.1.0'));
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(
      (await kubernetes.router.readSplit(target)).split,
      stableOnly(nameOf('1.1.0')),
    );
    assert.deepEqual(account.broken, {});
    assert.equal(account.revisions.get('proxy'), undefined);
    for (const version of ['1.0.0', '1.1.0']) assert.deepEqual(failedOf(account, version), {});
    assert.ok((account.revisions.get(nameOf('1.1.0'))?.answers ?? 0) > rps);
    const names = (await kubernetes.workload.readRevisions(target)).map(({ name }) => name);
    assert.deepEqual(names, [nameOf('1.1.0')]);
    const { noted, replicas } = await readAdopted();
    const marks = { ...noted?.labels, ...noted?.annotations };
    assert.equal(replicas, 2, 'what was adopted is handed back, not stopped');
    assert.deepEqual(
      Object.keys(marks).filter((name) => name.startsWith('sluice.dev/')),
      [],
    );
  });

  it('retires a revision of its own without losing a request', async () => {
    const { result, account } = await scene.underLoad(() =>
      scene.roll('1.0.0', 1500, { allowOlder: true }),
    );
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(account.broken, {});
    assert.equal(account.revisions.get('proxy'), undefined);
    for (const version of ['1.0.0', '1.1.0']) assert.deepEqual(failedOf(account, version), {});
    const names = (await kubernetes.workload.readRevisions(target)).map(({ name }) => name);
    assert.deepEqual(names, [nameOf('1.0.0')]);
  });

  it('rolls a failing candidate back by what the gateway counted', async () => {
    const { result, account } = await scene.underLoad(() => scene.roll('1.2.0'));
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(result.reason, /failed/);
    assert.deepEqual(
      (await kubernetes.router.readSplit(target)).split,
      stableOnly(nameOf('1.0.0')),
    );
    assert.deepEqual(account.broken, {});
    assert.equal(account.revisions.get('proxy'), undefined);
    assert.deepEqual(failedOf(account, '1.0.0'), {});
    const bad = account.revisions.get(nameOf('1.2.0'));
    assert.ok(bad !== undefined && bad.answers > 0);
    const exposedMs = Math.round(bad.lastAtMs - bad.firstAtMs);
    console.log(`      exposed ${exposedMs} ms, ${bad.failed['500']} of ${bad.answers} failed`);
    assert.ok(exposedMs < 5000, `${exposedMs} ms`);
  });
});
