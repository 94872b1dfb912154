/** Configuration as part of a revision: unchangeable copies, what a pod that starts again reads, and when they go. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AppsV1Api,
  CoreV1Api,
  loadAllYaml,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1EnvVar,
  type V1Role,
} from '@kubernetes/client-node';
import { objectName } from '../../src/adapters/kubernetes/names.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { WorkloadSpec } from '../../src/domain/rollout/workload.js';
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

const secretsRole = join(import.meta.dirname, '../../deploy/kubernetes/rbac-secrets.yaml');
/** Says what is in its environment. */
const mirror = `require('http').createServer((request, response) =>
  response.end(JSON.stringify(process.env))).listen(8080)`;
const secretValue = 'a-value-that-nobody-may-see';

describeOnBed('configuration of a revision', function () {
  this.timeout(120_000);
  let platform: KubernetesUnderTest;
  let core: CoreV1Api;
  let namespace: string;
  before(async () => {
    platform = await startKubernetesPlatform();
    ({ namespace } = platform);
    core = platform.bed.admin.makeApiClient(CoreV1Api);
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'settings' }, data: { greeting: 'one' } },
    });
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: 'keys' }, stringData: { TOKEN: secretValue } },
    });
    const from = (name: string, key: string, optional: boolean): V1EnvVar => {
      return { name: key.toUpperCase(), valueFrom: { configMapKeyRef: { name, key, optional } } };
    };
    const shared = { namespace, image: 'sluice.test/checkout:1.0.0', replicas: 0 };
    const command = [process.execPath, '-e', mirror];
    const env = [from('settings', 'greeting', false), from('later', 'farewell', true)];
    await createService(platform.bed, {
      ...shared,
      name: 'configured',
      container: { command, env },
    });
    const envFrom = [{ secretRef: { name: 'keys' } }];
    await createService(platform.bed, {
      ...shared,
      name: 'secret',
      container: { command, envFrom },
    });
    const missing = [from('nowhere', 'greeting', false)];
    await createService(platform.bed, {
      ...{ ...shared, name: 'lacking', container: { command, env: missing } },
    });
  });
  after(() => platform?.dispose());

  async function apply(
    target: TargetKey,
    version: string,
    next: ReturnType<typeof intents>,
    change: Partial<WorkloadSpec>,
  ) {
    const { name, ...revision } = checkoutRevision(version);
    const workload = { ...checkoutWorkload, ...change };
    await platform.workload.applyRevision({
      ...{ target, revision, workload, instances: 1, intent: next() },
    });
    return name;
  }

  /** The environment of a pod that is not the one given. */
  async function environmentOf(target: TargetKey, revision: string, not = '') {
    let environment: Record<string, string> = {};
    await within(`${revision} answers`, 30_000, async () => {
      const statuses = await platform.workload.readRevisions(target);
      const instances = statuses.find(({ name }) => name === revision)?.instances ?? [];
      const ready = instances.find(({ state, id }) => state === 'ready' && id !== not);
      if (ready === undefined) return false;
      environment = (await (await fetch(ready.url)).json()) as Record<string, string>;
      return true;
    });
    return environment;
  }

  /** Deletes its pods; the ones that come in their place answer. */
  async function restart(target: TargetKey, revision: string) {
    const statuses = await platform.workload.readRevisions(target);
    const [was] = statuses.find(({ name }) => name === revision)?.instances ?? [];
    const labelSelector = `sluice.dev/environment=${target.environment},sluice.dev/revision=${revision}`;
    await core.deleteCollectionNamespacedPod({ namespace, labelSelector });
    return environmentOf(target, revision, was?.id);
  }

  async function copies(target: TargetKey): Promise<string[]> {
    const labelSelector = `sluice.dev/environment=${target.environment},sluice.dev/copy-of`;
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector });
    return items.map(({ metadata }) => metadata?.name ?? '').toSorted();
  }

  async function setGreeting(greeting: string) {
    await core.patchNamespacedConfigMap(
      { namespace, name: 'settings', body: { data: { greeting } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  const copied = {
    deployment: 'configured',
    config: { configMaps: 'copy', secrets: 'reference' },
  } as const;

  it('a rollback finds the configuration that was tested, in old pods and in ones that start again', async () => {
    const target = freshTarget();
    const next = intents();
    const old = await apply(target, '1.0.0', next, copied);
    assert.equal((await environmentOf(target, old))['GREETING'], 'one');
    const [first = '', ...none] = await copies(target);
    assert.match(first, /^settings-[0-9a-f]{10}$/);
    assert.deepEqual(none, []);
    await setGreeting('two');
    const body = { metadata: { name: 'later' }, data: { farewell: 'bye' } };
    await core.createNamespacedConfigMap({ namespace, body });
    const newer = await apply(target, '1.1.0', next, copied);
    const seen = await environmentOf(target, newer);
    assert.deepEqual([seen['GREETING'], seen['FAREWELL']], ['two', 'bye']);
    assert.equal((await environmentOf(target, old))['GREETING'], 'one');
    const again = await restart(target, old);
    // What was not there when it was made is not there later either.
    assert.deepEqual([again['GREETING'], again['FAREWELL']], ['one', undefined]);
    // An equal revision shares the copies of the one before.
    const shared = await copies(target);
    assert.equal(shared.length, 3);
    const third = await apply(target, '1.2.0', next, copied);
    assert.deepEqual(await copies(target), shared);

    await platform.workload.removeRevision({ target, revision: old, intent: next() });
    assert.deepEqual(
      await copies(target),
      shared.filter((name) => name !== first),
    );
    await platform.workload.removeRevision({ target, revision: newer, intent: next() });
    assert.equal((await copies(target)).length, 2);
    // By hand: the cluster itself removes what nobody owns any more.
    const name = objectName(target, third);
    await platform.bed.admin
      .makeApiClient(AppsV1Api)
      .deleteNamespacedDeployment({ namespace, name });
    await within('the copies are gone', 30_000, async () => (await copies(target)).length === 0);
  });

  it('copies cannot be changed', async () => {
    const target = freshTarget();
    await apply(target, '1.0.0', intents(), copied);
    const [name = ''] = await copies(target);
    const patch = core.patchNamespacedConfigMap(
      { namespace, name, body: { data: { greeting: 'other' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    await assert.rejects(patch, { code: 422 });
  });

  it('by reference nothing is copied and a new value comes with the next start', async () => {
    const target = freshTarget();
    await setGreeting('three');
    const revision = await apply(target, '1.0.0', intents(), { deployment: 'configured' });
    assert.equal((await environmentOf(target, revision))['GREETING'], 'three');
    await setGreeting('four');
    assert.equal((await restart(target, revision))['GREETING'], 'four');
    assert.deepEqual(await copies(target), []);
  });

  it('a ConfigMap that is needed and not there refuses the revision', async () => {
    const target = freshTarget();
    const wanted = apply(target, '1.0.0', intents(), { ...copied, deployment: 'lacking' });
    await assert.rejects(wanted, {
      code: 'NotFound',
      message: 'the template needs ConfigMap nowhere, which is not there',
    });
    assert.deepEqual(await platform.workload.readRevisions(target), []);
  });

  it('Secrets are copied by who may, and their values are in no message', async () => {
    const target = freshTarget();
    const next = intents();
    const workload = {
      deployment: 'secret',
      config: { configMaps: 'reference', secrets: 'copy' },
    } as const;
    await assert.rejects(apply(target, '1.0.0', next, workload), (error: Error) => {
      const { code, details } = error as Error & { code: string; details: { next: string } };
      assert.equal(code, 'Forbidden');
      assert.match(details.next, /rbac-secrets\.yaml/);
      assert.doesNotMatch(JSON.stringify([error.message, details]), new RegExp(secretValue));
      return true;
    });
    assert.deepEqual(await platform.workload.readRevisions(target), []);
    await grantSecrets();
    const revision = await apply(target, '1.0.0', next, workload);
    assert.equal((await environmentOf(target, revision))['TOKEN'], secretValue);
    const body = { stringData: { TOKEN: 'another' } };
    await core.patchNamespacedSecret(
      { namespace, name: 'keys', body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.equal((await restart(target, revision))['TOKEN'], secretValue);
    await platform.workload.removeRevision({ target, revision, intent: next() });
    const labelSelector = 'sluice.dev/copy-of';
    await within('its copy is gone', 10_000, async () => {
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
      return items.length === 0;
    });
    assert.ok(await core.readNamespacedSecret({ namespace, name: 'keys' }));
  });

  async function grantSecrets() {
    const rbac = platform.bed.admin.makeApiClient(RbacAuthorizationV1Api);
    const objects = loadAllYaml(readFileSync(secretsRole, 'utf8')) as V1Role[];
    const role = objects.find(({ kind }) => kind === 'Role');
    const name = 'sluice-secrets';
    await rbac.createNamespacedRole({
      namespace,
      body: { metadata: { name }, rules: role?.rules ?? [] },
    });
    await rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace }],
      },
    });
    await platform.pass(1000);
  }
});
