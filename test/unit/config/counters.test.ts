/** Where a router's counters are read, as sluice.yaml says it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dialectOf } from '../../../src/config/counters-schema.js';
import { readAuthorization } from '../../../src/config/credential.js';
import { parseProject } from '../../../src/config/project.js';
import type { RevisionPlace } from '../../../src/domain/analysis/counter-dialect.js';
import { Failure } from '../../../src/domain/failures.js';

const fileWith = (metrics: string, kind = 'gateway-api') => `apiVersion: sluice/v1
project: shop
platforms:
  eu:
    kind: kubernetes
    namespace: shop
    router:
      kind: ${kind}
      metrics: ${metrics}
metrics:
  prom: {kind: prometheus, url: 'https://prometheus.test', auth: {env: PROM_TOKEN}}
  other: {kind: prometheus, url: 'https://x.test', auth: {username: u, password: {file: /run/p}}}
services:
  checkout: {workload: {deployment: checkout}}
environments:
  production: {platform: eu, strategy: {blueGreen: {weights: [100]}}}
`;

function read(metrics: string, kind?: string) {
  const platform = parseProject(fileWith(metrics, kind), '/shop/sluice.yaml').platforms['eu'];
  assert.ok(platform?.kind === 'kubernetes');
  return platform.router;
}

function faultsOf(metrics: string, kind?: string): string {
  try {
    read(metrics, kind);
  } catch (error) {
    const { faults = [] } = (error as Failure).details;
    return faults.map(({ where, message }) => `${where} ${message}`).join('\n');
  }
  return '';
}

const own = (changes: object = {}) =>
  JSON.stringify({
    prometheus: 'prom',
    counters: {
      ...{ requests: 'calls_total', durations: 'call_seconds_bucket', unit: 's' },
      errors: { outcome: 'error' },
      labels: { namespace: '{namespace}', app: '{service}-[0-9]+' },
      ...changes,
    },
  });

describe('router.metrics', () => {
  it('is an endpoint, several, or an entry of metrics, counted as the router does', () => {
    const counted: readonly [string, string, string][] = [
      ['gateway-api', 'http://gateway/metrics', 'traefik'],
      ['gateway-api', '{scrape: [http://a/, http://b/]}', 'traefik'],
      ['gateway-api', '{scrape: http://a/, counters: contour}', 'contour'],
      ['gateway-api', '{prometheus: prom}', 'traefik'],
      ['service-selector', '{prometheus: other}', 'pods'],
      ['istio', '{prometheus: prom}', 'istio'],
      ['istio', '{prometheus: prom, counters: istio-ambient}', 'istio-ambient'],
      ['ingress-nginx', '{prometheus: prom}', 'ingress-nginx'],
      ['gateway-api', own(), 'custom'],
    ];
    for (const [kind, metrics, name] of counted) {
      const router = read(metrics, kind);
      assert.equal(dialectOf(router.kind, router.metrics).name, name, `${kind} ${metrics}`);
    }
  });

  it('fills names into patterns of its own as texts', () => {
    const router = read(own({ labels: { v: '{revision}|{namespace}/{service}' } }));
    const place: RevisionPlace = {
      ...{ target: { service: 'c', environment: 'p' }, namespace: 'shop', service: 'c-p-1' },
      ...{ deployments: [], revision: '1.0' },
    };
    const dialect = dialectOf(router.kind, router.metrics);
    assert.deepEqual(dialect.find(place), [{ v: '1\\.0|shop/c-p-1' }]);
  });

  const refused: readonly [string, string, RegExp, string?][] = [
    [
      'an entry that is not there',
      '{prometheus: porm}',
      /^\/shop\/sluice\.yaml:9:\d+ platforms\.eu\.router\.metrics\.prometheus: there is no Prometheus in metricSources "porm", there are: prom, other; did you mean "prom"\?$/,
    ],
    [
      'an unknown dialect',
      '{prometheus: prom, counters: traefk}',
      /counters: seen "?traefk"?.*traefik/,
    ],
    ['both', '{scrape: http://a/, prometheus: prom}', /one of scrape and prometheus/],
    ['neither', '{counters: traefik}', /one of scrape and prometheus/],
    ['no endpoint', '{scrape: []}', /platforms\.eu\.router\.metrics\.scrape/],
    ['a path', '/metrics', /platforms\.eu\.router\.metrics/],
    [
      'a scrape of pods',
      '{scrape: http://a/, counters: pods}',
      /:9:\d+ platforms\.eu\.router\.metrics: seen a scrape of counters "pods", allowed with them: \{prometheus/,
    ],
    [
      'a scrape behind one Service',
      'http://a/',
      /seen a scrape of counters "pods"/,
      'replica-share',
    ],
    [
      'labels of no revision',
      own({ labels: { a: '{namespace}' } }),
      /labels.*\{service\} or \{revision\}/,
    ],
    ['a wrong label', own({ errors: { 'a-b': 'x' } }), /errors.*names of labels such as pod/],
    [
      'a pattern that looks ahead',
      own({ errors: { code: '(?!2)' } }),
      /errors\.code.*without look-around/,
    ],
    ['an open pattern', own({ errors: { code: '5(' } }), /errors\.code.*a regular expression/],
    ['no buckets', own({ durations: 'call_seconds' }), /durations.*ending in _bucket/],
    ['a wrong unit', own({ unit: 'us' }), /unit.*s, ms|unit.*allowed: s/],
  ];
  for (const [what, metrics, fault, kind] of refused) {
    it(`is refused with ${what}`, () => assert.match(faultsOf(metrics, kind), fault));
  }
});

describe('the credential of a metrics entry', () => {
  it('is read at use, as a token or a password', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-credential-'));
    try {
      const file = join(folder, 'password');
      await writeFile(file, 'first\n');
      const basic = { username: 'u', password: { file } };
      const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
      assert.equal(await readAuthorization(basic, {}), header('u:first'));
      await writeFile(file, 'second\n');
      assert.equal(await readAuthorization(basic, {}), header('u:second'));
      assert.equal(await readAuthorization({ env: 'T' }, { T: 'abc' }), 'Bearer abc');
      await writeFile(file, 'one\ntwo\n');
      await assert.rejects(readAuthorization(basic, {}), /password has more than one line/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is missed by the name of where it should be', async () => {
    await assert.rejects(readAuthorization({ env: 'T' }, {}), (error) => {
      assert.ok(error instanceof Failure);
      assert.match(error.message, /environment variable T is not there or empty/);
      assert.match(error.details.next ?? '', /start the worker with T set/);
      return true;
    });
    await assert.rejects(
      readAuthorization({ file: '/nowhere' }, {}),
      /file \/nowhere is not there/,
    );
  });
});
