/** What each data plane's exposition says of a revision. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type CounterDialect,
  counterDialects,
  customDialect,
  type RevisionPlace,
} from '../../../src/domain/analysis/counter-dialect.js';
import { countersOf } from '../../../src/domain/analysis/counter-series.js';
import {
  type MetricLine,
  parsePrometheusText,
} from '../../../src/domain/analysis/prometheus-text.js';
import { Failure } from '../../../src/domain/failures.js';
import { expositions } from './expositions.js';

const target = { service: 'checkout', environment: 'production' };
const placeOf = (service: string, deployments: readonly string[] = []): RevisionPlace => {
  return { target, namespace: 'shop', service, deployments, revision: '1.1.0-4f2a9c1b' };
};
const candidate = placeOf('checkout-b', ['checkout-b']);

const own = customDialect({
  ...{ requests: 'acme_calls_total', errors: { outcome: 'error|timeout' } },
  ...{ durations: 'acme_call_seconds_bucket', unit: 's' },
  labels: { ns: '{namespace}', app: '{service}|{revision}' },
});

const cases: readonly [CounterDialect, readonly string[]][] = [
  [counterDialects.traefik, ['checkout-b@1700000000']],
  [counterDialects.istio, ['checkout-b@10.0.0.1:15020/pod-a', 'checkout-b@10.0.0.2:15020/pod-b']],
  [counterDialects['istio-ambient'], ['checkout-b@10.0.0.9:15020/waypoint']],
  [counterDialects['ingress-nginx'], ['checkout-b@1700000000']],
  [counterDialects.contour, ['checkout-b']],
  [counterDialects['envoy-gateway'], ['checkout-b']],
  [
    counterDialects.linkerd,
    [
      'checkout-b@linkerd-proxy/10.0.2.1:4191/client-a@1700000001',
      'checkout-b@linkerd-proxy/10.0.2.2:4191/client-b@1700000002',
    ],
  ],
  [
    counterDialects.pods,
    [
      'checkout-b@web/10.0.1.1:8080/checkout-b-5d4f8c9b7-x2x4z@1700000001',
      'checkout-b@web/10.0.1.2:8080/renamed-0@1700000002',
    ],
  ],
  [own, ['checkout-b@1700000000']],
];

describe('counters of a revision', () => {
  for (const [dialect, instances] of cases) {
    it(`are read as ${dialect.name} tells them`, () => {
      const text = expositions[dialect.name] ?? '';
      const read = countersOf(parsePrometheusText(text, 'test'), dialect, candidate);
      assert.deepEqual(read.map(({ instance }) => instance).sort(), [...instances].sort());
      const sum = (of: (one: (typeof read)[number]) => number) =>
        read.reduce((total, one) => total + of(one), 0);
      assert.equal(
        sum(({ requests }) => requests),
        100,
      );
      assert.equal(
        sum(({ errors }) => errors),
        7,
      );
      for (const { buckets, inFlight } of read) {
        assert.equal(inFlight, 0);
        assert.deepEqual(
          buckets.map(({ leMs }) => leMs),
          [300, 1000],
        );
      }
      assert.equal(
        sum(({ buckets }) => buckets[0]?.count ?? 0),
        80,
      );
      assert.equal(
        sum(({ buckets }) => buckets[1]?.count ?? 0),
        95,
      );
    });

    it(`are nothing where ${dialect.name} counted nothing`, () => {
      const lines = parsePrometheusText(expositions[dialect.name] ?? '', 'test');
      const nobody = { ...placeOf('checkout-z', ['checkout-z']), revision: '9.9.9-00000000' };
      assert.deepEqual(countersOf(lines, dialect, nobody), []);
      assert.deepEqual(countersOf(lines, dialect, { ...candidate, namespace: 'other' }), []);
    });
  }

  it('tell the answers of a canary ingress from those of the main one', () => {
    const lines = parsePrometheusText(expositions['ingress-nginx'] ?? '', 'test');
    const [stable] = countersOf(lines, counterDialects['ingress-nginx'], placeOf('checkout-a'));
    assert.equal(stable?.requests, 900);
  });

  it('know Traefik by HTTPRoute, GRPCRoute, TraefikService and Ingress', () => {
    const named = [
      'shop-checkout-b-http-80@kubernetesgateway',
      'shop-checkout-b-80-grpc@kubernetesgateway',
      'shop-checkout-b-80@kubernetescrd',
      'shop-checkout-b-web@kubernetes',
      'shop-checkout-b-c-http-80@kubernetesgateway',
      'shop-checkout-b-c-80@kubernetescrd',
      'eu-shop-checkout-b-80@kubernetescrd',
    ];
    const text = named.map((name) => `traefik_service_requests_total{service="${name}"} 1`);
    const lines = parsePrometheusText(text.join('\n'), 'test');
    assert.equal(countersOf(lines, counterDialects.traefik, candidate)[0]?.requests, 4);
  });

  it('know the statuses of gRPC that are failures', () => {
    const service = 'shop-checkout-b-80-grpc@kubernetesgateway';
    const text = Array.from({ length: 17 }, (_, code) => {
      return `traefik_service_requests_total{service="${service}",protocol="grpc",code="${code}"} 1`;
    });
    const lines = parsePrometheusText(text.join('\n'), 'test');
    const [read] = countersOf(lines, counterDialects.traefik, candidate);
    assert.deepEqual([read?.requests, read?.errors], [17, 6]);
  });

  it('know the pods of a Deployment whose name is cut in theirs', () => {
    const long = 'checkout-production-1-1-0-4f2a9c1b-very-long-name-of-a-thing';
    for (const [deployment, pod, isOurs] of [
      [long, `${long.slice(0, 58)}abcde`, true],
      [long.slice(0, 50), `${long.slice(0, 50)}-5d4f8c9abcde`, true],
      ['checkout-b', 'checkout-b-c-5d4f8c9b7-abcde', false],
      ['checkout', 'checkout-5d4f8c9b7-abcde', true],
    ] as const) {
      const text = `http_requests_total{namespace="shop",pod="${pod}",code="200"} 1`;
      const lines = parsePrometheusText(text, 'test');
      const read = countersOf(lines, counterDialects.pods, placeOf('x', [deployment]));
      assert.equal(read.length, isOurs ? 1 : 0, pod);
    }
  });

  for (const value of ['NaN', '+Inf', '-1']) {
    it(`are refused where one is ${value}`, () => {
      const [first = ''] = (expositions['traefik'] ?? '').split('\n').filter((one) => one !== '');
      const text = `${first.replace(/ \S+$/, '')} ${value}`;
      assert.throws(
        () => countersOf(parsePrometheusText(text, 'test'), counterDialects.traefik, candidate),
        (error) => error instanceof Failure && error.code === 'Unavailable',
      );
    });
  }

  it('say when they were read, each process by its newest series', () => {
    const lines = parsePrometheusText(expositions['istio'] ?? '', 'test');
    const timed = lines.map((line) => {
      const first = line.labels['pod'] === 'pod-a';
      return { ...line, atMs: first ? 5000 : 4000 };
    });
    const read = countersOf(timed, counterDialects.istio, candidate);
    assert.deepEqual(
      read.map(({ asOfMs }) => asOfMs),
      [5000, 4000],
    );
  });

  it('are sums, whatever the codes and methods, and whatever else is told', () => {
    const label = fc.constantFrom('200', '204', '404', '500', '503');
    const ours = fc.record({
      code: label,
      method: fc.constantFrom('GET', 'PUT'),
      value: fc.nat(1000),
    });
    const foreign = fc.record({
      name: fc.constantFrom('traefik_service_requests_total', 'go_goroutines'),
      service: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(ours), fc.array(foreign), (lines, others) => {
        const told: MetricLine[] = [
          ...others.map(({ name, service }) => ({ name, labels: { service }, value: Number.NaN })),
          ...lines.map(({ value, ...labels }) => ({
            name: 'traefik_service_requests_total',
            labels: { ...labels, service: 'shop-checkout-b-http-80@kubernetesgateway' },
            value,
          })),
        ];
        const [read] = countersOf(told, counterDialects.traefik, candidate);
        const total = lines.reduce((sum, { value }) => sum + value, 0);
        const bad = lines.filter(({ code }) => code.startsWith('5'));
        assert.equal(read?.requests ?? 0, total);
        assert.equal(
          read?.errors ?? 0,
          bad.reduce((sum, { value }) => sum + value, 0),
        );
      }),
    );
  });
});
