/** One pod of a revision is deleted by what its counters call it, and no other pod ever is. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../../src/adapters/kubernetes/cluster.js';
import { annotations, targetLabels } from '../../../src/adapters/kubernetes/names.js';
import { type KubernetesObject, kinds } from '../../../src/adapters/kubernetes/objects.js';
import { replacePod } from '../../../src/adapters/kubernetes/replace-pod.js';
import { Failure } from '../../../src/domain/failures.js';
import { simulateCluster, type SimulatedCluster } from '../../support/simulated-cluster.js';

const target = { service: 'checkout', environment: 'production' };
const revision = '1.1.0-4f2a9c1b';
const name = 'checkout-production-1-1-0-4f2a9c1b';
const podName = (n: number) => `${name}-6c9f7d5b8-abcd${n}`;
const uidOf = (n: number) => `00000000-0000-0000-0000-00000000000${n}`;

function pod(n: number, of: string, more: object = {}): KubernetesObject {
  const metadata = { name: podName(n), uid: uidOf(n), labels: { app: of }, ...more };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

/** Pods 1 to 3 of the revision; 4 is another's. */
function scene(): SimulatedCluster {
  const cluster = simulateCluster();
  cluster.put({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: {
      ...{ name, labels: targetLabels(target) },
      annotations: { [annotations.revision]: revision },
    },
    spec: { replicas: 3, selector: { matchLabels: { app: 'next' } } },
  } as KubernetesObject);
  for (const n of [1, 2]) cluster.put(pod(n, 'next'));
  cluster.put(pod(3, 'next', { deletionTimestamp: '2026-01-01T00:00:00Z' }));
  cluster.put(pod(4, 'other'));
  return cluster;
}

const counted = (n: number) => `${name}@pods/10.0.0.${n}:9090/${podName(n)}@1767225600`;

describe('a pod that is replaced', () => {
  const rows: readonly [string, string, readonly number[]][] = [
    ['by what its counters say', counted(2), [2]],
    ['by what its status says', `${uidOf(1)}.0`, [1]],
    ['is not deleted twice', counted(3), []],
    ['has gone, by its counters', counted(9), []],
    ['has gone, by its status', `${uidOf(9)}.0`, []],
    ["is not another revision's", counted(4), []],
  ];
  for (const [title, instance, gone] of rows) {
    it(title, async () => {
      const cluster = scene();
      await replacePod(cluster, { target, revision, instance });
      const left = [1, 2, 3, 4].filter((n) => !gone.includes(n)).map(podName);
      assert.deepEqual(cluster.names(kinds.pod), left);
    });
  }

  it('is looked for in vain where counters do not name it, or there is no such revision', async () => {
    const cluster = scene();
    for (const instance of ['traefik/10.0.0.7:9100', '', `${name}@pods/10.0.0.2:9090`]) {
      await assert.rejects(replacePod(cluster, { target, revision, instance }), {
        code: 'NotFound',
      });
    }
    await replacePod(cluster, { target, revision: '9.9.9-00000000', instance: counted(1) });
    assert.equal(cluster.names(kinds.pod).length, 4);
  });

  it('stays where another has its name meanwhile, and names the right that is missing', async () => {
    const cluster = scene();
    const [there] = await cluster.list(kinds.pod, 'app=next');
    cluster.put(pod(1, 'next', { uid: uidOf(8) }));
    const late = {
      ...cluster,
      list: async (kind: { readonly kind: string }, selector: string) =>
        kind.kind === 'Pod' ? [there] : cluster.list(kinds.deployment, selector),
    } as Cluster;
    await replacePod(late, { target, revision, instance: counted(1) });
    assert.equal(cluster.names(kinds.pod).length, 4);
    const forbidden: Cluster = {
      ...cluster,
      remove: async () => {
        throw new Failure('Forbidden', 'pods is forbidden', { where: 'DELETE', seen: 403 });
      },
    };
    await assert.rejects(
      replacePod(forbidden, { target, revision, instance: counted(1) }),
      ({ code, details }: Failure) => {
        assert.equal(code, 'Forbidden');
        assert.match(details.next ?? '', /kubectl apply -f deploy\/kubernetes\/rbac-replace\.yaml/);
        return true;
      },
    );
  });
});
