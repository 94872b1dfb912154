/** What the contracts do not say of Kubernetes: foreign rules, races, refusals, and why instances are not ready. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CoreV1Api,
  CustomObjectsApi,
  KubernetesObjectApi,
  loadAllYaml,
  type KubernetesObject,
} from '@kubernetes/client-node';
import type { HttpRoute } from '../../src/adapters/kubernetes/objects.js';
import { loadProject } from '../../src/config/project.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { RevisionStatus } from '../../src/domain/rollout/workload.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import {
  type KubernetesUnderTest,
  startKubernetesPlatform,
} from '../support/kubernetes-platform.js';
import { startTimedLoad } from '../support/load-account.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  install,
  intents,
  split,
  until,
} from '../support/platform-under-test.js';

const shipped = join(import.meta.dirname, '../../deploy/kubernetes');

describeOnBed('the Kubernetes platform', function () {
  this.timeout(120_000);
  let platform: KubernetesUnderTest;
  before(async () => {
    platform = await startKubernetesPlatform();
  });
  after(() => platform?.dispose());

  const objects = () => platform.bed.admin.makeApiClient(CustomObjectsApi);
  const routeOf = (target: TargetKey) => ({
    ...{ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' },
    ...{ namespace: platform.namespace, name: `${target.service}-${target.environment}` },
  });
  const readRoute = async (target: TargetKey): Promise<HttpRoute> =>
    objects().getNamespacedCustomObject(routeOf(target));

  async function installTwo(target: TargetKey, next: ReturnType<typeof intents>) {
    const request = { target, instances: 1 };
    const stable = await install(platform, { ...request, version: '1.0.0', intent: next() });
    const candidate = await install(platform, { ...request, version: '1.2.0', intent: next() });
    return { stable, candidate };
  }

  /** Applies without waiting, and gives the first status of it that fits. */
  async function seen(
    target: TargetKey,
    digest: string,
    fits: (status: RevisionStatus) => boolean,
  ): Promise<RevisionStatus> {
    const revision = { version: '3.0.0', digest };
    const request = { target, revision, workload: checkoutWorkload, instances: 1 };
    await platform.workload.applyRevision({ ...request, intent: intents()() });
    let found: RevisionStatus | undefined;
    await until(platform, async () => {
      const statuses = await platform.workload.readRevisions(target);
      found = statuses.find((status) => status.digest === digest && fits(status));
      return found !== undefined;
    });
    return found as RevisionStatus;
  }

  it('counts requests and errors by revision, and only upwards', async () => {
    const target = freshTarget();
    const next = intents();
    const { stable, candidate } = await installTwo(target, next);
    await platform.router.applySplit({
      target,
      split: split(stable, candidate, 50),
      intent: next(),
    });
    for (let round = 1; round <= 3; round += 1) {
      await platform.send(target, 40);
      const [good, bad] = await platform.metrics.readCounters(target, [stable, candidate]);
      assert.deepEqual(
        [good?.instances.length, good?.instances[0]?.requests, good?.instances[0]?.errors],
        [1, 20 * round, 0],
      );
      assert.deepEqual(
        [bad?.instances.length, bad?.instances[0]?.requests, bad?.instances[0]?.errors],
        [1, 20 * round, 6 * round],
      );
      assert.equal(bad?.instances[0]?.buckets.at(-1)?.count, 20 * round);
    }
  });

  it('leaves foreign rules, hosts and notes of a route as they are', async () => {
    const target = freshTarget();
    const next = intents();
    const { stable, candidate } = await installTwo(target, next);
    const { namespace: _, ...named } = routeOf(target);
    const route = await readRoute(target);
    const foreign = {
      matches: [{ path: { type: 'PathPrefix', value: '/images' } }],
      filters: [
        {
          type: 'RequestHeaderModifier',
          requestHeaderModifier: { set: [{ name: 'x', value: 'y' }] },
        },
      ],
      backendRefs: [{ group: '', kind: 'Service', name: 'images', port: 80, weight: 1 }],
    };
    await objects().replaceNamespacedCustomObject({
      ...{ ...named, namespace: platform.namespace },
      body: {
        ...route,
        metadata: {
          ...route.metadata,
          annotations: { ...route.metadata.annotations, note: 'mine' },
        },
        spec: { ...route.spec, rules: [foreign, ...(route.spec.rules ?? [])] },
      },
    });
    // The foreign rule's Service is not there, so that the gateway says so of the whole route.
    const headerRoute = { header: 'x-tester', value: 'yes' };
    const wanted = { ...split(stable, candidate, 10), headerRoute };
    await assert.rejects(
      platform.router.applySplit({ target, split: wanted, intent: next() }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'NotReady');
        assert.match(error.message, /refuses it: BackendNotFound/);
        return true;
      },
    );
    const after = await readRoute(target);
    assert.equal(after.spec.rules?.length, 3);
    assert.deepEqual(after.spec.rules?.[0], foreign);
    assert.equal(after.metadata.annotations?.['note'], 'mine');
    assert.deepEqual(after.spec.parentRefs, route.spec.parentRefs);
    // The way back does not wait for a foreign rule to be mended.
    const back = split(stable, null, 0);
    await platform.router.applySplit({ target, split: back, intent: next() });
    assert.deepEqual((await readRoute(target)).spec.rules?.length, 2);
  });

  it('says what confirms a split: the gateway alone, or the requests it has counted since', async () => {
    const target = freshTarget();
    const next = intents();
    const { stable, candidate } = await installTwo(target, next);
    const router = platform.router;
    const apply = (weight: number) =>
      router.applySplit({ target, split: split(stable, candidate, weight), intent: next() });
    await apply(50);
    const { url, confirmedBy } = await router.readSplit(target);
    assert.equal(confirmedBy, 'gateway status');
    const load = startTimedLoad(`${url}/`, 200);
    try {
      for (const weight of [20, 0]) {
        await apply(weight);
        const reading = await router.readSplit(target);
        assert.deepEqual([reading.split.weight, reading.confirmedBy], [weight, 'requests']);
      }
    } finally {
      await load.stop();
    }
  });

  it('keeps the latest decision of many that race', async () => {
    const target = freshTarget();
    const next = intents();
    const { stable, candidate } = await installTwo(target, next);
    const decisions = Array.from({ length: 12 }, (_, n) => ({ intent: next(), weight: n * 5 }));
    const shuffled = decisions.toSorted((a, b) => ((a.weight * 7) % 60) - ((b.weight * 7) % 60));
    const results = await Promise.allSettled(
      shuffled.map(({ intent, weight }) =>
        platform.router.applySplit({ target, split: split(stable, candidate, weight), intent }),
      ),
    );
    const codes = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as { code?: string }).code] : [],
    );
    for (const code of codes) assert.ok(code === 'StaleWrite' || code === 'Unavailable', code);
    const last = decisions.at(-1);
    assert.ok(last);
    // Whoever was worn out by the others is asked again, as a worker is.
    const wanted = split(stable, candidate, last.weight);
    await platform.router.applySplit({ target, split: wanted, intent: last.intent });
    const reading = await platform.router.readSplit(target);
    assert.deepEqual([reading.split, reading.fence], [wanted, last.intent.fence]);
  });

  it('says why an image does not come', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const status = await seen(freshTarget(), digest, ({ instances }) =>
      instances.some(({ reason }) => reason !== null),
    );
    assert.equal(status.instances[0]?.state, 'starting');
    assert.match(status.instances[0]?.reason ?? '', /ErrImagePull|ImagePullBackOff/);
  });

  it('says that a container crashes again and again, and how it ended', async () => {
    const digest = platform.bed.images.publish('3.0.0', { crashAfterMs: 100 });
    const status = await seen(freshTarget(), digest, ({ restarts, instances }) => {
      return restarts >= 2 && instances.some(({ state }) => state === 'exited');
    });
    assert.match(status.instances[0]?.reason ?? '', /exit code 1/);
  });

  it('says which quota keeps pods from being created', async () => {
    const core = platform.bed.admin.makeApiClient(CoreV1Api);
    const { namespace } = platform;
    const body = { metadata: { name: 'full' }, spec: { hard: { pods: '0' } } };
    await core.createNamespacedResourceQuota({ namespace, body });
    try {
      await until(platform, async () => {
        const { status } = await core.readNamespacedResourceQuota({ namespace, name: 'full' });
        return status?.hard?.['pods'] === '0';
      });
      const { digest } = checkoutRevision('1.1.0');
      const status = await seen(freshTarget(), digest, ({ instances }) => instances.length > 0);
      assert.match(status.instances[0]?.reason ?? '', /FailedCreate: .*exceeded quota: full/);
    } finally {
      await core.deleteNamespacedResourceQuota({ namespace, name: 'full' });
    }
  });

  it('has examples that the API server takes as they are', async () => {
    const api = KubernetesObjectApi.makeApiClient(platform.bed.admin);
    const core = platform.bed.admin.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: 'example' } } });
    for (const file of ['rbac.yaml', 'checkout.yaml']) {
      const text = readFileSync(join(shipped, file), 'utf8');
      for (const object of loadAllYaml(text) as KubernetesObject[]) {
        Object.assign(object.metadata ?? {}, { namespace: 'example' });
        await api.create(object);
      }
    }
    const project = await loadProject(shipped);
    assert.deepEqual(Object.keys(project.services), ['checkout']);
  });
});
