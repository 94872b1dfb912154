/** The one object that every write of a target passes: older decisions are refused, whoever else writes meanwhile. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../../src/adapters/kubernetes/cluster.js';
import { annotations } from '../../../src/adapters/kubernetes/names.js';
import type { HttpRoute } from '../../../src/adapters/kubernetes/objects.js';
import {
  gatewayRouting,
  routePending,
} from '../../../src/adapters/kubernetes/routing/http-route.js';
import { createTargetRoutes } from '../../../src/adapters/kubernetes/target-route.js';
import { Failure } from '../../../src/domain/failures.js';
import { stableOnly } from '../../../src/domain/rollout/split.js';
import type { Intent } from '../../../src/ports/workload.js';

const target = { service: 'checkout', environment: 'production' };
const intent = (sequence: number): Intent => {
  return { fence: { rollout: 1, sequence }, key: `rollout/${sequence}` };
};
const fresh: HttpRoute = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'checkout', resourceVersion: '1', generation: 1 },
  spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs: [{ name: 'checkout' }] }] },
};

/** One route with a resource version; `meanwhile` happens between a read and the patch that follows. */
function fakeCluster(meanwhile: (attempt: number) => Partial<HttpRoute['metadata']> | null) {
  let route: HttpRoute = fresh;
  let patches = 0;
  const bump = (metadata: Partial<HttpRoute['metadata']>, spec = route.spec) => {
    const resourceVersion = String(Number(route.metadata.resourceVersion) + 1);
    const noted = { ...route.metadata.annotations, ...metadata.annotations };
    const merged = { ...route.metadata, ...metadata, annotations: noted, resourceVersion };
    route = { ...route, metadata: merged, spec };
  };
  const cluster = {
    namespace: 'shop',
    read: async () => route,
    async patch(_kind: unknown, _name: string, patch: Pick<HttpRoute, 'metadata' | 'spec'>) {
      patches += 1;
      const change = meanwhile(patches);
      if (change) bump(change);
      if (patch.metadata.resourceVersion !== route.metadata.resourceVersion) {
        throw new Failure('Conflict', 'the object has been modified');
      }
      bump(patch.metadata, { ...route.spec, ...patch.spec });
    },
  } as object as Cluster;
  return { cluster, route: () => route, patches: () => patches };
}

const stable = stableOnly('a');
const decide = async () => stable;
const checkout = () => 'checkout';
const routesOf = (cluster: Cluster) =>
  createTargetRoutes({
    ...{
      cluster,
      routing: gatewayRouting({ routeKind: 'HTTPRoute' }),
      routeName: checkout,
      backendName: checkout,
    },
  });

describe('route of a target', () => {
  it('holds split and fence by one write, and takes the repetition without another', async () => {
    const fake = fakeCluster(() => null);
    const routes = routesOf(fake.cluster);
    await routes.write(target, intent(1), decide);
    await routes.write(target, intent(1), decide);
    assert.equal(fake.patches(), 1);
    const read = await routes.read(target);
    assert.deepEqual(
      { ...{ fence: read?.fence, split: read?.split, hasSplit: read?.hasSplit } },
      { ...{ fence: { rollout: 1, sequence: 1 }, split: stable, hasSplit: true } },
    );
  });

  it('decides anew when somebody else wrote meanwhile', async () => {
    const fake = fakeCluster((attempt) => (attempt < 4 ? {} : null));
    await routesOf(fake.cluster).write(target, intent(1), decide);
    assert.equal(fake.patches(), 4);
  });

  it('refuses a write that a later one overtook between its read and its write', async () => {
    const later = { annotations: { [annotations.fence]: '1.2' } };
    const fake = fakeCluster((attempt) => (attempt === 1 ? later : null));
    await assert.rejects(routesOf(fake.cluster).write(target, intent(1), decide), {
      code: 'StaleWrite',
    });
    assert.equal(fake.patches(), 1);
    assert.deepEqual(fake.route().spec, fresh.spec);
  });

  it('asks to be asked again when others never let it write', async () => {
    const fake = fakeCluster(() => ({}));
    await assert.rejects(routesOf(fake.cluster).write(target, intent(1), decide), {
      code: 'Unavailable',
    });
  });

  it('serves one target only', async () => {
    const fake = fakeCluster(() => null);
    const routes = routesOf(fake.cluster);
    await routes.write(target, intent(1), async () => null);
    const other = { ...target, environment: 'staging' };
    await assert.rejects(
      routes.write(other, intent(1), async () => null),
      {
        code: 'PolicyDenied',
      },
    );
  });
});

describe('acceptance of a route', () => {
  const parent = (generation: number, accepted = 'True', resolved = 'True') => ({
    parentRef: { name: 'public' },
    conditions: [
      { type: 'Accepted', status: accepted, observedGeneration: generation },
      {
        ...{ type: 'ResolvedRefs', status: resolved, observedGeneration: generation },
        ...{ reason: 'BackendNotFound', message: 'no Service x' },
      },
    ],
  });
  const cases: readonly [string, HttpRoute, RegExp | null][] = [
    ['nobody has seen it', fresh, /public has not seen it yet/],
    ['of this generation', { ...fresh, status: { parents: [parent(1)] } }, null],
    [
      'of the generation before',
      { ...fresh, status: { parents: [parent(0)] } },
      /has not seen it yet/,
    ],
    [
      'refused',
      { ...fresh, status: { parents: [parent(1, 'True', 'False')] } },
      /refuses it: BackendNotFound: no Service x/,
    ],
    [
      'by one parent of two',
      {
        ...fresh,
        spec: { parentRefs: [{ name: 'public' }, { name: 'inner' }] },
        status: { parents: [parent(1)] },
      },
      /Gateway inner has not seen it yet/,
    ],
    ['without any parent', { ...fresh, spec: {} }, /no parentRefs/],
  ];
  for (const [what, route, pending] of cases) {
    it(what, () => {
      const text = routePending(route, true);
      if (pending === null) assert.equal(text, null);
      else assert.match(text ?? '', pending);
    });
  }

  it('is enough for taking traffic away, whatever other rules lead to', () => {
    const status = { parents: [parent(1, 'True', 'False')] };
    assert.equal(routePending({ ...fresh, status }, false), null);
    const refused = { parents: [parent(1, 'False', 'True')] };
    assert.match(routePending({ ...fresh, status: refused }, false) ?? '', /refuses it/);
  });
});
