/** What `sluice.yaml` says of a cluster, and what becomes of it in a release. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseProject } from '../../../src/config/project.js';
import { resolvePipeline } from '../../../src/config/resolve-pipeline.js';
import type { Failure } from '../../../src/domain/failures.js';

const shipped = readFileSync(
  join(import.meta.dirname, '../../../deploy/kubernetes/sluice.yaml'),
  'utf8',
);

function faultsOf(text: string): string {
  try {
    parseProject(text, '/shop/sluice.yaml');
  } catch (error) {
    return ((error as Failure).details.faults ?? []).map(({ message }) => message).join('\n');
  }
  return '';
}

describe('Kubernetes in sluice.yaml', () => {
  it('gives a release the Deployment to copy, and no command', () => {
    const project = parseProject(shipped, '/shop/sluice.yaml');
    const { environments } = resolvePipeline(project, 'checkout', { embedded: false });
    const [production] = environments;
    assert.equal(production?.platform, 'eu');
    assert.equal(production.workload.deployment, 'checkout');
    assert.deepEqual(production.workload.command, []);
    assert.equal(production.workload.instances, 2);
  });

  const cases: readonly [string, string, string, RegExp][] = [
    [
      'a workload without a Deployment',
      'deployment: checkout, ',
      '',
      /services\.checkout\.workload\.deployment: is missing, allowed: the name of a Deployment/,
    ],
    [
      'a router without metrics',
      'metrics: http',
      'no-metrics: http',
      /platforms\.eu\.router\.metrics: is missing/,
    ],
    ['an unknown router', 'kind: gateway-api', 'kind: nomad', /platforms\.eu\.router\.kind/],
    [
      'weights that its router does not have',
      'kind: gateway-api\n      route: "{service}"',
      'kind: service-selector',
      /environments\.production\.strategy: seen a weight of 20 %, allowed with router service-selector of platform "eu": only 0 and 100/,
    ],
    ['an unknown platform', 'kind: kubernetes', 'kind: nomad', /platforms\.eu\.kind/],
    ['no namespace', 'namespace: shop', 'context: shop', /platforms\.eu\.namespace: is missing/],
  ];
  for (const [what, from, to, fault] of cases) {
    it(`is refused with ${what}`, () => {
      const changed = shipped.replace(from, to);
      assert.notEqual(changed, shipped);
      assert.match(faultsOf(changed), fault);
    });
  }

  const kindOf = (kind: string, more = '') =>
    shipped
      .replace('kind: gateway-api', `kind: ${kind}${more}`)
      .replace('- setWeight: 20', '- headerRoute: {header: x-tester, value: "yes"}');
  for (const kind of ['istio', 'ingress-nginx', 'aws-alb']) {
    it(`takes testers on the router ${kind}`, () =>
      assert.doesNotMatch(faultsOf(kindOf(kind)), /headerRoute|router\.kind/));
  }

  const copying = (kind: string, more = '', counters = '', percent = 20) =>
    shipped
      .replace('kind: gateway-api', `kind: ${kind}${more}`)
      .replace(/metrics: (http.*)/, counters === '' ? 'metrics: $1' : `metrics: ${counters}`)
      .replace('- setWeight: 20', `- mirror: {percent: ${percent}, for: 1m}`);
  const pods = '{prometheus: shop, counters: pods}';
  const contour = '{scrape: "http://envoy:8002/stats/prometheus", counters: contour}';
  const kinds: readonly [string, string, RegExp | null][] = [
    ['gateway-api', copying('gateway-api'), /a mirror of 20 %, .* one with router\.mirrors/],
    [
      'gateway-api',
      copying('gateway-api', '\n      mirrors: percent'),
      /none where Traefik counts/,
    ],
    ['gateway-api', copying('gateway-api', '\n      mirrors: percent', contour), null],
    [
      'gateway-api',
      copying('gateway-api', '\n      mirrors: all', contour),
      /of 20 %.*: 100 %, because/,
    ],
    ['gateway-api', copying('gateway-api', '\n      mirrors: all', contour, 100), null],
    ['traefik-service', copying('traefik-service'), null],
    ['istio', copying('istio'), /of 20 %.* router\.metrics\.counters: those of pods/],
    ['istio', copying('istio', '', pods), null],
    ['ingress-nginx', copying('ingress-nginx'), /no mirror, because it cannot copy requests/],
    ['aws-alb', copying('aws-alb', '', pods), /no mirror, because it cannot copy requests/],
    ['replica-share', copying('replica-share'), /no mirror, because it cannot copy requests/],
    ['service-selector', copying('service-selector'), /no mirror, because it cannot copy requests/],
  ];
  for (const [n, [kind, text, fault]] of kinds.entries()) {
    it(`${fault === null ? 'takes' : 'refuses'} copies on the router ${kind} (${n + 1})`, () => {
      const faults = faultsOf(text);
      if (fault !== null) assert.match(faults, fault);
      else assert.doesNotMatch(faults, /mirror|strategy/);
    });
  }

  it('takes testers on a TraefikService only with its IngressRoute', () => {
    assert.match(faultsOf(kindOf('traefik-service')), /a TraefikService cannot tell testers/);
    assert.equal(faultsOf(kindOf('traefik-service', '\n      ingressRoute: "{service}"')), '');
  });
});
