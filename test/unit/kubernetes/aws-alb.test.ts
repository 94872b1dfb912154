/** How a split gets into the actions of an Ingress and out again. */
import assert from 'node:assert/strict';
import { awsAlbRouting } from '../../../src/adapters/kubernetes/routing/aws-alb.js';
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
const alb = (name: string) => `alb.ingress.kubernetes.io/${name}`;
const annotated = (name: string) => ({ service: { name, port: { name: 'use-annotation' } } });
const numbered = (name: string) => ({ service: { name, port: { number: 80 } } });
const pathTo = (path: string, backend: object) => ({ path, pathType: 'Prefix', backend });

function ingress(spec: object, notes: Record<string, string> = {}): Ingress {
  return {
    ...{ apiVersion: kind.apiVersion, kind: kind.kind },
    metadata: { name: 'checkout', annotations: notes },
    spec: spec as Ingress['spec'],
  };
}

const rules = [
  {
    host: 'checkout.test',
    http: {
      paths: [
        pathTo('/old', annotated('gone')),
        pathTo('/', numbered('checkout')),
        pathTo('/images', numbered('images')),
      ],
    },
  },
  { host: 'empty.test' },
];
const foreignNotes = {
  note: 'mine',
  [alb('scheme')]: 'internet-facing',
  [alb('actions.gone')]: '{"type": "fixed-response", "fixedResponseConfig": {"statusCode": "410"}}',
};
const plain: SceneSpec = {
  routing: awsAlbRouting,
  objects: [ingress({ ingressClassName: 'alb', rules }, foreignNotes)],
  foreign(peek) {
    const route = peek(kind, 'checkout') as Ingress;
    const { annotations: notes = {} } = unnoted(route) as Ingress['metadata'];
    const kept = Object.entries(notes).filter(([name]) => !name.includes('checkout'));
    const { rules: all = [], ...rest } = route.spec;
    const isForeign = ({ backend }: { backend: { service?: { name: string } } }) =>
      !backend.service?.name.startsWith('checkout');
    const paths = all.map(({ host, http }) => [host, http?.paths.filter(isForeign)]);
    return [Object.fromEntries(kept), rest, paths];
  },
};
const byAction: SceneSpec = {
  ...plain,
  objects: [
    ingress(
      { rules: [{ http: { paths: [pathTo('/', annotated('checkout'))] } }] },
      {
        ...foreignNotes,
        [alb('actions.checkout')]: JSON.stringify({
          type: 'forward',
          forwardConfig: {
            targetGroups: [{ serviceName: 'checkout', servicePort: 'http', note: 1 }],
            targetGroupStickinessConfig: { enabled: true, durationSeconds: 200 },
          },
        }),
        [alb('conditions.checkout')]:
          '[{"field":"source-ip","sourceIpConfig":{"values":["::/0"]}}]',
        [alb('transforms.checkout')]: '[{"type":"url-rewrite"}]',
      },
    ),
  ],
};

type Scene = ReturnType<typeof sceneOf>;
const notedJson = (scene: Scene, name: string): unknown => {
  const text = scene.peek(kind, 'checkout').metadata.annotations?.[alb(name)];
  return text === undefined ? null : JSON.parse(text);
};
const at = (weight: number, change: Partial<Split> = {}) =>
  splitOf({ stable: 'a', candidate: 'b', weight, ...change });

describe('the actions of an Ingress', () => {
  it('get weights where a path sent to the Service, by one write', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(20));
    assert.deepEqual(scene.writes(), ['patch Ingress']);
    assert.deepEqual(notedJson(scene, 'actions.checkout'), {
      type: 'forward',
      forwardConfig: {
        targetGroups: [
          { serviceName: backendOf('a'), servicePort: 80, weight: 80 },
          { serviceName: backendOf('b'), servicePort: 80, weight: 20 },
        ],
      },
    });
    assert.deepEqual(scene.peek(kind, 'checkout').spec.rules?.[0]?.http?.paths, [
      pathTo('/old', annotated('gone')),
      pathTo('/', annotated('checkout')),
      pathTo('/images', numbered('images')),
    ]);
  });

  it('keep what else an action, its conditions and its transforms say', async () => {
    const scene = sceneOf(byAction);
    const headerRoute = { header: 'X-Tester', value: 'yes' };
    await scene.write(at(20, { headerRoute }));
    const targetGroupStickinessConfig = { enabled: true, durationSeconds: 200 };
    const group = (revision: string, weight: number) => {
      return { serviceName: backendOf(revision), servicePort: 'http', note: 1, weight };
    };
    const forward = (...targetGroups: readonly object[]) => {
      return { type: 'forward', forwardConfig: { targetGroups, targetGroupStickinessConfig } };
    };
    assert.deepEqual(notedJson(scene, 'actions.checkout'), forward(group('a', 80), group('b', 20)));
    assert.deepEqual(notedJson(scene, 'actions.checkout-testers'), forward(group('b', 100)));
    assert.deepEqual(notedJson(scene, 'conditions.checkout-testers'), [
      { field: 'source-ip', sourceIpConfig: { values: ['::/0'] } },
      { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X-Tester', values: ['yes'] } },
    ]);
    assert.deepEqual(notedJson(scene, 'transforms.checkout-testers'), [{ type: 'url-rewrite' }]);
    assert.deepEqual(scene.peek(kind, 'checkout').spec.rules?.[0]?.http?.paths, [
      pathTo('/', annotated('checkout-testers')),
      pathTo('/', annotated('checkout')),
    ]);
    await scene.write(stableOnly('a'));
    const left = Object.keys(scene.peek(kind, 'checkout').metadata.annotations ?? {});
    assert.deepEqual(
      left.filter((name) => name.includes('testers')),
      [],
    );
    assert.equal(scene.peek(kind, 'checkout').spec.rules?.[0]?.http?.paths.length, 1);
  });

  it('take a default backend too, but cannot tell testers there', async () => {
    const defaultBackend = numbered('checkout');
    const scene = sceneOf({ ...plain, objects: [ingress({ defaultBackend })] });
    await scene.write(at(20));
    const { spec } = scene.peek(kind, 'checkout');
    assert.deepEqual(spec, { defaultBackend: annotated('checkout') });
    await assert.rejects(scene.write(at(20, { headerRoute: testers })), {
      code: 'InvalidInput',
      message: /default backend cannot tell testers/,
    });
  });

  const refused: readonly [string, Ingress, RegExp][] = [
    ['without a path of the target', ingress({ rules: [] }), /no path of the Ingress sends/],
    [
      'with two ports of the Service',
      ingress({
        rules: [
          {
            http: {
              paths: [
                pathTo('/', numbered('checkout')),
                pathTo('/x', { service: { name: 'checkout', port: { number: 81 } } }),
              ],
            },
          },
        ],
      }),
      /paths need one port of Service checkout/,
    ],
    [
      'with an action that forwards elsewhere',
      ingress(
        { rules },
        {
          [alb('actions.checkout')]:
            '{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"arn","weight":1}]}}',
        },
      ),
      /forwards elsewhere than to checkout/,
    ],
    [
      'with an action that is no JSON',
      ingress({ rules }, { [alb('actions.checkout')]: '{' }),
      /no JSON/,
    ],
  ];
  for (const [what, route, message] of refused) {
    it(`are refused ${what}`, async () => {
      const scene = sceneOf({ ...plain, objects: [route] });
      await assert.rejects(scene.write(at(20)), { code: 'InvalidInput', message });
      assert.deepEqual(scene.writes(), []);
    });
  }

  it('refuse header values that would be patterns, and what is too long', async () => {
    const values = [{ value: 'y*s' }, { header: 'x'.repeat(41) }, { value: 'y'.repeat(129) }];
    for (const change of values) {
      const headerRoute = { ...testers, ...change };
      const writing = sceneOf(plain).write(at(0, { headerRoute }));
      await assert.rejects(writing, { code: 'InvalidInput' });
    }
  });

  it('say what they do when somebody changed them by hand', async () => {
    const scene = sceneOf(plain);
    await scene.write(at(20));
    const route = scene.peek(kind, 'checkout');
    const text = route.metadata.annotations?.[alb('actions.checkout')] ?? '';
    const annotations = {
      ...route.metadata.annotations,
      [alb('actions.checkout')]: text.replace('"weight":80', '"weight":20'),
    };
    scene.cluster.put({ ...route, metadata: { ...route.metadata, annotations } });
    assert.equal((await scene.read())?.weight, 50);
    const broken = { ...annotations, [alb('actions.checkout')]: '{' };
    scene.cluster.put({ ...route, metadata: { ...route.metadata, annotations: broken } });
    assert.deepEqual(await scene.read(), emptySplit);
    const restored: Ingress = { ...route, spec: { rules } as Ingress['spec'] };
    scene.cluster.put(restored);
    assert.deepEqual(await scene.read(), emptySplit);
  });

  for (const [what, spec] of Object.entries({ paths: plain, actions: byAction })) {
    it(`give back every split that was written over any other, from ${what}`, () =>
      holdsEverySplit(spec, (scene) => {
        const action = notedJson(scene, 'actions.checkout') as {
          forwardConfig: { targetGroups: { serviceName: string; weight: number }[] };
        };
        const groups = action.forwardConfig.targetGroups;
        assert.deepEqual(
          groups.map(({ serviceName, weight }) => [serviceName, weight]),
          [['checkout', 100]],
        );
      }));
  }
});
