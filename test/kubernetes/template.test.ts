/** The Deployment that revisions are made from: what is refused instead of it, and where its revisions stand. */
import assert from 'node:assert/strict';
import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
} from '@kubernetes/client-node';
import type { TargetKey } from '../../src/domain/names.js';
import { readyInstances, type WorkloadSpec } from '../../src/domain/rollout/workload.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import {
  type KubernetesUnderTest,
  startKubernetesPlatform,
} from '../support/kubernetes-platform.js';
import { createService, within } from '../support/kubernetes.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  intents,
} from '../support/platform-under-test.js';

const image = 'sluice.test/checkout:1.0.0';

describeOnBed('the Deployment that revisions are made from', function () {
  this.timeout(60_000);
  let platform: KubernetesUnderTest;
  let apps: AppsV1Api;
  let namespace: string;
  before(async () => {
    platform = await startKubernetesPlatform();
    ({ namespace } = platform);
    apps = platform.bed.admin.makeApiClient(AppsV1Api);
  });
  after(() => platform?.dispose());

  async function apply(
    target: TargetKey,
    version: string,
    next: ReturnType<typeof intents>,
    change: Partial<WorkloadSpec>,
    instances = 1,
  ) {
    const { name, ...revision } = checkoutRevision(version);
    const workload = { ...checkoutWorkload, ...change };
    await platform.workload.applyRevision({
      ...{ target, revision, workload, instances, intent: next() },
    });
    return name;
  }

  async function readyWith(target: TargetKey, revision: string, instances: number) {
    await within(`${revision} has ${instances} ready instances`, 30_000, async () => {
      const statuses = await platform.workload.readRevisions(target);
      return readyInstances(statuses.find(({ name }) => name === revision)) === instances;
    });
  }

  async function nodesOf(target: TargetKey, revision: string): Promise<string[]> {
    const labelSelector = `sluice.dev/environment=${target.environment},sluice.dev/revision=${revision}`;
    const core = platform.bed.admin.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return [...new Set(items.map(({ spec }) => spec?.nodeName ?? ''))].toSorted();
  }

  async function change(name: string, spec: Partial<NonNullable<V1Deployment['spec']>>) {
    await apps.patchNamespacedDeployment(
      { namespace, name, body: { spec } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  const others = [
    ['StatefulSet', 'orders', /own their names and volumes.*side by side/, /partition/],
    ['DaemonSet', 'agent', /one pod on each node/, /maxUnavailable/],
  ] as const;
  for (const [kind, name, why, instead] of others) {
    it(`a ${kind} is refused with what it is and what to do instead`, async () => {
      const selector = { matchLabels: { app: name } };
      const template = {
        metadata: { labels: { app: name } },
        // Nowhere: nobody needs its pods here.
        spec: { containers: [{ name: 'app', image }], nodeSelector: { here: 'no' } },
      };
      const metadata = { name };
      if (kind === 'StatefulSet') {
        const spec = { serviceName: name, replicas: 0, selector, template };
        await apps.createNamespacedStatefulSet({ namespace, body: { metadata, spec } });
      } else {
        const body = { metadata, spec: { selector, template } };
        await apps.createNamespacedDaemonSet({ namespace, body });
      }
      const target = freshTarget();
      const wanted = apply(target, '1.0.0', intents(), { deployment: name });
      await assert.rejects(wanted, (error: Error) => {
        const { code, details } = error as Error & {
          code: string;
          details: Record<string, string>;
        };
        assert.equal(code, 'InvalidInput');
        assert.match(error.message, why);
        assert.equal(details['seen'], `${kind} ${namespace}/${name}`);
        assert.equal(details['limit'], 'a Deployment');
        assert.match(details['next'] ?? '', instead);
        return true;
      });
    });
  }

  it('one whose pods must not run beside newer ones is refused', async () => {
    await createService(platform.bed, { namespace, name: 'alone', image, replicas: 0 });
    await change('alone', { strategy: { type: 'Recreate', rollingUpdate: null as never } });
    const wanted = apply(freshTarget(), '1.0.0', intents(), { deployment: 'alone' });
    await assert.rejects(wanted, { code: 'InvalidInput', message: /must not run beside newer/ });
  });

  it('one that is paused is not adopted, and its revisions run all the same', async () => {
    const { version, digest } = checkoutRevision('1.0.0');
    const pinned = `sluice.test/checkout:${version}@${digest}`;
    await createService(platform.bed, { namespace, name: 'paused', image: pinned, replicas: 0 });
    await change('paused', { paused: true });
    const target = freshTarget();
    const revision = await apply(target, '1.0.0', intents(), { deployment: 'paused' });
    await readyWith(target, revision, 1);
    const { metadata } = await apps.readNamespacedDeployment({ namespace, name: 'paused' });
    assert.equal(metadata?.annotations?.['sluice.dev/revision'], undefined);
  });

  it('revisions that must keep apart share no node; by default they do', async () => {
    const stand = async (antiAffinity: 'none' | 'required') => {
      const target = freshTarget();
      const next = intents();
      const stable = await apply(target, '1.0.0', next, { antiAffinity }, 2);
      await readyWith(target, stable, 2);
      const candidate = await apply(target, '1.1.0', next, { antiAffinity }, 3);
      await readyWith(target, candidate, 3);
      const taken = await nodesOf(target, stable);
      return (await nodesOf(target, candidate)).filter((node) => taken.includes(node));
    };
    assert.deepEqual(await stand('required'), []);
    assert.notDeepEqual(await stand('none'), []);
  });
});
