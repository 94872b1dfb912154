/** Pure parts of what goes with a revision: its share of the present scale, what turns where, and what a template refers to. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { capacityFor } from '../../../src/adapters/kubernetes/companions/capacity.js';
import {
  configReferences,
  renameConfig,
} from '../../../src/adapters/kubernetes/companions/config-references.js';
import { planCopies } from '../../../src/adapters/kubernetes/companions/config-copies.js';
import {
  type Autoscaler,
  horizontalAutoscaler,
} from '../../../src/adapters/kubernetes/companions/follower-kinds.js';
import { selects } from '../../../src/adapters/kubernetes/companions/label-selector.js';
import { planTurns } from '../../../src/adapters/kubernetes/companions/plan-turns.js';
import type { Cluster } from '../../../src/adapters/kubernetes/cluster.js';
import type { Deployment, PodSpec } from '../../../src/adapters/kubernetes/objects.js';
import { Failure } from '../../../src/domain/failures.js';

const target = { service: 'checkout', environment: 'production' };

function deployment(name: string, spec: object = {}): Deployment {
  const podSpec = { containers: [{ name: 'web', image: 'shop/checkout:1' }], ...spec };
  const labels = { app: name };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
    },
  };
}

describe('capacity of a candidate', () => {
  it('is never under what was asked for, and its share of the present scale', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 50 }), fc.nat(200), (asked, full, now) => {
        const given = capacityFor(asked, full, now);
        assert.ok(given >= asked);
        if (asked <= full) assert.ok(given * full >= asked * now);
        if (now <= full) assert.equal(given, asked);
        assert.ok(given <= Math.max(asked, now));
      }),
    );
  });

  for (const [asked, full, now, given] of [
    [1, 2, 7, 4],
    [2, 2, 7, 7],
    [3, 2, 7, 7],
    [1, 3, 9, 3],
    [1, 2, 0, 1],
  ] as const) {
    it(`${asked} of ${full} is ${given} where ${now} run`, () => {
      assert.equal(capacityFor(asked, full, now), given);
    });
  }
});

describe('label selectors', () => {
  const cases: readonly [Parameters<typeof selects>[0], boolean][] = [
    [{}, true],
    [{ matchLabels: { app: 'a' } }, true],
    [{ matchLabels: { app: 'a', tier: 'web' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['b'] }] }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, true],
  ];
  for (const [selector, chosen] of cases) {
    it(`${JSON.stringify(selector)} ${chosen ? 'chooses' : 'does not choose'} app=a`, () => {
      assert.equal(selects(selector, { app: 'a' }), chosen);
    });
  }
});

describe('an autoscaler', () => {
  const scaler = (name: string, annotations: Record<string, string> = {}): Autoscaler => ({
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
    ...{ metadata: { name: 'checkout', annotations }, spec: { scaleTargetRef: { name } } },
  });
  const stable = deployment('checkout-production-1-1-0');
  const surroundings = { template: deployment('checkout'), revisions: [stable], stable };
  const turnsOf = (object: Autoscaler) =>
    planTurns(target, [{ of: horizontalAutoscaler, objects: [object] }], surroundings);

  it('that another target has turned is left to it', () => {
    const owned = { 'sluice.dev/target': 'checkout/staging' };
    assert.deepEqual(turnsOf(scaler('checkout', owned)), []);
  });

  it('turns from a revision that is gone, and remembers where people pointed it', () => {
    const following = JSON.stringify({ was: 'checkout', is: 'checkout-production-1-0-0' });
    const [turn] = turnsOf(
      scaler('checkout-production-1-0-0', {
        'sluice.dev/target': 'checkout/production',
        'sluice.dev/following': following,
      }),
    );
    assert.equal(turn?.to, stable.metadata.name);
    assert.match(JSON.stringify(turn.patch), /\\"was\\":\\"checkout\\"/);
  });
});

describe('configuration that a template refers to', () => {
  const spec = {
    containers: [
      {
        ...{ name: 'web', image: 'shop/checkout:1' },
        env: [
          { name: 'A', value: 'plain' },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'one', key: 'b', optional: true } } },
          { name: 'C', valueFrom: { secretKeyRef: { name: 'one', key: 'c' } } },
          { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        envFrom: [{ prefix: 'X_', configMapRef: { name: 'two' } }, { secretRef: { name: 'two' } }],
      },
    ],
    initContainers: [
      { name: 'first', image: 'x', envFrom: [{ configMapRef: { name: 'three', optional: true } }] },
    ],
    volumes: [
      { name: 'v1', configMap: { name: 'one' } },
      { name: 'v2', secret: { secretName: 'four', optional: true } },
      {
        name: 'v3',
        projected: {
          sources: [
            { configMap: { name: 'five' } },
            { secret: { name: 'six' } },
            { serviceAccountToken: { path: 'token' } },
          ],
        },
      },
      { name: 'v4', emptyDir: {} },
    ],
    imagePullSecrets: [{ name: 'registry' }],
  } as unknown as PodSpec;

  it('is found in environments, init containers and volumes, once each', () => {
    const found = configReferences(spec).map(
      ({ kind, name, optional }) => `${kind} ${name}${optional ? '?' : ''}`,
    );
    assert.deepEqual(found.toSorted(), [
      'ConfigMap five',
      'ConfigMap one',
      'ConfigMap three?',
      'ConfigMap two',
      'Secret four?',
      'Secret one',
      'Secret six',
      'Secret two',
    ]);
  });

  it('is renamed there and nowhere else', () => {
    assert.deepEqual(
      renameConfig(spec, ({ name }) => name),
      spec,
    );
    const renamed = JSON.stringify(renameConfig(spec, ({ name }) => `${name}-copy`));
    assert.equal(renamed.match(/-copy"/g)?.length, 9);
    assert.match(renamed, /"imagePullSecrets":\[\{"name":"registry"\}\]/);
    const back = renamed.replaceAll('-copy"', '"');
    assert.deepEqual(JSON.parse(back), spec);
  });

  it('that cannot be read is no change of it: nothing is planned', async () => {
    const read = () => {
      throw new Failure('Unavailable', 'the API server does not answer');
    };
    const cluster = { namespace: 'shop', read } as unknown as Cluster;
    const policy = { configMaps: 'copy', secrets: 'copy' } as const;
    const template = deployment('checkout', spec);
    await assert.rejects(planCopies(cluster, target, template, policy), { code: 'Unavailable' });
  });

  it('is named by its content, apart for every target', async () => {
    const nameOf = async (environment: string, data: object) => {
      const read = async (_: unknown, name: string) => ({ metadata: { name }, data });
      const cluster = { namespace: 'shop', read } as unknown as Cluster;
      const policy = { configMaps: 'copy', secrets: 'reference' } as const;
      const volumes = { volumes: [{ name: 'v', configMap: { name: 'one' } }] };
      const template = deployment('checkout', volumes);
      const plan = await planCopies(cluster, { ...target, environment }, template, policy);
      return plan.copies[0]?.metadata.name;
    };
    const name = await nameOf('production', { a: '1', b: '2' });
    assert.match(name ?? '', /^one-[0-9a-f]{10}$/);
    assert.equal(await nameOf('production', { b: '2', a: '1' }), name);
    assert.notEqual(await nameOf('production', { a: '1' }), name);
    assert.notEqual(await nameOf('staging', { a: '1', b: '2' }), name);
  });
});
