/** Whole rollouts by the real engine on a real cluster, under load, and what becomes of a Deployment that was there. */
import assert from 'node:assert/strict';
import { AppsV1Api } from '@kubernetes/client-node';
import type { TargetKey } from '../../src/domain/names.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import { aCanary, aRequest, health, timing, workload } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import {
  type KubernetesUnderTest,
  startKubernetesPlatform,
} from '../support/kubernetes-platform.js';
import type { LoadAccount } from '../support/load-account.js';
import { startTimedLoad } from '../support/load-account.js';
import { checkoutRevision } from '../support/platform-under-test.js';

const rps = 200;
const platform = 'eu';
const leaving = {
  ...timing,
  keepWarmMs: 500,
  abortScaleDownDelayMs: 500,
  progressDeadlineMs: 30_000,
};
const nameOf = (version: string) => checkoutRevision(version).name;

describe('rollouts on Kubernetes', function () {
  this.timeout(120_000);
  let kubernetes: KubernetesUnderTest;
  let engine: EngineUnderTest;
  const target: TargetKey = { service: 'checkout', environment: 'production' };

  before(async () => {
    const { version, digest } = checkoutRevision('1.0.0');
    const image = `sluice.test/checkout:${version}@${digest}`;
    kubernetes = await startKubernetesPlatform(image, 2);
    engine = await startEngine({ platforms: { [platform]: kubernetes } });
  });
  after(async () => {
    await engine?.stop();
    await kubernetes?.dispose();
  });

  async function roll(version: string, change: Partial<RolloutRequest> = {}) {
    const { name: _, ...candidate } = checkoutRevision(version);
    const request = aRequest(version, {
      ...{ candidate, platform, workload: { ...workload, instances: 2 } },
      strategy: { ...aCanary([20, 50], 1500), timing: leaving },
      health: { ...health, intervalMs: 250 },
      ...change,
    });
    const receipt = await engine.ports.orchestrator.requestRollout(target, platform, request);
    return waitFor(receipt.rolloutId);
  }

  /** The receipt comes before the rollout has begun. */
  async function waitFor(id: string): Promise<RolloutResult> {
    const handle = engine.client.workflow.getHandle(id);
    for (let n = 0; n < 200; n += 1) {
      if (await handle.describe().catch(() => null)) return handle.result();
      await kubernetes.pass(25);
    }
    throw new Error(`${id} never began`);
  }

  async function underLoad(act: () => Promise<RolloutResult>) {
    const { url } = await kubernetes.router.readSplit(target);
    const load = startTimedLoad(`${url}/`, rps);
    await kubernetes.pass(1000);
    try {
      const result = await act();
      // Long enough for what is replaced to be retired under the load too.
      await kubernetes.pass(5000);
      return { result, account: await load.stop() };
    } catch (error) {
      await load.stop();
      throw error;
    }
  }

  async function readAdopted() {
    const apps = kubernetes.bed.admin.makeApiClient(AppsV1Api);
    const named = { namespace: kubernetes.namespace, name: 'checkout' };
    const { metadata, spec } = await apps.readNamespacedDeployment(named);
    const template = JSON.stringify(spec?.template);
    return { uid: metadata?.uid, template, noted: metadata, replicas: spec?.replicas };
  }

  const failedOf = (account: LoadAccount, version: string) =>
    account.revisions.get(nameOf(version))?.failed ?? {};

  it('adopts the Deployment that runs the image already, pods and all', async () => {
    const before = await readAdopted();
    const result = await roll('1.0.0');
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
    const { result, account } = await underLoad(() => roll('1.1.0'));
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
    const { result, account } = await underLoad(() => roll('1.0.0', { allowOlder: true }));
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(account.broken, {});
    assert.equal(account.revisions.get('proxy'), undefined);
    for (const version of ['1.0.0', '1.1.0']) assert.deepEqual(failedOf(account, version), {});
    const names = (await kubernetes.workload.readRevisions(target)).map(({ name }) => name);
    assert.deepEqual(names, [nameOf('1.0.0')]);
  });

  it('rolls a failing candidate back by what the gateway counted', async () => {
    const { result, account } = await underLoad(() => roll('1.2.0'));
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
