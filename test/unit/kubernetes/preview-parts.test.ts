/** The parts of a preview that only think: quantities, quotas, differences, and what must not be shown. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { comparable } from '../../../src/adapters/kubernetes/preview/comparable.js';
import { diffObjects } from '../../../src/adapters/kubernetes/preview/object-diff.js';
import { checkQuota, type ResourceQuota } from '../../../src/adapters/kubernetes/preview/quota.js';
import { refusalOf } from '../../../src/adapters/kubernetes/preview/refusals.js';
import {
  formatQuantity,
  parseQuantity,
  podAmounts,
} from '../../../src/adapters/kubernetes/preview/resources.js';
import { withoutSecrets } from '../../../src/adapters/kubernetes/preview/without-secrets.js';
import type { Deployment, PodSpec } from '../../../src/adapters/kubernetes/objects.js';
import { Failure } from '../../../src/domain/failures.js';

const pod = (spec: object): PodSpec => spec as PodSpec;
const asks = (requests: object, more: object = {}) => ({ resources: { requests, ...more } });

describe('quantities', () => {
  const same: readonly (readonly [string | number, string])[] = [
    ['0.1', '100m'],
    ['1.5Gi', '1536Mi'],
    ['2e3', '2k'],
    ['1E', '1000P'],
    ['.5', '500m'],
    [3, '3'],
    ['100u', '0.1m'],
  ];
  for (const [one, other] of same) {
    it(`${one} is ${other}`, () => assert.equal(parseQuantity(one), parseQuantity(other)));
  }

  it('are exact: three tenths are a tenth three times', () => {
    assert.equal(parseQuantity('100m') * 3n, parseQuantity('0.3'));
  });

  it('are read again as they were written', () => {
    const resource = fc.constantFrom('cpu', 'memory', 'pods');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), resource, (thousandths, name) => {
        const nanos = BigInt(thousandths) * (name === 'cpu' ? 1_000_000n : 1_000_000_000n);
        assert.equal(parseQuantity(formatQuantity(nanos, name)), nanos);
      }),
    );
  });

  it('of nonsense are refused', () => assert.throws(() => parseQuantity('many'), RangeError));
});

describe('what a pod asks for', () => {
  it('is all containers at once, or the hungriest of those before them', () => {
    const containers = [asks({ cpu: '100m' }), asks({ cpu: '200m' })];
    const amount = (initContainers: readonly object[]) =>
      podAmounts(pod({ containers, initContainers }), 'requests').get('cpu');
    assert.equal(amount([]), parseQuantity('300m'));
    assert.equal(amount([asks({ cpu: '250m' })]), parseQuantity('300m'));
    assert.equal(amount([asks({ cpu: '2' })]), parseQuantity('2'));
    const sidecar = { ...asks({ cpu: '500m' }), restartPolicy: 'Always' };
    assert.equal(amount([sidecar]), parseQuantity('800m'));
    assert.equal(amount([sidecar, asks({ cpu: '400m' })]), parseQuantity('900m'));
  });

  it('is the limit where no request is written', () => {
    const spec = pod({ containers: [{ resources: { limits: { memory: '1Gi' } } }] });
    assert.equal(podAmounts(spec, 'requests').get('memory'), parseQuantity('1Gi'));
  });
});

describe('a quota', () => {
  const quota = (hard: object, used: object = {}, scopes?: readonly string[]) =>
    ({
      metadata: { name: 'small', namespace: 'shop' },
      spec: { hard, ...(scopes && { scopes }) },
      status: { hard, used },
    }) as unknown as ResourceQuota;
  const spec = pod({ containers: [asks({ cpu: '300m' }, { limits: { memory: '1Gi' } })] });
  const short = (one: ResourceQuota, pods = 3) =>
    checkQuota(one, spec, pods).problems.map(({ seen, limit }) => [seen, limit]);

  it('has room to the very last', () => {
    assert.deepEqual(short(quota({ cpu: '1', pods: '4' }, { cpu: '100m', pods: '1' })), []);
    assert.deepEqual(short(quota({ cpu: '1' }, { cpu: '101m' })), [['1001m', '1']]);
    assert.deepEqual(short(quota({ 'limits.memory': '2Gi' })), [['3072Mi', '2048Mi']]);
    assert.deepEqual(short(quota({ 'count/pods': '2' })), [['3', '2']]);
  });

  it('is not about what pods do not use, nor about no pods', () => {
    assert.deepEqual(
      short(quota({ 'count/secrets': '0', services: '0', 'requests.storage': '0' })),
      [],
    );
    assert.deepEqual(short(quota({ pods: '0' }), 0), []);
  });

  it('is about the pods of its scopes alone', () => {
    assert.deepEqual(short(quota({ pods: '0' }, {}, ['Terminating'])), []);
    assert.deepEqual(short(quota({ pods: '0' }, {}, ['BestEffort'])), []);
    assert.equal(short(quota({ pods: '0' }, {}, ['NotBestEffort'])).length, 1);
    const { problems, notes } = checkQuota(quota({ pods: '0' }, {}, ['PriorityClass']), spec, 3);
    assert.deepEqual([problems, notes.length], [[], 1]);
  });
});

describe('a difference', () => {
  it('names what changed by the names of entries, not by their place', () => {
    const env = (...names: readonly string[]) => ({
      env: names.map((name) => ({ name, value: name })),
    });
    assert.deepEqual(diffObjects(env('a', 'b'), env('c', 'a', 'b')), [
      { path: 'env[c]', from: null, to: '{"name":"c","value":"c"}' },
    ]);
    assert.deepEqual(diffObjects({ a: { b: [1, 2] } }, { a: { b: [1, 3] } }), [
      { path: 'a.b', from: '[1,2]', to: '[1,3]' },
    ]);
  });

  it('of a value with itself is none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.deepEqual(diffObjects(value, value), [])),
    );
  });

  it('is cut, and says by how much', () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`f${n}`, n]));
    const changes = diffObjects({}, many);
    assert.deepEqual([changes.length, changes.at(-1)?.to], [101, '50 more']);
    assert.equal(diffObjects({}, { a: 'x'.repeat(500) })[0]?.to?.length, 201);
  });
});

describe('what may be a secret', () => {
  const shown = (value: unknown, ...names: readonly string[]) =>
    JSON.stringify(withoutSecrets(value, names));
  const hides: readonly (readonly [unknown, ...string[]])[] = [
    ['hunter2', 'env', 'DB_PASSWORD', 'value'],
    ['hunter2', 'data', 'api-key'],
    [[{ name: 'TOKEN', value: 'hunter2' }], 'env'],
    [['--password=hunter2', '--verbose'], 'args'],
    ['postgres://shop:hunter2@db/shop', 'env', 'DATABASE_URL', 'value'],
    ['{"clientSecret": "hunter2"}', 'data', 'config.json'],
  ];
  for (const [value, ...names] of hides) {
    it(`is hidden at ${names.join('.')}`, () => {
      assert.ok(!shown(value, ...names).includes('hunter2'), shown(value, ...names));
    });
  }

  it('is not the name of a Secret', () => {
    assert.match(shown({ secretName: 'db' }, 'volumes', 'x', 'secret'), /"db"/);
    assert.match(shown({ name: 'db', key: 'url' }, 'valueFrom', 'secretKeyRef'), /"db".*"url"/);
  });
});

describe('a Deployment to compare', () => {
  it('is the user’s word: without scale, selectors and what is ours', () => {
    const labels = { app: 'x', tier: 'web', 'sluice.dev/service': 'x' };
    const topologySpreadConstraints = [
      { maxSkew: 1, labelSelector: { matchLabels: { app: 'x' } } },
    ];
    const spec = {
      ...{ replicas: 3, selector: { matchLabels: { app: 'x' } } },
      template: { metadata: { labels }, spec: { containers: [], topologySpreadConstraints } },
    };
    assert.deepEqual(comparable({ spec, status: {} } as unknown as Deployment), {
      spec: {
        template: {
          metadata: { labels: { tier: 'web' }, annotations: {} },
          spec: { containers: [], topologySpreadConstraints: [{ maxSkew: 1 }] },
        },
      },
    });
  });
});

describe('a refusal', () => {
  it('is a note where a right is missing, a problem where a rule says no, and itself otherwise', () => {
    const right = 'pods is forbidden: User "x" cannot create resource "pods" in API group ""';
    const lacking = new Failure('Forbidden', right);
    assert.deepEqual(refusalOf(lacking, 'Pod a'), {
      problems: [],
      notes: ['Pod a was not checked: needs create on pods'],
    });
    const rule = new Failure('Forbidden', 'pods "a" is forbidden: violates PodSecurity "baseline"');
    assert.equal(refusalOf(rule, 'Pod a').problems[0]?.code, 'Refused');
    const away = new Failure('Unavailable', 'the API server does not answer');
    assert.throws(() => refusalOf(away, 'Pod a'), away);
  });
});
