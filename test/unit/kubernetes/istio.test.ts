/** How a split gets into a VirtualService and out again, and what becomes of DestinationRules. */
import assert from 'node:assert/strict';
import { annotations } from '../../../src/adapters/kubernetes/names.js';
import { kinds } from '../../../src/adapters/kubernetes/objects.js';
import { istioRouting } from '../../../src/adapters/kubernetes/routing/istio.js';
import {
  type DestinationRule,
  routeKinds,
  type VirtualService,
} from '../../../src/adapters/kubernetes/routing/route-kinds.js';
import { emptySplit, stableOnly } from '../../../src/domain/rollout/split.js';
import {
  backendOf,
  holdsEverySplit,
  type SceneSpec,
  sceneOf,
  splitOf,
  testers,
  unnoted,
} from '../../support/routing-scene.js';

const { virtualService, destinationRule } = routeKinds;
const foreignRule = {
  name: 'images',
  match: [{ uri: { prefix: '/images' } }],
  route: [{ destination: { host: 'images', port: { number: 80 } } }],
};
const elsewhere = { route: [{ destination: { host: 'checkout.other.svc.cluster.local' } }] };
const delegated = { match: [{ uri: { prefix: '/pay' } }], delegate: { name: 'pay' } };
const own = {
  name: 'all',
  match: [
    { uri: { prefix: '/' } },
    { method: { exact: 'GET' }, headers: { lang: { exact: 'de' } } },
  ],
  timeout: '5s',
  mirrors: [{ destination: { host: 'shadow' }, percentage: { value: 5 } }],
  route: [{ destination: { host: 'checkout', port: { number: 80 } }, headers: { request: {} } }],
};
const http = [foreignRule, delegated, own, elsewhere];

function service(spec: object, metadata: object = {}): VirtualService {
  const { apiVersion, kind } = virtualService;
  const named = { name: 'checkout', annotations: { note: 'mine' }, ...metadata };
  return {
    apiVersion,
    kind,
    metadata: named,
    spec: { hosts: ['checkout.test'], ...spec } as object,
  };
}

const trafficPolicy = {
  tls: { mode: 'ISTIO_MUTUAL' },
  outlierDetection: { consecutive5xxErrors: 3 },
};
const policy: DestinationRule = {
  apiVersion: destinationRule.apiVersion,
  kind: destinationRule.kind,
  metadata: { name: 'checkout-policy' },
  spec: {
    host: 'checkout.shop.svc.cluster.local',
    trafficPolicy,
    subsets: [{ name: 'v1', labels: { version: 'v1' } }],
  } as DestinationRule['spec'],
};

const plain: SceneSpec = {
  routing: istioRouting({}),
  objects: [service({ http })],
  foreign(peek) {
    const route = peek(virtualService, 'checkout') as VirtualService;
    const { http: rules = [], ...spec } = route.spec;
    return [unnoted(route), spec, rules.filter((rule) => rule.name !== 'all' && !isTesters(rule))];
  },
};
const isTesters = ({ name, route }: { name?: string; route?: readonly object[] }) =>
  name === undefined && `${JSON.stringify(route)}`.includes('checkout-production');

const withPolicy: SceneSpec = {
  routing: istioRouting({ destinationRule: '{service}-policy' }),
  objects: [service({ http }), policy],
  foreign: (peek) => [plain.foreign(peek), peek(destinationRule, 'checkout-policy')],
};

const weightsOf = (route: VirtualService, name: string) =>
  route.spec.http
    ?.find((rule) => rule.name === name)
    ?.route?.map(({ destination, weight }) => [destination.host, weight]);

describe('a VirtualService', () => {
  it('gets weights where it sent to the Service, and nowhere else', async () => {
    const scene = sceneOf(plain);
    await scene.write(splitOf({ stable: 'a', candidate: 'b', weight: 20 }));
    const rules = scene.peek(virtualService, 'checkout').spec.http ?? [];
    assert.deepEqual(rules, [
      foreignRule,
      delegated,
      {
        ...own,
        route: [
          {
            destination: { host: backendOf('a'), port: { number: 80 } },
            headers: { request: {} },
            weight: 80,
          },
          {
            destination: { host: backendOf('b'), port: { number: 80 } },
            headers: { request: {} },
            weight: 20,
          },
        ],
      },
      elsewhere,
    ]);
    assert.deepEqual(scene.writes(), ['patch VirtualService']);
  });

  it('sends testers on by a rule before, with whatever else the rule matches', async () => {
    const scene = sceneOf(plain);
    const headerRoute = { header: 'X-Tester', value: 'yes' };
    await scene.write(splitOf({ stable: 'a', candidate: 'b', headerRoute }));
    const rule = scene.peek(virtualService, 'checkout').spec.http?.[2];
    assert.equal(rule?.name, undefined);
    assert.deepEqual(rule?.match, [
      { uri: { prefix: '/' }, headers: { 'x-tester': { exact: 'yes' } } },
      {
        method: { exact: 'GET' },
        headers: { lang: { exact: 'de' }, 'x-tester': { exact: 'yes' } },
      },
    ]);
    assert.deepEqual(
      rule?.route?.map(({ destination, weight }) => [destination.host, weight]),
      [[backendOf('b'), 100]],
    );
  });

  it('keeps the form in which hosts are written', async () => {
    const route = [{ destination: { host: 'checkout.shop.svc.cluster.local' } }];
    const scene = sceneOf({ ...plain, objects: [service({ http: [{ name: 'x', route }] })] });
    await scene.write(stableOnly('a'));
    assert.deepEqual(weightsOf(scene.peek(virtualService, 'checkout'), 'x'), [
      [`${backendOf('a')}.shop.svc.cluster.local`, 100],
    ]);
  });

  it('divides connections too, but cannot tell testers among them', async () => {
    const tcp = [{ match: [{ port: 5432 }], route: [{ destination: { host: 'checkout' } }] }];
    const scene = sceneOf({ ...plain, objects: [service({ tcp })] });
    await scene.write(splitOf({ stable: 'a', candidate: 'b', weight: 30 }));
    assert.deepEqual(scene.peek(virtualService, 'checkout').spec.tcp?.[0], {
      match: [{ port: 5432 }],
      route: [
        { destination: { host: backendOf('a') }, weight: 70 },
        { destination: { host: backendOf('b') }, weight: 30 },
      ],
    });
    await assert.rejects(
      scene.write(splitOf({ stable: 'a', candidate: 'b', headerRoute: testers })),
      { code: 'InvalidInput', message: /only http rules can tell testers/ },
    );
  });

  it('is refused where it has no place for the target', async () => {
    const cases: readonly [object, RegExp][] = [
      [{ http: [foreignRule, elsewhere] }, /no rule of the route sends to Service checkout/],
      [
        { http: [{ route: [{ destination: { host: 'checkout', subset: 'v1' } }] }] },
        /divides checkout by subsets/,
      ],
    ];
    for (const [spec, message] of cases) {
      const scene = sceneOf({ ...plain, objects: [service(spec)] });
      await assert.rejects(scene.write(stableOnly('a')), { code: 'InvalidInput', message });
      assert.deepEqual(scene.writes(), []);
    }
  });

  it('refuses testers by a header that a rule matches itself, but never the way back', async () => {
    const match = [{ headers: { 'x-tester': { regex: '.+' } } }];
    const scene = sceneOf({ ...plain, objects: [service({ http: [{ ...own, match }] })] });
    const split = splitOf({ stable: 'a', candidate: 'b', headerRoute: testers });
    await assert.rejects(scene.write(split), { code: 'InvalidInput' });
    await scene.write(stableOnly('a'));
  });

  it('says what it does when somebody changed it by hand', async () => {
    const scene = sceneOf(plain);
    await scene.write(splitOf({ stable: 'a', candidate: 'b', weight: 20 }));
    const route = scene.peek(virtualService, 'checkout');
    const byHand = (weights: readonly number[]) => ({
      ...{
        ...own,
        route: ['a', 'b'].map((revision, n) => ({
          destination: { host: backendOf(revision) },
          weight: weights[n] ?? 0,
        })),
      },
    });
    scene.cluster.put({ ...route, spec: { http: [byHand([1, 3])] } } as VirtualService);
    assert.equal((await scene.read())?.weight, 75);
    scene.cluster.put({ ...route, spec: { http } } as VirtualService);
    assert.deepEqual(await scene.read(), emptySplit);
  });

  it('copies requests beside mirrors that people wrote, and not those of testers', async () => {
    const scene = sceneOf(plain);
    await scene.write(splitOf({ stable: 'a', candidate: 'b', mirror: 20, headerRoute: testers }));
    const rules = scene.peek(virtualService, 'checkout').spec.http ?? [];
    const shared = rules.find(({ name }) => name === 'all');
    const destination = { host: backendOf('b'), port: { number: 80 } };
    assert.deepEqual(shared?.mirrors, [...own.mirrors, { destination, percentage: { value: 20 } }]);
    assert.deepEqual(rules.find(isTesters)?.mirrors, own.mirrors);
    await scene.write(stableOnly('a'));
    const back = scene.peek(virtualService, 'checkout').spec.http ?? [];
    assert.deepEqual(back.find(({ name }) => name === 'all')?.mirrors, own.mirrors);
  });

  it('cannot copy beside a mirror that stands alone, but goes back over it', async () => {
    const { mirrors: _, ...bare } = own;
    const scene = sceneOf({
      ...plain,
      objects: [service({ http: [{ ...bare, mirror: { host: 'shadow' } }] })],
    });
    await assert.rejects(scene.write(splitOf({ stable: 'a', candidate: 'b', mirror: 20 })), {
      code: 'InvalidInput',
      message: /a mirror that stands alone/,
    });
    assert.deepEqual(scene.writes(), []);
    await scene.write(stableOnly('a'));
  });

  it('gives back every split that was written over any other', () =>
    holdsEverySplit(plain, (scene) => {
      const route = scene.peek(virtualService, 'checkout');
      assert.deepEqual(weightsOf(route, 'all'), [['checkout', 100]]);
      assert.equal(route.spec.http?.length, http.length);
    }));
});

describe('a DestinationRule of the Service', () => {
  it('holds for each revision that gets traffic, before it gets it', async () => {
    const scene = sceneOf(withPolicy);
    scene.cluster.put({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: backendOf('b'), uid: 'b' } },
    });
    await scene.write(stableOnly('a'));
    scene.writes();
    await scene.write(splitOf({ stable: 'a', candidate: 'b', weight: 20 }));
    assert.deepEqual(scene.writes(), [
      'create DestinationRule',
      'patch VirtualService',
      'patch DestinationRule',
    ]);
    const copy = scene.peek(destinationRule, backendOf('b'));
    const host = `${backendOf('b')}.shop.svc.cluster.local`;
    assert.deepEqual(copy.spec, { host, trafficPolicy });
    const { ownerReferences } = copy.metadata;
    assert.deepEqual(
      ownerReferences?.map(({ uid }) => uid),
      ['b'],
    );
    await scene.cluster.remove(kinds.service, backendOf('b'));
    assert.equal(scene.cluster.peek(destinationRule, backendOf('b')), null);
  });

  it('goes after the traffic went, and a change of it is followed', async () => {
    const scene = sceneOf(withPolicy);
    await scene.write(splitOf({ stable: 'a', candidate: 'b', weight: 20 }));
    const changed = { host: 'checkout.shop.svc.cluster.local', exportTo: ['.'] };
    scene.cluster.put({ ...policy, spec: changed } as DestinationRule);
    scene.writes();
    await scene.write(stableOnly('a'));
    assert.deepEqual(scene.writes(), [
      'patch VirtualService',
      'patch DestinationRule',
      'delete DestinationRule',
    ]);
    assert.deepEqual(scene.peek(destinationRule, backendOf('a')).spec, {
      ...changed,
      host: `${backendOf('a')}.shop.svc.cluster.local`,
    });
    assert.deepEqual(scene.cluster.names(destinationRule), ['checkout-policy', backendOf('a')]);
  });

  it('is left alone where people made one for a revision themselves', async () => {
    const made = { ...policy, metadata: { name: backendOf('a') }, spec: { host: backendOf('a') } };
    const scene = sceneOf({ ...withPolicy, objects: [...withPolicy.objects, made] });
    await scene.write(stableOnly('a'));
    await scene.write(stableOnly('b'));
    assert.deepEqual(scene.peek(destinationRule, backendOf('a')).spec, made.spec);
  });

  it('is copied for every split, and no copy is left of those that went', () =>
    holdsEverySplit(withPolicy, (scene) => {
      assert.deepEqual(scene.cluster.names(destinationRule), ['checkout-policy']);
    }));
});

describe('what istiod says of a VirtualService', () => {
  const { pending } = istioRouting({ awaitStatus: true });
  const told = (observedGeneration: number | string, status = 'True') =>
    ({
      ...service({}, { generation: 2 }),
      status: {
        conditions: [{ type: 'Reconciled', status, observedGeneration, message: '1/2 proxies' }],
      },
    }) as VirtualService;
  const cases: readonly [string, VirtualService, string | null][] = [
    ['nothing', service({}, { generation: 2 }), 'istiod has not seen it yet'],
    ['of the generation before', told('1'), 'istiod has not seen it yet'],
    ['of this generation', told('2'), null],
    ['that proxies wait', told(2, 'False'), 'not every proxy has it: 1/2 proxies'],
  ];
  for (const [what, route, text] of cases) {
    it(what, () => assert.equal(pending(route, true), text));
  }
  it('is not asked for where istiod writes no status', () => {
    assert.equal(istioRouting({}).pending(service({}, { generation: 2 }), true), null);
  });
});

it('notes on a copy whose it is', async () => {
  const scene = sceneOf(withPolicy);
  await scene.write(stableOnly('a'));
  const notes = scene.peek(destinationRule, backendOf('a')).metadata.annotations ?? {};
  assert.deepEqual(
    [notes[annotations.target], notes[annotations.fence]],
    ['checkout/production', '1.1'],
  );
});
