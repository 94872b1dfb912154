/** What imported manifests mean: routers, strategies, limits and waits as their own tools would take them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { readCondition, readQuery } from '../../../src/import/argo-condition.js';
import { importAs, manifestText, planOf } from '../../support/imported.js';

interface Written {
  readonly platforms: { readonly cluster: { readonly router: Record<string, unknown> } };
  readonly metrics: { readonly prometheus: { readonly url: string } };
  readonly services: Record<string, { readonly workload: Record<string, unknown> }>;
  readonly environments: {
    readonly production: {
      readonly strategy: Record<string, { readonly steps: readonly Record<string, unknown>[] }>;
      readonly health?: Record<string, unknown>;
    };
  };
}

function writtenBy(file: string, text = manifestText(file)): Written {
  return parse(importAs(file, text).yaml) as Written;
}

describe('meaning of imported manifests', () => {
  const routers: readonly (readonly [string, Record<string, unknown>])[] = [
    [
      'argo-canary-gateway.yaml',
      { kind: 'gateway-api', route: 'basket-route', backend: 'basket-stable' },
    ],
    [
      'argo-canary-istio.yaml',
      {
        kind: 'istio',
        route: 'search-routes',
        destinationRule: 'search-subsets',
        backend: 'search',
      },
    ],
    [
      'argo-canary-nginx.yaml',
      { kind: 'ingress-nginx', route: 'catalog-ingress', backend: 'catalog' },
    ],
    ['argo-canary-alb.yaml', { kind: 'aws-alb', route: 'account-ingress', backend: 'account' }],
    [
      'argo-canary-traefik.yaml',
      { kind: 'traefik-service', route: 'images-split', backend: 'images' },
    ],
    ['argo-rolling.yaml', { kind: 'replica-share' }],
    ['argo-blue-green.yaml', { kind: 'service-selector', backend: 'payments' }],
    ['flagger-gateway.yaml', { kind: 'gateway-api', route: 'basket', backend: 'basket' }],
    ['flagger-istio-weights.yaml', { kind: 'istio', route: 'search', backend: 'search' }],
    ['flagger-nginx.yaml', { kind: 'ingress-nginx', route: 'catalog-ingress', backend: 'catalog' }],
    ['flagger-traefik.yaml', { kind: 'traefik-service', route: 'images', backend: 'images' }],
    ['flagger-blue-green.yaml', { kind: 'service-selector', backend: 'payments' }],
    ['flagger-plain.yaml', { kind: 'gateway-api', route: 'jobs', backend: 'jobs' }],
  ];
  for (const [file, router] of routers) {
    it(`${file} is routed by ${String(router.kind)}`, () => {
      const written = writtenBy(file).platforms.cluster.router;
      assert.deepEqual(written, { ...router, metrics: { prometheus: 'prometheus' } });
    });
  }

  it('asks the Prometheus that templates ask, and says so when there is none', () => {
    const url = 'http://prometheus.monitoring:9090';
    assert.equal(writtenBy('argo-canary-gateway.yaml').metrics.prometheus.url, url);
    assert.equal(writtenBy('flagger-gateway.yaml').metrics.prometheus.url, url);
    const { yaml, notes } = importAs('argo-rolling.yaml');
    assert.match(yaml, /url: http:\/\/prometheus\.invalid # fill in\n/);
    assert(notes.some(({ kind, instead }) => kind === 'fillIn' && /prometheus\.url/.test(instead)));
  });

  it('takes scale, readiness path and distance of revisions from where they stand', () => {
    const workload = (file: string, name: string) => writtenBy(file).services[name]?.workload;
    assert.deepEqual(workload('argo-canary-gateway.yaml', 'basket'), {
      deployment: 'basket',
      instances: 5,
      healthPath: '/ready',
      antiAffinity: 'required',
    });
    assert.equal(workload('argo-blue-green.yaml', 'payments')?.antiAffinity, 'preferred');
    assert.deepEqual(workload('flagger-gateway.yaml', 'basket'), {
      deployment: 'basket-app',
      instances: 6,
      healthPath: '/ready',
    });
  });

  it('plans an Argo canary step by step as it stands there', () => {
    assert.deepEqual(planOf(importAs('argo-canary-gateway.yaml').yaml), [
      '1. deploy 2 instances',
      '2. deploy 2 instances, testers by X-Tester, watched until somebody resumes',
      '3. deploy 2 instances',
      '4. traffic to 10 % on 2 instances, watched for 1m30s',
      '5. watch for 5m',
      '6. traffic to 40 % on 2 instances, watched for 10m',
      '7. traffic to 80 % on 4 instances, watched for 30s',
      '8. traffic to 100 % on 5 instances, watched for 5m',
      '9. the candidate becomes stable',
    ]);
  });

  it('switches at once, after a wait, or when somebody says so', () => {
    const plan = (file: string) => planOf(importAs(file).yaml).slice(0, -1);
    const [deploy, smoke, shift] = plan('argo-blue-green.yaml');
    assert.deepEqual(
      [deploy, smoke, shift],
      [
        '1. deploy 6 instances',
        '2. smoke test /healthz',
        '3. traffic to 100 % on 6 instances, watched for 2m',
      ],
    );
    assert.equal(
      plan('argo-blue-green-manual.yaml')[0],
      '1. deploy 3 instances, watched until somebody resumes',
    );
    assert.equal(plan('argo-blue-green-timed.yaml')[0], '1. deploy 2 instances, watched for 2m');
  });

  it('asks webhooks at the moments their type says', () => {
    const { steps } =
      writtenBy('flagger-gateway.yaml').environments.production.strategy.canary ?? assert.fail();
    const words = steps.map((step) => {
      const { setWeight, webhook } = step as { setWeight?: number; webhook?: { url: string } };
      return setWeight ?? (webhook ? new URL(webhook.url).pathname : 'analysis');
    });
    const judged = ['/tick', 'analysis'];
    assert.deepEqual(words, [
      '/approve',
      '/run',
      20,
      ...judged,
      '/more',
      40,
      ...judged,
      '/more',
      60,
      ...judged,
      '/promote',
    ]);
  });

  it('takes the weights that Flagger would, for any step and maximum', () => {
    const weight = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(weight, fc.option(weight), (step, most) => {
        const maximum = most === null ? '' : `maxWeight: ${most}`;
        const text = manifestText('flagger-traefik.yaml')
          .replace('stepWeight: 10', `stepWeight: ${step}`)
          .replace('maxWeight: 50', maximum);
        const { steps } =
          writtenBy('flagger-traefik.yaml', text).environments.production.strategy.canary ??
          assert.fail();
        const taken: number[] = [];
        // Their loop: a step more while it is below the maximum.
        for (let at = 0; at < (most ?? 100); taken.push(at)) at = Math.min(100, at + step);
        assert.deepEqual(
          steps.flatMap(({ setWeight }) => setWeight ?? []),
          taken,
        );
      }),
    );
  });

  it('keeps limits as strict as they were', () => {
    const health = (file: string) => writtenBy(file).environments.production.health;
    assert.deepEqual(health('argo-canary-gateway.yaml'), {
      errorRate: { max: '5%', success: '1%' },
      latencyP95: { max: '800ms', success: '800ms' },
    });
    assert.deepEqual(health('flagger-istio-weights.yaml'), {
      errorRate: { max: '0.5%', success: '0.5%' },
      latencyP95: { max: '400ms', success: '400ms' },
    });
    assert.equal(health('argo-rolling.yaml'), undefined);
  });

  it('reads a condition only when it is one limit', () => {
    assert.deepEqual(readCondition('result[0] >= 0.95'), { side: 'above', value: 0.95 });
    assert.deepEqual(readCondition('asFloat(result) < 5'), { side: 'below', value: 5 });
    assert.deepEqual(readCondition('default(result, 0) <= 0.05'), { side: 'below', value: 0.05 });
    for (const more of [
      'result.ok',
      'result == 1',
      'isNaN(result) || result >= 1',
      'all(result, # < 1)',
    ]) {
      assert.equal(readCondition(more), undefined, more);
    }
  });

  it('reads a query only when it says what it divides', () => {
    const of = (above: string, below = 'x') => `sum(rate(${above}[1m])) / sum(rate(${below}[1m]))`;
    assert.deepEqual(readQuery(of('x{code!~"5.*"}')), { kind: 'success', scale: 1 });
    assert.deepEqual(readQuery(of('x{code=~"5.*"}')), { kind: 'error', scale: 1 });
    assert.deepEqual(readQuery(`${of('x{code!~"5.."}')} * 100`), { kind: 'success', scale: 100 });
    const quantile = 'histogram_quantile(0.99, sum(rate(d_milliseconds_bucket[1m])) by (le))';
    assert.deepEqual(readQuery(quantile), { kind: 'latency', quantile: 0.99, unitMs: 1 });
    for (const other of [
      'up',
      of('x'),
      'sum(rate(errors_total[1m]))',
      quantile.replace('milliseconds_', ''),
    ]) {
      assert.equal(readQuery(other), undefined, other);
    }
  });
});
