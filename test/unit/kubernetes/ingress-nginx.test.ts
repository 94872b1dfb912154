/** How a split gets into an Ingress and the canary beside it, transition by transition. */
import assert from 'node:assert/strict';
import { annotations } from '../../../src/adapters/kubernetes/names.js';
import { ingressNginxRouting } from '../../../src/adapters/kubernetes/routing/ingress-nginx.js';
import { type Ingress, routeKinds } from '../../../src/adapters/kubernetes/routing/route-kinds.js';
import { emptySplit, type Split, stableOnly } from '../../../src/domain/rollout/split.js';
import {
  backendOf,
  holdsEverySplit,
  type SceneSpec,
  sceneOf,
  splitOf,
  testers,
  unnoted,
} from '../../support/routing-scene.js';

const kind = routeKinds.ingress;
const nginx = (name: string) => `nginx.ingress.kubernetes.io/${name}`;
const to = (name: string) => ({ service: { name, port: { name: 'http' } } });
const pathTo = (path: string, name: string) => ({ path, pathType: 'Prefix', backend: to(name) });

function ingress(name: string, spec: object, notes: Record<string, string> = {}): Ingress {
  return {
    ...{ apiVersion: kind.apiVersion, kind: kind.kind },
    metadata: { name, annotations: notes, uid: 'the-route' },
    spec: spec as Ingress['spec'],
  };
}

const rules = [
  {
    host: 'checkout.test',
    http: { paths: [pathTo('/images', 'images'), pathTo('/', 'checkout')] },
  },
  { host: 'other.test', http: { paths: [pathTo('/', 'other')] } },
  { host: 'empty.test' },
];
const notes = {
  [nginx('affinity')]: 'cookie',
  [nginx('session-cookie-name')]: 'seat',
  [nginx('rewrite-target')]: '/',
  note: 'mine',
};
const spec: SceneSpec = {
  routing: ingressNginxRouting,
  objects: [
    ingress(
      'checkout',
      { ingressClassName: 'nginx', tls: [{ hosts: ['checkout.test'] }], rules },
      notes,
    ),
    ingress('checkout-canary-too', { rules }),
  ],
  foreign(peek) {
    const route = peek(kind, 'checkout') as Ingress;
    const { rules: all = [], ...rest } = route.spec;
    const [first, ...others] = all;
    const { metadata: _, ...third } = peek(kind, 'checkout-canary-too');
    return [unnoted(route), rest, others, first?.host, first?.http?.paths[0], third];
  },
};

type Scene = ReturnType<typeof sceneOf>;
const stableService = (scene: Scene) =>
  scene.peek(kind, 'checkout').spec.rules?.[0]?.http?.paths[1]?.backend.service?.name;
const canaryOf = (scene: Scene) => scene.cluster.peek(kind, 'checkout-canary');
/** What the controller reads of the canary: service, and its own annotations. */
function shareOf(scene: Scene): readonly unknown[] | null {
  const found = canaryOf(scene);
  if (found === null) return null;
  const of = (name: string) => found.metadata.annotations?.[nginx(`canary${name}`)];
  const service = found.spec.rules?.[0]?.http?.paths[0]?.backend.service?.name;
  return [service, of('-weight'), of('-by-header'), of('-by-header-value')];
}

const at = (weight: number, change: Partial<Split> = {}) =>
  splitOf({ stable: 'a', candidate: 'b', weight, ...change });

describe('an Ingress and its canary', () => {
  it('hold stable and the share of the candidate, for the paths of the target only', async () => {
    const scene = sceneOf(spec);
    await scene.write(at(20));
    assert.equal(stableService(scene), backendOf('a'));
    const canary = canaryOf(scene);
    assert.deepEqual(canary?.spec, {
      ingressClassName: 'nginx',
      rules: [{ host: 'checkout.test', http: { paths: [pathTo('/', backendOf('b'))] } }],
    });
    assert.deepEqual(unnoted(canary ?? assert.fail()), {
      ...{ name: 'checkout-canary', labels: undefined },
      annotations: {
        [nginx('affinity')]: 'cookie',
        [nginx('canary')]: 'true',
        [nginx('canary-weight')]: '20',
        [nginx('session-cookie-name')]: 'seat',
      },
    });
    assert.deepEqual(
      canary?.metadata.ownerReferences?.map(({ uid }) => uid),
      ['the-route'],
    );
  });

  const transitions: readonly [string, Split, Split, readonly string[], unknown][] = [
    [
      'a first share begins with a canary that does nothing',
      ...[stableOnly('a'), at(20)],
      ['patch Ingress', 'create Ingress', 'patch Ingress'],
      [backendOf('b'), '20', undefined, undefined],
    ] as const,
    [
      'a raised share',
      ...[at(20), at(50)],
      ['patch Ingress', 'patch Ingress'],
      [backendOf('b'), '50', undefined, undefined],
    ] as const,
    [
      'testers',
      ...[at(20), at(20, { headerRoute: testers })],
      ['patch Ingress', 'patch Ingress'],
      [backendOf('b'), '20', 'x-tester', 'yes'],
    ] as const,
    [
      'testers that are none any more',
      ...[at(20, { headerRoute: testers }), at(5)],
      ['patch Ingress', 'patch Ingress'],
      [backendOf('b'), '5', undefined, undefined],
    ] as const,
    ['a share of nothing', at(20), at(0), ['patch Ingress', 'delete Ingress'], null],
    ['an abort', at(50), stableOnly('a'), ['patch Ingress', 'delete Ingress'], null],
    ['a promotion', at(100), stableOnly('b'), ['patch Ingress', 'delete Ingress'], null],
    [
      'another candidate',
      ...[at(50), at(10, { candidate: 'c' })],
      ['patch Ingress', 'patch Ingress'],
      [backendOf('c'), '10', undefined, undefined],
    ] as const,
  ];
  for (const [what, before, after, writes, share] of transitions) {
    it(`take ${what}`, async () => {
      const scene = sceneOf(spec);
      await scene.write(before);
      scene.writes();
      await scene.write(after);
      assert.deepEqual(scene.writes(), writes);
      assert.deepEqual(shareOf(scene), share);
      assert.deepEqual(await scene.read(), after);
    });
  }

  it('read what they do when a writer died between them', async () => {
    const scene = sceneOf(spec);
    await scene.write(at(50));
    const canary = canaryOf(scene) ?? assert.fail();
    await scene.write(stableOnly('a'));
    scene.cluster.put(canary);
    assert.deepEqual(await scene.read(), at(50));
    await scene.write(stableOnly('a'), true);
    assert.deepEqual(await scene.read(), stableOnly('a'));
    // The controller does not merge a canary into itself.
    await scene.write(stableOnly('b'));
    scene.cluster.put(canary);
    assert.deepEqual(await scene.read(), stableOnly('b'));
  });

  describe('when a writer that died has left the canary of what is stable now', () => {
    /** It is hidden: the Ingress sends to its Service too. */
    async function leftBehind(): Promise<readonly [Scene, Ingress]> {
      const scene = sceneOf(spec);
      await scene.write(at(20, { headerRoute: testers }));
      const canary = canaryOf(scene) ?? assert.fail();
      await scene.write(stableOnly('b'));
      scene.cluster.put(canary);
      scene.writes();
      return [scene, canary];
    }

    for (const [what, next, after] of [
      ['the way back', stableOnly('a'), []],
      ['another candidate', at(5, { candidate: 'c' }), ['create Ingress', 'patch Ingress']],
      ['its own candidate again', at(5), ['create Ingress', 'patch Ingress']],
    ] as const) {
      it(`take it away before the Ingress turns from it: ${what}`, async () => {
        const [scene] = await leftBehind();
        await scene.write(next);
        assert.deepEqual(scene.writes(), ['delete Ingress', 'patch Ingress', ...after]);
        assert.deepEqual(await scene.read(), next);
      });
    }

    it('write the Ingress first where it stays hidden', async () => {
      const [scene] = await leftBehind();
      await scene.write(splitOf({ stable: 'b', candidate: 'c', weight: 5 }));
      assert.deepEqual(scene.writes(), ['patch Ingress', 'patch Ingress']);
    });

    it('leave one that a newer writer took meanwhile', async () => {
      const [scene, canary] = await leftBehind();
      const { metadata } = canary;
      const newer = { ...metadata.annotations, [annotations.fence]: '9.9' };
      const taken = { ...canary, metadata: { ...metadata, annotations: newer } };
      const { remove } = scene.cluster;
      const late: typeof remove = (...asked) => {
        scene.cluster.put(taken);
        return remove(...asked);
      };
      Object.assign(scene.cluster, { remove: late });
      await assert.rejects(scene.write(stableOnly('a')), { code: 'StaleWrite' });
      assert.equal(stableService(scene), backendOf('b'));
      assert.deepEqual(canaryOf(scene)?.metadata.annotations, newer);
    });

    it('leave one that is not ours', async () => {
      const [scene, { metadata, ...rest }] = await leftBehind();
      scene.cluster.put({ ...rest, metadata: { name: metadata.name } });
      await scene.write(stableOnly('a'));
      assert.deepEqual(scene.writes(), ['patch Ingress']);
    });
  });

  it('count a weight by hand against its own total', async () => {
    const scene = sceneOf(spec);
    await scene.write(at(50));
    const canary = canaryOf(scene) ?? assert.fail();
    const byHand = { [nginx('canary-weight')]: '30', [nginx('canary-weight-total')]: '1000' };
    const { metadata } = canary;
    scene.cluster.put({
      ...canary,
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...byHand } },
    });
    assert.equal((await scene.read())?.weight, 3);
    await scene.write(at(60));
    assert.equal((await scene.read())?.weight, 60);
    assert.equal(canaryOf(scene)?.metadata.annotations?.[nginx('canary-weight-total')], undefined);
  });

  it('turn a default backend too', async () => {
    const route = ingress('checkout', { defaultBackend: to('checkout') });
    const scene = sceneOf({ ...spec, objects: [route] });
    await scene.write(at(20));
    assert.deepEqual(scene.peek(kind, 'checkout').spec, { defaultBackend: to(backendOf('a')) });
    assert.deepEqual(canaryOf(scene)?.spec, { defaultBackend: to(backendOf('b')) });
  });

  it('are refused without a path of the target, and where the place is taken', async () => {
    const other = sceneOf({ ...spec, objects: [ingress('checkout', { rules: rules.slice(1) })] });
    await assert.rejects(other.write(at(20)), {
      code: 'InvalidInput',
      message: /no path of the Ingress sends to Service checkout/,
    });
    const taken = sceneOf({
      ...spec,
      objects: [...spec.objects, ingress('checkout-canary', { rules })],
    });
    await assert.rejects(taken.write(at(20)), { code: 'PolicyDenied', message: /is not ours/ });
    assert.deepEqual(taken.writes(), []);
    // The way back leaves it where it is.
    await taken.write(stableOnly('a'));
    assert.deepEqual(canaryOf(taken)?.metadata.annotations, {});
  });

  it('refuse header values that the controller ignores', async () => {
    const headerRoute = { header: 'x-tester', value: 'yes please' };
    await assert.rejects(sceneOf(spec).write(at(0, { headerRoute })), {
      code: 'InvalidInput',
      message: /letters, digits and/,
    });
  });

  it('refuse a late write on the canary as well', async () => {
    const scene = sceneOf(spec);
    await scene.write(at(20));
    const canary = canaryOf(scene) ?? assert.fail();
    const later = { ...canary.metadata.annotations, [annotations.fence]: '9.9' };
    scene.cluster.put({ ...canary, metadata: { ...canary.metadata, annotations: later } });
    scene.writes();
    await assert.rejects(scene.write(at(50)), { code: 'StaleWrite' });
    assert.deepEqual(scene.writes(), []);
  });

  it('give back every split that was written over any other', () =>
    holdsEverySplit(spec, (scene) => {
      assert.equal(stableService(scene), 'checkout');
      assert.equal(canaryOf(scene), null);
      assert.deepEqual(scene.peek(kind, 'checkout').spec, (spec.objects[0] as Ingress).spec);
    }));

  it('start from nothing', async () => {
    assert.deepEqual(await sceneOf(spec).read(), emptySplit);
  });
});
