/** What is found before anything is deployed: everything the API server, quotas and missing references would refuse. */
import assert from 'node:assert/strict';
import {
  CustomObjectsApi,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1ResourceQuotaSpec,
} from '@kubernetes/client-node';
import { objectName } from '../../src/adapters/kubernetes/names.js';
import type { PreviewProblem, WorkloadPreview } from '../../src/domain/rollout/preview.js';
import type { Split } from '../../src/domain/rollout/split.js';
import { isForeign, startCluster, type TestCluster } from '../bed/cluster.js';
import { describeOnCluster } from '../support/describe-kubernetes.js';
import { createRoute, setWeights, shippedRules, within } from '../support/kubernetes.js';
import { type PreviewScene, startPreviewScene } from '../support/kubernetes-preview.js';
import { checkoutRevision } from '../support/platform-under-test.js';

const candidate = 'Deployment %/checkout-production-1-1-0-';
const codes = ({ problems }: WorkloadPreview) => problems.map(({ code }) => code);
const [only] = [
  ({ problems }: WorkloadPreview): PreviewProblem => {
    assert.equal(problems.length, 1, JSON.stringify(problems));
    return problems[0] as PreviewProblem;
  },
];

describeOnCluster('a preview on a real API server', [], function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let scene: PreviewScene;
  const scenes: PreviewScene[] = [];
  const start = async (options: Parameters<typeof startPreviewScene>[1] = {}) => {
    scene = await startPreviewScene(cluster, options);
    scenes.push(scene);
    return scene;
  };
  const at = (name: string) => name.replace('%', scene.namespace);

  const noteSplit = (namespace: string, split: Split) =>
    cluster.admin.makeApiClient(CustomObjectsApi).patchNamespacedCustomObject(
      {
        ...{ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' },
        ...{ namespace, name: 'checkout' },
        body: { metadata: { annotations: { 'sluice.dev/split': JSON.stringify(split) } } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );

  before(async () => {
    cluster = await startCluster();
  });
  afterEach(async () => {
    for (const one of scenes.splice(0)) await one.stop();
  });

  it('shows what would be made beside what runs, and makes nothing', async () => {
    const { preview, deployed, namespace } = await start();
    const before = await deployed();
    const { changes, problems, notes } = await preview('1.1.0');
    assert.deepEqual(problems, []);
    const [deployment, service, ...more] = changes;
    assert.ok(deployment?.object.startsWith(at(candidate)), deployment?.object);
    assert.deepEqual([deployment?.action, service?.action], ['create', 'create']);
    assert.equal(deployment?.comparedWith, `Deployment ${namespace}/checkout`);
    const image = `"sluice.test/checkout@${checkoutRevision('1.1.0').digest}"`;
    assert.deepEqual(deployment?.diff, [
      {
        path: 'spec.template.spec.containers[app].image',
        from: '"sluice.test/checkout:1.0.0"',
        to: image,
      },
    ]);
    assert.equal(more.length, 0);
    assert.deepEqual(notes, [
      'room on the nodes was not checked: needs list on nodes of the cluster',
    ]);
    assert.deepEqual(await deployed(), before);
  });

  it('compares with the stable revision, and hides what may be a secret', async () => {
    const env = [
      { name: 'LEVEL', value: 'info' },
      { name: 'DB_PASSWORD', value: 'hunter2' },
      { name: 'DATABASE', value: 'postgres://shop:hunter2@db/shop' },
    ];
    const { preview, apps, namespace, platform, target, workload } = await start({
      container: { env },
    });
    const { name, ...revision } = checkoutRevision('1.0.0');
    const intent = { fence: { rollout: 1, sequence: 1 }, key: 'rollout:1/1' };
    await platform.workload.applyRevision({ target, revision, workload, instances: 0, intent });
    await noteSplit(namespace, { stable: name, candidate: null, weight: 0, headerRoute: null });
    await setWeights(cluster, namespace, 'checkout', { [objectName(target, name)]: 1 });
    const at = '/spec/template/spec/containers/0/env';
    await apps.patchNamespacedDeployment({
      ...{ namespace, name: 'checkout' },
      body: [
        { op: 'replace', path: `${at}/0/value`, value: 'debug' },
        { op: 'replace', path: `${at}/1/value`, value: 'swordfish' },
        { op: 'replace', path: `${at}/2/value`, value: 'postgres://shop:swordfish@db/shop' },
      ],
    });
    const [deployment] = (await preview('1.1.0')).changes;
    assert.match(deployment?.comparedWith ?? '', /\/checkout-production-1-0-0-/);
    const container = 'spec.template.spec.containers[app]';
    assert.deepEqual(
      deployment?.diff.filter(({ path }) => !path.endsWith('.image')),
      [
        { path: `${container}.env[LEVEL].value`, from: '"info"', to: '"debug"' },
        {
          path: `${container}.env[DB_PASSWORD].value`,
          ...{ from: '"(not shown)"', to: '"(not shown)"' },
        },
        {
          path: `${container}.env[DATABASE].value`,
          from: '"postgres://shop:(not shown)@db/shop"',
          to: '"postgres://shop:(not shown)@db/shop"',
        },
      ],
    );
    const [same, ...others] = (await preview('1.0.0')).changes;
    assert.deepEqual([same?.action, same?.diff.length, others.length], ['change', 1, 0]);
  });

  it('names the field that the API server refuses', async () => {
    const { preview, deployed } = await start();
    const before = await deployed();
    const problem = only(await preview('1.1.0', { instances: -1 }));
    assert.equal(problem.code, 'Refused');
    assert.match(problem.where, /^Deployment .*\/checkout-production-1-1-0-\S+ spec\.replicas$/);
    assert.match(problem.message, /greater than or equal to 0/);
    assert.deepEqual(await deployed(), before);
  });

  it('names a rule of the namespace that refuses its pods', async () => {
    const { preview, core, namespace } = await start({
      container: { resources: { limits: { memory: '2Gi' } } },
    });
    await core.createNamespacedLimitRange({
      namespace,
      body: {
        metadata: { name: 'modest' },
        spec: { limits: [{ type: 'Container', max: { memory: '1Gi' } }] },
      },
    });
    await within(
      'the limit is known',
      10_000,
      async () => (await preview('1.1.0')).problems.length > 0,
    );
    const problem = only(await preview('1.1.0'));
    assert.equal(problem.code, 'Refused');
    assert.match(problem.message, /maximum memory usage per Container is 1Gi, but limit is 2Gi/);
    assert.match(problem.where, /^a pod of Deployment /);
  });

  it('counts what all pods need against what every quota leaves', async () => {
    const { preview, core, namespace } = await start({
      container: { resources: { requests: { cpu: '300m', memory: '64Mi' } } },
    });
    const hard = { pods: '3', 'requests.cpu': '1' };
    await core.createNamespacedResourceQuota({
      namespace,
      body: {
        metadata: { name: 'small' },
        spec: { hard },
      },
    });
    await within('the quota is counted', 10_000, async () => {
      const quota = await core.readNamespacedResourceQuota({ namespace, name: 'small' });
      return quota.status?.used?.['pods'] === '0';
    });
    assert.deepEqual(codes(await preview('1.1.0', { instances: 3 })), []);
    const { problems } = await preview('1.1.0', { instances: 4 });
    assert.deepEqual(
      problems.map(({ code, where, seen, limit }) => [code, where, seen, limit]),
      [
        ['QuotaShort', `ResourceQuota ${namespace}/small`, '4', '3'],
        ['QuotaShort', `ResourceQuota ${namespace}/small`, '1200m', '1'],
      ],
    );
    assert.match(problems[1]?.message ?? '', /4 more pods need 1200m, 1 is left/);
    assert.match(problems[0]?.next ?? '', /edit resourcequota small/);
  });

  it('names every reference that leads nowhere', async () => {
    const { preview, core, namespace } = await start({
      container: {
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'gone', key: 'x', optional: true } } },
        ],
        envFrom: [{ configMapRef: { name: 'absent' } }, { secretRef: { name: 'unseen' } }],
      },
    });
    const metadata = { name: 'settings' };
    await core.createNamespacedConfigMap({ namespace, body: { metadata, data: { level: 'x' } } });
    const { problems, notes } = await preview('1.1.0');
    assert.deepEqual(
      problems.map(({ code, message, seen, limit }) => [code, message, seen, limit]),
      [
        [
          'ReferenceMissing',
          `ConfigMap ${namespace}/settings has no key "colour", which its pods need`,
          'level',
          'colour',
        ],
        [
          'ReferenceMissing',
          `there is no ConfigMap ${namespace}/absent, which its pods need`,
          null,
          null,
        ],
      ],
    );
    assert.ok(
      notes.includes('whether every Secret is there was not checked: needs get on secrets'),
    );
  });

  it('shows the copies of configuration that would be made, and the right that is missing for them', async () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }];
    const { preview, core, deployed, namespace } = await start({ container: { envFrom } });
    const body = { metadata: { name: 'settings' }, data: { LEVEL: 'info', API_TOKEN: 'hunter2' } };
    await core.createNamespacedConfigMap({ namespace, body });
    const before = await deployed();
    const config = { configMaps: 'copy', secrets: 'copy' } as const;
    const { changes, problems } = await preview('1.1.0', { config });
    assert.deepEqual(problems, []);
    const copy = changes.find(({ object }) => object.startsWith('ConfigMap '));
    assert.match(copy?.object ?? '', /\/settings-[0-9a-f]{10}$/);
    assert.deepEqual(copy?.diff, [], 'equal to what the Deployment names now');
    assert.deepEqual(await deployed(), before);
    const { items } = await core.listNamespacedConfigMap({ namespace });
    assert.ok(!items.some(({ metadata }) => metadata?.name?.startsWith('settings-')));
    envFrom.push({ secretRef: { name: 'unseen' } } as never);
    const other = await start({ container: { envFrom } });
    const metadata = { name: 'settings' };
    await core.createNamespacedConfigMap({ namespace: other.namespace, body: { metadata } });
    const problem = only(await other.preview('1.1.0', { config }));
    assert.match(problem.where, /^Secret .*\/unseen$/);
    assert.match(problem.next, /rbac-secrets\.yaml/);
  });

  it('looks for Secrets where it may, for accounts and for claims', async () => {
    const rules = [...shippedRules(), { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
    const { preview, apps, namespace } = await start({
      rules,
      container: { envFrom: [{ secretRef: { name: 'absent' } }] },
    });
    const template = '/spec/template/spec';
    await apps.patchNamespacedDeployment({
      ...{ namespace, name: 'checkout' },
      body: [
        { op: 'add', path: `${template}/serviceAccountName`, value: 'nobody' },
        {
          op: 'add',
          path: `${template}/volumes`,
          value: [{ name: 'data', persistentVolumeClaim: { claimName: 'disk' } }],
        },
      ],
    });
    const { problems, notes } = await preview('1.1.0');
    const missing = problems.map(({ message }) => /there is no (\w+ )[^/]*\/(\w+)/.exec(message));
    assert.deepEqual(missing.map((found) => `${found?.[1]}${found?.[2]}`).toSorted(), [
      'PersistentVolumeClaim disk',
      'Secret absent',
      'ServiceAccount nobody',
    ]);
    assert.ok(!notes.some((note) => note.includes('Secret')));
  });

  it('names what the target stands on and is not there', async () => {
    const { preview } = await start({ route: false });
    const problem = only(await preview('1.1.0'));
    assert.equal(problem.code, 'PlaceUnfit');
    assert.match(problem.message, /checkout\/production has no route/);
    const { problems } = await preview('1.1.0', { deployment: 'nothing' });
    assert.deepEqual(
      problems.map(({ message }) => message),
      ['checkout/production has no route', 'there is no Deployment nothing'],
    );
  });

  it('names the target that a route belongs to', async () => {
    const { preview, platform, target, workload } = await start({ route: false });
    await createRoute(cluster, scene.namespace, 'checkout', { checkout: 1 });
    const revision = checkoutRevision('1.0.0');
    const intent = { fence: { rollout: 1, sequence: 1 }, key: 'rollout:1/1' };
    await platform.workload.applyRevision({
      ...{ target: { ...target, environment: 'staging' }, revision, workload },
      ...{ instances: 0, intent },
    });
    const problem = only(await preview('1.1.0'));
    assert.equal(problem.code, 'PlaceUnfit');
    assert.equal(problem.message, 'the route belongs to checkout/staging');
  });

  it('says what it could not look at with fewer rights, and finds the rest', async () => {
    const without = new Set(['resourcequotas', 'pods']);
    const rules = shippedRules().filter(
      ({ resources = [] }) => !resources.some((one) => without.has(one)),
    );
    const { preview } = await start({
      rules,
      container: { envFrom: [{ configMapRef: { name: 'absent' } }] },
    });
    const preview1 = await preview('1.1.0');
    assert.deepEqual(codes(preview1), ['ReferenceMissing']);
    assert.ok(
      preview1.notes.some((note) => /^a pod of Deployment .* needs create on pods$/.test(note)),
    );
    assert.ok(preview1.notes.some((note) => note.endsWith('needs list on resourcequotas')));
  });

  it('says how many pods the nodes have room for, where it may look, and is not in the way', async () => {
    const container = { resources: { requests: { cpu: '900' } } };
    const { preview, namespace: name } = await start({ container });
    const rbac = cluster.admin.makeApiClient(RbacAuthorizationV1Api);
    const rules = [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] }];
    await rbac.createClusterRole({ body: { metadata: { name }, rules } });
    await rbac.createClusterRoleBinding({
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace: name }],
      },
    });
    try {
      const room = /^the nodes have room for (\d+) of 50 pods now/;
      let seen: WorkloadPreview | undefined;
      await within('it may look', 10_000, async () => {
        seen = await preview('1.1.0', { instances: 50 });
        return seen.notes.some((note) => room.test(note));
      });
      assert.deepEqual(seen?.problems, []);
      // A node of the bed has room for one such pod.
      const found = room.exec(seen?.notes.find((note) => room.test(note)) ?? '')?.[1];
      if (!isForeign) assert.equal(found, '3');
    } finally {
      await rbac.deleteClusterRoleBinding({ name });
      await rbac.deleteClusterRole({ name });
    }
  });

  it('makes no more of a quota that has room, and none of one for other pods', async () => {
    const { preview, core, namespace } = await start();
    const quota = (name: string, spec: V1ResourceQuotaSpec) =>
      core.createNamespacedResourceQuota({ namespace, body: { metadata: { name }, spec } });
    await quota('wide', { hard: { pods: '10' } });
    await quota('ending', { hard: { pods: '0' }, scopes: ['Terminating'] });
    assert.deepEqual((await preview('1.1.0')).problems, []);
  });
});
