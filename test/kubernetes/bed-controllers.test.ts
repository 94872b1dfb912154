/** The bed's controllers: jobs end, quotas refuse, disruption budgets protect, and an autoscaler holds its bounds. */
import assert from 'node:assert/strict';
import {
  AppsV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  PolicyV1Api,
  type V1Job,
} from '@kubernetes/client-node';
import { type Bed, startBed } from '../bed/bed.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { createNamespace, createService, ready, within } from '../support/kubernetes.js';

const image = 'sluice.test/checkout:1.0.0';

describeOnBed('the controllers of the Kubernetes bed', () => {
  let bed: Bed;
  let core: CoreV1Api;
  let apps: AppsV1Api;
  let namespace: string;

  before(async function startShared() {
    this.timeout(120_000);
    bed = await startBed();
    core = bed.admin.makeApiClient(CoreV1Api);
    apps = bed.admin.makeApiClient(AppsV1Api);
    namespace = await createNamespace(bed, 'controllers');
  });
  after(() => core?.deleteNamespace({ name: namespace }));

  /** Runs the script by the image's Node to its end, and gives the Job and its last pod's name and phase. */
  async function runJob(name: string, script: string, spec: Partial<V1Job['spec']> = {}) {
    const batch = bed.admin.makeApiClient(BatchV1Api);
    const container = { name: 'job', image, command: [process.execPath, '-e', script] };
    await batch.createNamespacedJob({
      namespace,
      body: {
        metadata: { name },
        spec: {
          ...spec,
          backoffLimit: 0,
          template: { spec: { restartPolicy: 'Never', containers: [container] } },
        },
      },
    });
    let job: V1Job | undefined;
    await within(`Job ${name} has ended`, 20_000, async () => {
      job = await batch.readNamespacedJob({ namespace, name });
      const over = (job.status?.conditions ?? []).filter(({ status }) => status === 'True');
      return over.some(({ type }) => type === 'Complete' || type === 'Failed');
    });
    const pods = await core.listNamespacedPod({ namespace, labelSelector: `job-name=${name}` });
    const last = pods.items.at(-1);
    return { job, pods: pods.items, pod: last?.metadata?.name ?? '', phase: last?.status?.phase };
  }

  it('run a Job to its end, once, and keep its log', async () => {
    const { job, pods, pod, phase } = await runJob(
      'migrate',
      `console.log('one'); console.log('two')`,
    );
    assert.equal(job?.status?.succeeded, 1);
    assert.deepEqual([pods.length, phase], [1, 'Succeeded']);
    const [status] = pods[0]?.status?.containerStatuses ?? [];
    assert.equal(status?.state?.terminated?.reason, 'Completed');
    assert.equal(status?.restartCount, 0);
    assert.equal(await core.readNamespacedPodLog({ namespace, name: pod }), 'one\ntwo\n');
  });

  it('fail a Job whose process fails, and keep its log', async () => {
    const script = `console.log('column is missing'); process.exit(4)`;
    const { job, pods, pod, phase } = await runJob('broken', script);
    assert.equal(job?.status?.failed, 1);
    assert.equal(job?.status?.conditions?.at(-1)?.reason, 'BackoffLimitExceeded');
    assert.deepEqual([pods.length, phase], [1, 'Failed']);
    const [status] = pods[0]?.status?.containerStatuses ?? [];
    assert.equal(status?.state?.terminated?.exitCode, 4);
    const log = await core.readNamespacedPodLog({ namespace, name: pod, tailLines: 1 });
    assert.equal(log, 'column is missing\n');
  });

  it('end a Job that takes longer than its deadline', async () => {
    const script = `setInterval(() => undefined, 1000)`;
    const { job } = await runJob('endless', script, { activeDeadlineSeconds: 1 });
    assert.equal(job?.status?.conditions?.at(-1)?.reason, 'DeadlineExceeded');
  });

  it('refuse what is over a ResourceQuota, and say what was used', async () => {
    const mine = await createNamespace(bed, 'quota');
    await core.createNamespacedResourceQuota({
      namespace: mine,
      body: { metadata: { name: 'small' }, spec: { hard: { pods: '1' } } },
    });
    await within('the quota is counted', 10_000, async () => {
      const quota = await core.readNamespacedResourceQuota({ namespace: mine, name: 'small' });
      return quota.status?.used?.['pods'] === '0';
    });
    await createService(bed, { namespace: mine, name: 'two', image, replicas: 2 });
    await within('the Deployment says why it is short', 10_000, async () => {
      const { status } = await apps.readNamespacedDeployment({ namespace: mine, name: 'two' });
      const failure = status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
      return /exceeded quota: small, requested: pods=1, used: pods=1/.test(failure?.message ?? '');
    });
    await core.deleteNamespace({ name: mine });
  });

  it('refuse an eviction that a PodDisruptionBudget does not allow', async () => {
    await createService(bed, { namespace, name: 'guarded', image, replicas: 2 });
    const policy = bed.admin.makeApiClient(PolicyV1Api);
    await policy.createNamespacedPodDisruptionBudget({
      namespace,
      body: {
        metadata: { name: 'guarded' },
        spec: { minAvailable: 2, selector: { matchLabels: { app: 'guarded' } } },
      },
    });
    await ready(bed, namespace, 'guarded');
    const budget = { namespace, name: 'guarded' };
    await within('the budget counts two healthy pods', 10_000, async () => {
      const { status } = await policy.readNamespacedPodDisruptionBudget(budget);
      return status?.currentHealthy === 2 && status.disruptionsAllowed === 0;
    });
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=guarded' });
    const name = items[0]?.metadata?.name ?? '';
    const evict = () =>
      core.createNamespacedPodEviction({ namespace, name, body: { metadata: { name } } });
    await assert.rejects(evict(), { code: 429 });
    await policy.patchNamespacedPodDisruptionBudget({
      ...budget,
      body: [{ op: 'replace', path: '/spec/minAvailable', value: 1 }],
    });
    await within('the eviction is allowed', 10_000, async () => {
      await evict();
      return true;
    });
  });

  it('hold a Deployment within the bounds of its autoscaler', async () => {
    await createService(bed, { namespace, name: 'scaled', image, replicas: 1 });
    const scaler = bed.admin.makeApiClient(AutoscalingV2Api);
    const named = { namespace, name: 'scaled' };
    const metadata = { name: 'scaled' };
    const spec = (minReplicas: number, maxReplicas: number) => ({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' },
      ...{ minReplicas, maxReplicas },
    });
    const settles = (replicas: number) =>
      within(`it has ${replicas} replicas`, 10_000, async () => {
        const found = await apps.readNamespacedDeployment(named);
        return found.spec?.replicas === replicas;
      });
    await scaler.createNamespacedHorizontalPodAutoscaler({
      namespace,
      body: { metadata, spec: spec(2, 4) },
    });
    await settles(2);
    await apps.patchNamespacedDeploymentScale({
      ...named,
      body: [{ op: 'replace', path: '/spec/replicas', value: 6 }],
    });
    await settles(4);
  });
});
