/** How a split gets into a TraefikService and the IngressRoute before it, and out again. */
import assert from 'node:assert/strict';
import { annotations } from '../../../src/adapters/kubernetes/names.js';
import type { KubernetesObject } from '../../../src/adapters/kubernetes/objects.js';
import {
  type IngressRoute,
  routeKinds,
  type TraefikService,
} from '../../../src/adapters/kubernetes/routing/route-kinds.js';
import { traefikRouting } from '../../../src/adapters/kubernetes/routing/traefik-service.js';
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

const { traefikService, ingressRoute } = routeKinds;
const sticky = { cookie: { name: 'seat' } };

function weighted(services: readonly object[]): TraefikService {
  const { apiVersion, kind } = traefikService;
  const spec = { weighted: { services, sticky }, mirroring: { name: 'shadow' } } as object;
  return { apiVersion, kind, metadata: { name: 'checkout', annotations: { note: 'mine' } }, spec };
}

const images = {
  match: 'Host(`checkout.test`) && PathPrefix(`/images`)',
  kind: 'Rule',
  services: [{ name: 'images', port: 80 }],
};
const own = {
  match: 'Host(`checkout.test`)',
  kind: 'Rule',
  middlewares: [{ name: 'strip' }],
  services: [{ name: 'checkout', kind: 'TraefikService' }],
};

function leading(routes: readonly object[]): IngressRoute {
  const { apiVersion, kind } = ingressRoute;
  const spec = { entryPoints: ['web'], routes } as object as IngressRoute['spec'];
  return { apiVersion, kind, metadata: { name: 'checkout-web' }, spec };
}

const first = { name: 'checkout', port: 8080, scheme: 'h2c' };
const plain: SceneSpec = {
  routing: traefikRouting({}),
  objects: [weighted([first])],
  foreign(peek) {
    const route = peek(traefikService, 'checkout') as TraefikService;
    const { weighted: wheel, ...rest } = route.spec;
    return [unnoted(route), rest, { ...wheel, services: null }];
  },
};
const isOriginal = (rule: { match: string }) => !rule.match.includes('Header(');
const withTesters: SceneSpec = {
  routing: traefikRouting({ ingressRoute: '{service}-web' }),
  objects: [weighted([first]), leading([images, own])],
  foreign(peek) {
    const { spec } = peek(ingressRoute, 'checkout-web') as IngressRoute;
    return [plain.foreign(peek), { ...spec, routes: spec.routes?.filter(isOriginal) }];
  },
};

type Scene = ReturnType<typeof sceneOf>;
const servicesOf = (scene: Scene) => scene.peek(traefikService, 'checkout').spec.weighted?.services;
const routesOf = (scene: Scene) => scene.peek(ingressRoute, 'checkout-web').spec.routes ?? [];
const at = (weight: number, change: Partial<Split> = {}) =>
  splitOf({ stable: 'a', candidate: 'b', weight, ...change });

describe('a TraefikService', () => {
  it('gets weights, with port and scheme of the Service that was there', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(20));
    assert.deepEqual(servicesOf(scene), [
      { ...first, name: backendOf('a'), weight: 80 },
      { ...first, name: backendOf('b'), weight: 20 },
    ]);
    assert.deepEqual(scene.writes(), ['patch TraefikService']);
  });

  it('copies requests by a TraefikService between stable and candidate, and keeps its own settings', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(0, { mirror: 20 }));
    const name = `${backendOf('b')}-beside-${backendOf('a')}`;
    assert.deepEqual(servicesOf(scene), [{ ...first, kind: 'TraefikService', name, weight: 100 }]);
    assert.deepEqual(scene.peek(traefikService, 'checkout').spec.weighted, {
      services: servicesOf(scene),
      sticky,
    });
    const mirrors = [{ ...first, name: backendOf('b'), percent: 20 }];
    assert.deepEqual(scene.peek(traefikService, name).spec, {
      mirroring: { ...first, name: backendOf('a'), mirrors },
    });
    assert.deepEqual(scene.writes(), ['create TraefikService', 'patch TraefikService']);
    await scene.write(at(0, { mirror: 50 }));
    assert.equal(scene.peek(traefikService, name).spec.mirroring?.mirrors?.[0]?.percent, 50);
    scene.writes();
    await scene.write(at(5));
    assert.deepEqual(servicesOf(scene), [
      { ...first, name: backendOf('a'), weight: 95 },
      { ...first, name: backendOf('b'), weight: 5 },
    ]);
    assert.deepEqual(scene.writes(), ['patch TraefikService', 'delete TraefikService']);
    assert.deepEqual(scene.cluster.names(traefikService), ['checkout']);
  });

  it('puts right what a writer that died left to copy, before it leads there', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(0, { mirror: 100 }));
    const name = `${backendOf('b')}-beside-${backendOf('a')}`;
    const left = scene.peek(traefikService, name);
    await scene.write(stableOnly('a'));
    scene.cluster.put(left);
    scene.cluster.requests.splice(0);
    await scene.write(at(0, { mirror: 5 }));
    const patched = scene.cluster.requests.filter(({ verb }) => verb === 'patch');
    assert.deepEqual(
      patched.map((request) => request.name),
      [name, 'checkout'],
    );
    assert.equal(scene.peek(traefikService, name).spec.mirroring?.mirrors?.[0]?.percent, 5);
    assert.deepEqual(await scene.read(), at(0, { mirror: 5 }));
  });

  it('is read as nothing whole while what it leads to is gone', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(0, { mirror: 20 }));
    const name = `${backendOf('b')}-beside-${backendOf('a')}`;
    await scene.cluster
      .clientOf(
        () => 'answered',
        () => () => {},
      )
      .remove(traefikService, name);
    assert.deepEqual(await scene.read(), emptySplit);
    await scene.write(at(0, { mirror: 20 }));
    assert.deepEqual(await scene.read(), at(0, { mirror: 20 }));
  });

  it('cannot tell testers without its IngressRoute', async () => {
    await assert.rejects(sceneOf(plain).write(at(20, { headerRoute: testers })), {
      code: 'InvalidInput',
      message: /name its IngressRoute as router\.ingressRoute/,
    });
  });

  it('is refused where it weighs anything else', async () => {
    const cases = [
      weighted([first, { name: 'other', port: 80 }]),
      weighted([{ ...first, kind: 'TraefikService' }]),
      weighted([{ ...first, namespace: 'other' }]),
      weighted([]),
    ];
    for (const route of cases) {
      const scene = sceneOf({ ...plain, objects: [route] });
      await assert.rejects(scene.write(at(20)), {
        code: 'InvalidInput',
        message: /does not weigh checkout alone/,
      });
      assert.deepEqual(scene.writes(), []);
    }
  });

  it('says what it does when somebody changed it by hand', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(20));
    const route = scene.peek(traefikService, 'checkout');
    const put = (services: readonly object[]) =>
      scene.cluster.put({ ...route, spec: { weighted: { services } } } as KubernetesObject);
    put([{ name: backendOf('a') }, { name: backendOf('b'), weight: 3 }]);
    assert.equal((await scene.read())?.weight, 75);
    put([first]);
    assert.deepEqual(await scene.read(), emptySplit);
  });

  it('gives back every split without testers that was written over any other', () =>
    holdsEverySplit(plain, (scene) => {
      assert.deepEqual(servicesOf(scene), [{ ...first, weight: 100 }]);
    }));
});

describe('an IngressRoute before a TraefikService', () => {
  it('sends testers on by a rule of the next higher priority', async () => {
    const scene = sceneOf(withTesters);
    await scene.write(at(20, { headerRoute: testers }));
    assert.deepEqual(routesOf(scene), [
      images,
      {
        ...own,
        match: '(Host(`checkout.test`)) && Header(`x-tester`, `yes`)',
        priority: own.match.length + 1,
        services: [{ name: backendOf('b'), port: 8080, scheme: 'h2c' }],
      },
      own,
    ]);
    assert.deepEqual(scene.writes(), ['patch TraefikService', 'patch IngressRoute']);
    // What is matched more closely than the target's rule is not the testers'.
    assert.ok(images.match.length > own.match.length + 1);
  });

  it('is cleared after a writer that died before it, whoever that was', async () => {
    const scene = sceneOf(withTesters);
    await scene.write(at(20, { headerRoute: testers }));
    const before = scene.peek(ingressRoute, 'checkout-web');
    await scene.write(stableOnly('a'));
    scene.cluster.put(before);
    assert.deepEqual(await scene.read(), {
      ...stableOnly('a'),
      candidate: 'b',
      headerRoute: testers,
    });
    await scene.write(stableOnly('a'), true);
    assert.deepEqual(routesOf(scene), [images, own]);
  });

  it('is noted on even where nothing changes, so that a late write meets it', async () => {
    const scene = sceneOf(withTesters);
    await scene.write(stableOnly('a'));
    const { annotations: notes } = scene.peek(ingressRoute, 'checkout-web').metadata;
    assert.equal(notes?.[annotations.fence], '1.1');
  });

  const refused: readonly [string, readonly KubernetesObject[], RegExp][] = [
    ['is not there', [], /there is no IngressRoute/],
    ['leads elsewhere', [leading([images])], /no rule leads to TraefikService checkout alone/],
    [
      'has a rule of the very priority',
      [leading([{ ...images, priority: own.match.length + 1 }, own])],
      /testers have no place before a rule/,
    ],
    ['is written for an older Traefik', [leading([{ ...own, syntax: 'v2' }])], /no place/],
  ];
  for (const [what, objects, message] of refused) {
    it(`refuses testers where it ${what}, but never the way back`, async () => {
      const scene = sceneOf({ ...withTesters, objects: [weighted([first]), ...objects] });
      const split = at(20, { headerRoute: testers });
      await assert.rejects(scene.write(split), { code: 'InvalidInput', message });
      assert.deepEqual(scene.writes(), []);
      await scene.write(at(20));
      await scene.write(stableOnly('a'));
    });
  }

  it('gives back every split that was written over any other', () =>
    holdsEverySplit(withTesters, (scene) => {
      assert.deepEqual(servicesOf(scene), [{ ...first, weight: 100 }]);
      assert.deepEqual(routesOf(scene), [images, own]);
    }));
});
