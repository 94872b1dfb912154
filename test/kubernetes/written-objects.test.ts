/** What is written, as a real API server holds it: on the bed, or in fresh namespaces of any cluster. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppsV1Api, CoreV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import type { HttpRoute } from '../../src/adapters/kubernetes/objects.js';
import {
  createKubernetesPlatform,
  type KubernetesPlatform,
} from '../../src/adapters/kubernetes/platform.js';
import { Failure } from '../../src/domain/failures.js';
import type { TargetKey } from '../../src/domain/names.js';
import { startCluster, type TestCluster } from '../bed/cluster.js';
import { describeOnCluster } from '../support/describe-kubernetes.js';
import {
  accountOf,
  createNamespace,
  createRoute,
  shippedRules,
  within,
} from '../support/kubernetes.js';
import {
  checkoutRevision,
  checkoutWorkload,
  install,
  intents,
  split,
} from '../support/platform-under-test.js';
import { startStubPods, stubScheduler } from '../support/stub-pods.js';

describeOnCluster('objects on a Kubernetes API server', [], function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let namespace: string;
  let platform: KubernetesPlatform;
  let stopPods: () => Promise<void>;
  let stable: string;
  let candidate: string;
  const target: TargetKey = { service: 'checkout', environment: 'production' };
  const next = intents();
  const apps = () => cluster.admin.makeApiClient(AppsV1Api);

  before(async () => {
    cluster = await startCluster();
    namespace = await createNamespace(cluster, 'written');
    await createTemplate('checkout', 'sluice.test/checkout:1.0.0', 1);
    await createRoute(cluster, namespace, 'checkout', { checkout: 1 });
    stopPods = startStubPods(cluster, namespace);
    const { kubeConfig } = await accountOf(cluster, namespace, 'sluice', shippedRules());
    const kubeconfig = join(cluster.folder, `${namespace}.kubeconfig`);
    writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
    platform = createKubernetesPlatform({
      ...{ namespace, kubeconfig },
      router: {
        ...{ kind: 'gateway-api', routeKind: 'HTTPRoute', route: '{service}' },
        ...{ backend: '{service}', metrics: 'http://127.0.0.1:1/metrics' },
      },
    });
  });
  after(async () => {
    await stopPods?.();
    await platform?.close();
    await cluster?.admin.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace });
  });

  async function createTemplate(name: string, image: string, replicas: number): Promise<void> {
    const labels = { app: name };
    const container = { name: 'app', image };
    const metadata = { name };
    await apps().createNamespacedDeployment({
      namespace,
      body: {
        metadata,
        spec: {
          ...{ replicas, selector: { matchLabels: labels } },
          template: {
            metadata: { labels },
            spec: { schedulerName: stubScheduler, containers: [container] },
          },
        },
      },
    });
    await cluster.admin.makeApiClient(CoreV1Api).createNamespacedService({
      namespace,
      body: { metadata, spec: { selector: labels, ports: [{ port: 8080 }] } },
    });
  }

  const readRoute = (): Promise<HttpRoute> =>
    cluster.admin.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
      ...{ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' },
      ...{ namespace, name: 'checkout' },
    });
  const installed = (version: string, instances: number) =>
    install(
      {
        workload: {
          ...platform.workload,
          applyRevision: ({ workload, ...request }) =>
            platform.workload.applyRevision({
              ...request,
              workload: { ...workload, deployment: 'checkout' },
            }),
        },
        pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      },
      { target, version, instances, intent: next() },
    );
  const weights = async () =>
    (await readRoute()).spec.rules?.[0]?.backendRefs?.map(({ name, weight }) => [name, weight]);

  it('are a Deployment and a Service for each revision, with our field manager', async () => {
    stable = await installed('1.0.0', 2);
    candidate = await installed('1.1.0', 1);
    const { items } = await apps().listNamespacedDeployment({
      namespace,
      labelSelector: 'sluice.dev/service=checkout',
    });
    const found = items.map(({ metadata, spec }) => [
      metadata?.annotations?.['sluice.dev/revision'],
      spec?.replicas,
      spec?.template.spec?.containers[0]?.image?.split('@')[1],
      metadata?.managedFields?.some(({ manager }) => manager === 'sluice'),
    ]);
    assert.deepEqual(
      found.toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
      [
        [stable, 2, checkoutRevision('1.0.0').digest, true],
        [candidate, 1, checkoutRevision('1.1.0').digest, true],
      ],
    );
  });

  it('divide by weights that the route holds, and go back in one write', async () => {
    await platform.router.applySplit({
      target,
      split: split(stable, candidate, 20),
      intent: next(),
    });
    assert.deepEqual(new Set((await weights())?.map(([, weight]) => weight)), new Set([20, 80]));
    await platform.router.applySplit({ target, split: split(stable, null, 0), intent: next() });
    const after = (await weights()) ?? [];
    assert.deepEqual(after.filter(([, weight]) => weight !== 0).length, 1);
    assert.match(String(after[0]?.[0]), /1-0-0/);
  });

  it('are not given a weight while no instance is ready', async () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    await stopPods();
    try {
      const revision = { version: '3.0.0', digest };
      const workload = { ...checkoutWorkload, deployment: 'checkout' };
      const request = { target, revision, workload, instances: 1, intent: next() };
      await platform.workload.applyRevision(request);
      const wanted = split(stable, '3.0.0-11111111', 10);
      const names = (await platform.workload.readRevisions(target)).map(({ name }) => name);
      assert.ok(names.includes('3.0.0-11111111'), names.join(', '));
      await assert.rejects(
        platform.router.applySplit({ target, split: wanted, intent: next() }),
        (error) => error instanceof Failure && error.code === 'NotReady',
      );
    } finally {
      stopPods = startStubPods(cluster, namespace);
    }
  });

  it('keep the replicas of an adopted Deployment, whatever fewer a step asks for', async () => {
    const { digest } = checkoutRevision('1.2.0');
    await createTemplate('adopted', `sluice.test/checkout:1.2.0@${digest}`, 3);
    await createRoute(cluster, namespace, 'adopted', { adopted: 1 });
    const mine: TargetKey = { service: 'adopted', environment: 'production' };
    for (const instances of [1, 2]) {
      const workload = { ...checkoutWorkload, deployment: 'adopted' };
      const revision = { version: '1.2.0', digest };
      const request = { target: mine, revision, workload, instances, intent: next() };
      await platform.workload.applyRevision(request);
      const { spec } = await apps().readNamespacedDeployment({ namespace, name: 'adopted' });
      assert.equal(spec?.replicas, 3);
    }
  });

  it('keep a fence, by which a late write is refused', async () => {
    const late = { fence: { rollout: 1, sequence: 1 }, key: 'late' };
    await assert.rejects(
      platform.router.applySplit({ target, split: split(stable, candidate, 50), intent: late }),
      (error) => error instanceof Failure && error.code === 'StaleWrite',
    );
    await within('the split is as it was', 1000, async () => {
      return ((await weights()) ?? []).every(([, weight]) => weight !== 50);
    });
  });
});
