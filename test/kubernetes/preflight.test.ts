/** An incompatible migration, a bad configuration and a short quota each block a rollout before anything is deployed. */
import assert from 'node:assert/strict';
import { AppsV1Api, BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import type { ReleasePlan } from '../../src/api/schemas/plan.js';
import type { EnvironmentPlan } from '../../src/domain/release/release.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import type { Strategy } from '../../src/domain/rollout/strategy.js';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { anEnvironment, workload } from '../support/builders.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { createService, within } from '../support/kubernetes.js';
import { type ScenarioBed, startScenarios } from '../support/kubernetes-scenarios.js';
import { at, canary, createShop, type Shop, soon } from '../support/kubernetes-shop.js';

describeOnBed('before anything is deployed on Kubernetes', function () {
  this.timeout(120_000);
  let scene: ScenarioBed;
  let core: CoreV1Api;
  let apps: AppsV1Api;
  let batch: BatchV1Api;
  let api: ApiUnderTest;
  let shop: Shop;
  let service: string;
  let count = 0;

  before(async () => {
    scene = await startScenarios();
    const { admin } = scene.bed;
    core = admin.makeApiClient(CoreV1Api);
    apps = admin.makeApiClient(AppsV1Api);
    batch = admin.makeApiClient(BatchV1Api);
    api = await serveApi(scene.engine.client, {
      resolvePipeline: async () => ({
        ...{ project: 'shop', service, sha256: 'c'.repeat(64) },
        environments: [stage()],
      }),
    });
  });
  after(async () => {
    await api?.stop();
    await scene?.stop();
  });
  beforeEach(async () => {
    count += 1;
    service = `fit${count}`;
    await scene.open(service);
    shop = scene.shop(service);
  });

  const strategy: Strategy = canary([at(50)]);
  const stage = (): EnvironmentPlan =>
    anEnvironment('production', {
      ...{ platform: 'eu', strategy },
      workload: { ...workload, instances: 2, deployment: service },
    });
  /** Names of what the service's revisions are made of. */
  async function deployed(): Promise<readonly string[]> {
    const labelSelector = `sluice.dev/service=${service}`;
    const { namespace } = scene;
    const found = await Promise.all([
      apps.listNamespacedDeployment({ namespace, labelSelector }),
      core.listNamespacedService({ namespace, labelSelector }),
    ]);
    return found.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name ?? ''));
  }
  async function blocked(roll: () => Promise<RolloutResult>, words: RegExp) {
    const before = await deployed();
    const result = await roll();
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, words);
    assert.deepEqual(await deployed(), before);
    await shop.weighs({ '1.0.0': 100 });
  }
  const change = (path: string, value: unknown) =>
    apps.patchNamespacedDeployment({
      ...{ namespace: scene.namespace, name: service },
      body: [{ op: 'add', path: `/spec/template/spec/containers/0/${path}`, value }],
    });
  const plan = async (version: string): Promise<ReleasePlan> => {
    const { digest } = scene.revision(version);
    const body = { service, version, digest };
    const answer = await api.call('POST', '/v1/plan', { token: secrets.read, body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };

  it('a healthy candidate passes, and sluice plan shows what it changes', async () => {
    await change('env', [{ name: 'LEVEL', value: 'debug' }]);
    const [seen] = (await plan('1.1.0')).stages;
    assert.deepEqual(seen?.preview?.problems, []);
    const digest = (version: string) => scene.revision(version).digest;
    const lines = seen?.changes ?? [];
    assert.match(lines[0] ?? '', /^\+ Deployment .*-1-1-0-\S+, beside Deployment .*-1-0-0-\S+:$/);
    assert.deepEqual(lines.slice(1, 3), [
      `    spec.template.spec.containers[app].image: "sluice.test/checkout@${digest('1.0.0')}" → "sluice.test/checkout@${digest('1.1.0')}"`,
      '    spec.template.spec.containers[app].env: — → [{"name":"LEVEL","value":"debug"}]',
    ]);
    const result = await shop.roll('1.1.0', strategy);
    assert.equal(result.outcome, 'promoted', result.reason);
  });

  it('a missing ConfigMap blocks, in the rollout as in the plan', async () => {
    await change('envFrom', [{ configMapRef: { name: 'absent' } }]);
    const words = /ReferenceMissing: there is no ConfigMap .*\/absent, which its pods need/;
    const [seen] = (await plan('1.1.0')).stages;
    assert.ok(
      seen?.changes.some((line) => words.test(line)),
      seen?.changes.join('\n'),
    );
    await blocked(() => shop.roll('1.1.0', strategy), words);
    await core.createNamespacedConfigMap({
      ...{ namespace: scene.namespace, body: { metadata: { name: 'absent' }, data: {} } },
    });
    const id = await shop.retry(2);
    const result = await shop.end(id);
    assert.equal(
      result.outcome,
      'promoted',
      `the fix is not in the way of itself: ${result.reason}`,
    );
  });

  it('a bad configuration blocks', async () => {
    await change('resources', { limits: { memory: '2Gi' } });
    await core.createNamespacedLimitRange({
      namespace: scene.namespace,
      body: {
        metadata: { name: 'modest' },
        spec: { limits: [{ type: 'Container', max: { memory: '1Gi' } }] },
      },
    });
    try {
      const words = /Refused: .*maximum memory usage per Container is 1Gi, but limit is 2Gi/;
      await within('the limit is known', 10_000, async () =>
        ((await plan('1.1.0')).stages[0]?.changes ?? []).some((line) => words.test(line)),
      );
      await blocked(() => shop.roll('1.1.0', strategy), words);
    } finally {
      await core.deleteNamespacedLimitRange({ namespace: scene.namespace, name: 'modest' });
    }
  });

  it('a short quota blocks, also one that only a later step would meet', async () => {
    const { namespace } = scene;
    const name = 'small';
    await change('resources', { requests: { cpu: '1' } });
    await core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name }, spec: { hard: { 'requests.cpu': '1500m' } } },
    });
    try {
      await within('the quota is counted', 10_000, async () => {
        const quota = await core.readNamespacedResourceQuota({ namespace, name });
        return quota.status?.used?.['requests.cpu'] !== undefined;
      });
      await blocked(
        () => shop.roll('1.1.0', strategy),
        /QuotaShort: quota small leaves too little requests\.cpu: 2 more pods need 2, 1500m is left/,
      );
    } finally {
      await core.deleteNamespacedResourceQuota({ namespace, name });
    }
  });

  it('an incompatible migration blocks with its last lines, and one that ends lets the candidate pass', async () => {
    const { namespace } = scene;
    const script = `console.log('column is missing'); process.exit(process.env.COMPATIBLE ? 0 : 4)`;
    const container = {
      ...{ name: 'migrate', image: 'sluice.test/checkout:1.0.0' },
      command: [process.execPath, '-e', script],
    };
    const template = { spec: { restartPolicy: 'Never', containers: [container] } };
    const write = (env: { name: string; value: string }[]) =>
      batch.createNamespacedJob({
        namespace,
        body: {
          metadata: { name: service },
          spec: {
            ...{ suspend: true, backoffLimit: 0 },
            template: { spec: { ...template.spec, containers: [{ ...container, env }] } },
          },
        },
      });
    await write([]);
    const migration = { job: service, deadlineMs: 20_000, logLines: 20 };
    const given = {
      workload: { ...workload, instances: 2, deployment: service, migration },
      strategy: { ...strategy, timing: soon },
    };
    await blocked(
      () => shop.roll('1.1.0', strategy, given),
      /Job .* failed, so nothing was deployed: BackoffLimitExceeded, exit code 4; it last wrote:\ncolumn is missing/,
    );
    await batch.deleteNamespacedJob({
      ...{ namespace, name: service, propagationPolicy: 'Background' },
    });
    await within('the former one is gone', 10_000, async () => {
      const { items } = await batch.listNamespacedJob({ namespace });
      return !items.some(({ metadata }) => metadata?.name === service);
    });
    await write([{ name: 'COMPATIBLE', value: '1' }]);
    const id = await shop.ask('1.1.0', strategy, given);
    const result = await shop.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.equal((await shop.timeline(id))[0], `migrate by ${service}`);
    assert.ok((await shop.kinds(id)).includes('migrationDone'));
  });

  it('a first install without a route ends, and takes nothing back', async () => {
    const { namespace } = scene;
    const image = 'sluice.test/checkout:1.0.0';
    await createService(scene.bed, { namespace, name: 'bare', image, replicas: 0 });
    const bare = createShop(scene, { service: 'bare', environment: 'production' });
    const result = await bare.roll('1.0.0', strategy);
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /nothing was deployed: PlaceUnfit: bare\/production has no route/);
    assert.deepEqual(await scene.engine.platform.workload.readRevisions(bare.target), []);
  });

  it('a probe that fails is told in its own words', async () => {
    await change('readinessProbe', {
      ...{ httpGet: { path: '/nowhere', port: 8080 }, periodSeconds: 1 },
    });
    const timing = { ...soon, progressDeadlineMs: 9_000 };
    const result = await shop.roll('1.1.0', canary([at(50)], timing));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /is not ready.*: Unhealthy: Readiness probe failed: .*404/);
  });

  it('a crash loop says where its output is, and nothing of it', async () => {
    await change('command', [process.execPath, '-e', 'console.log("hunter2"); process.exit(3)']);
    const result = await shop.roll('1.1.0', strategy);
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /exit(ing|ed).*exit code 3.*kubectl -n \S+ logs \S+ -c app/);
    assert.ok(!result.reason.includes('hunter2'));
  });
});
