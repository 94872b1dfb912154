/** One pod of a candidate is replaced: with a right of its own, by what counts it, and no other pod. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CoreV1Api,
  loadAllYaml,
  RbacAuthorizationV1Api,
  type V1Role,
  type V1RoleBinding,
} from '@kubernetes/client-node';
import type { Failure } from '../../src/domain/failures.js';
import type { TargetKey } from '../../src/domain/names.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import {
  type KubernetesUnderTest,
  startKubernetesPlatform,
} from '../support/kubernetes-platform.js';
import { freshTarget, install, intents, until } from '../support/platform-under-test.js';

const roleFile = join(import.meta.dirname, '../../deploy/kubernetes/rbac-replace.yaml');

describeOnBed('replacing an instance', function () {
  this.timeout(120_000);
  let platform: KubernetesUnderTest;
  let target: TargetKey;
  let revision: string;
  let other: string;
  before(async () => {
    platform = await startKubernetesPlatform();
    target = freshTarget();
    const next = intents();
    const of = (version: string, instances: number) =>
      install(platform, { target, version, instances, intent: next() });
    other = await of('1.0.0', 1);
    revision = await of('1.1.0', 2);
  });
  after(() => platform?.dispose());

  const replace = (instance: string) =>
    platform.workload.replaceInstance({ target, revision, instance });
  const instancesOf = async (name: string) =>
    (await platform.workload.readRevisions(target)).find((one) => one.name === name)?.instances ??
    [];
  const podsOf = async (name: string) => {
    const core = platform.bed.admin.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespacedPod({ namespace: platform.namespace });
    const ids = (await instancesOf(name)).map(({ id }) => id);
    const isOne = (uid: string) => ids.some((id) => id.startsWith(`${uid}.`));
    const its = items.filter(({ metadata }) => isOne(metadata?.uid ?? 'none'));
    return its.map(({ metadata }) => metadata?.name ?? '').sort();
  };
  const settled = (without: string) =>
    until(platform, async () => {
      const ready = (await instancesOf(revision)).filter(({ state }) => state === 'ready');
      const names = await podsOf(revision);
      return ready.length === 2 && names.length === 2 && !names.includes(without);
    });

  it('is refused with the shipped Role alone, and the refusal names the file', async () => {
    const before = await podsOf(revision);
    const [pod = ''] = before;
    await assert.rejects(replace(`pods/10.0.0.1:9090/${pod}`), ({ code, details }: Failure) => {
      assert.equal(code, 'Forbidden');
      assert.match(details.next ?? '', /kubectl apply -f deploy\/kubernetes\/rbac-replace\.yaml$/);
      return true;
    });
    assert.deepEqual(await podsOf(revision), before);
  });

  it('deletes the very pod that its counters or its status name, once that right is given', async () => {
    await grant();
    const [pod = '', sibling = ''] = await podsOf(revision);
    const others = await podsOf(other);
    const counted = `service@pods/10.0.0.1:9090/${pod}@1767225600`;
    await until(platform, () =>
      replace(counted).then(
        () => true,
        () => false,
      ),
    );
    await settled(pod);
    await replace(counted);
    assert.ok((await podsOf(revision)).includes(sibling));
    const [first] = await instancesOf(revision);
    const names = await podsOf(revision);
    await replace(first?.id ?? '');
    await until(platform, async () => (await podsOf(revision)).join() !== names.join());
    for (const name of others) await replace(`pods/10.0.0.1:9090/${name}`).catch(() => null);
    assert.deepEqual(await podsOf(other), others);
    const statuses = await platform.workload.readRevisions(target);
    assert.deepEqual(
      statuses.map(({ restarts }) => restarts),
      [0, 0],
    );
  });

  async function grant(): Promise<void> {
    const { namespace } = platform;
    const rbac = platform.bed.admin.makeApiClient(RbacAuthorizationV1Api);
    const shipped = loadAllYaml(readFileSync(roleFile, 'utf8')) as readonly (
      | V1Role
      | V1RoleBinding
    )[];
    for (const object of shipped) {
      const { metadata = {} } = object;
      if (object.kind === 'Role') {
        const { rules = [] } = object as V1Role;
        await rbac.createNamespacedRole({ namespace, body: { metadata, rules } });
      }
      if (object.kind === 'RoleBinding') {
        const { roleRef, subjects = [] } = object as V1RoleBinding;
        const bound = subjects.map(({ kind, name }) => ({ kind, name, namespace }));
        await rbac.createNamespacedRoleBinding({
          namespace,
          body: { metadata, roleRef, subjects: bound },
        });
      }
    }
  }
});
