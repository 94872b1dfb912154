/** What a Prometheus answers and what becomes of it: counters with their age, refusals, and nothing at all. */
import assert from 'node:assert/strict';
import { createGuardedWeb } from '../../../src/adapters/http/guarded-web.js';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus/metric-source.js';
import { counterDialects } from '../../../src/domain/analysis/counter-dialect.js';
import { Failure } from '../../../src/domain/failures.js';
import type { ConnectedMetricSource, RevisionPlaces } from '../../../src/ports/metric-source.js';
import { type LocalServer, startServer } from '../http/local-server.js';

const target = { service: 'checkout', environment: 'production' };
const places: RevisionPlaces = async (_target, revisions) =>
  revisions.map((revision) => {
    return {
      target,
      namespace: 'shop',
      service: `checkout-${revision}`,
      deployments: [],
      revision,
    };
  });
const nowMs = 1_700_000_100_000;
const secret = 'a-very-secret-token';
/** Long enough for 16 MB on a busy machine. */
const patienceMs = 2000;
const openWeb = () =>
  createGuardedWeb({
    networks: ['127.0.0.0/8'],
    timeoutMs: patienceMs,
    maxBodyBytes: 16 * 1024 * 1024,
  });

interface Given {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly delayMs?: number;
}

const labels = { service: 'shop-checkout-b-http-80@kubernetesgateway', job: 'gw', instance: 'a:1' };
const at = (value: number | string) => [nowMs / 1000, String(value)];
const series = (name: string, more: object, value: number | string) => {
  return {
    metric: { ...(name === '' ? {} : { __name__: name }), ...labels, ...more },
    value: at(value),
  };
};
const requests = (code: string, value: number | string) =>
  series('traefik_service_requests_total', { code }, value);
const readAt = (code: string, seconds: number) => series('', { code, sluice: 'readAt' }, seconds);
const vector = (result: readonly unknown[], more: object = {}) => {
  return { status: 'success', data: { resultType: 'vector', result }, ...more };
};
const counted = [
  requests('200', 90),
  requests('500', 7),
  readAt('200', nowMs / 1000 - 12),
  readAt('500', nowMs / 1000 - 12),
  { metric: { __name__: 'process_start_time_seconds', job: 'gw', instance: 'a:1' }, value: at(5) },
];

describe('counters out of a Prometheus', () => {
  let server: LocalServer;
  let source: ConnectedMetricSource;
  let given: Given;
  let asked: { method: string; path: string; authorization: string | undefined; query: string }[];

  before(async () => {
    server = await startServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => {
        const { method = '', url: path = '' } = request;
        const query = new URLSearchParams(text).get('query') ?? '';
        asked.push({ method, path, authorization: request.headers.authorization, query });
        const body = given.text ?? JSON.stringify(given.body);
        setTimeout(() => response.writeHead(given.status ?? 200).end(body), given.delayMs ?? 0);
      });
    });
  });
  after(() => server.close());
  beforeEach(() => {
    asked = [];
    source = createPrometheusMetrics({
      // Credentials in a URL are never repeated.
      url: `${server.base.replace('//', '//user:hidden@')}/prefix/`,
      headers: async () => {
        return { headers: { authorization: `Bearer ${secret}` }, secrets: [secret] };
      },
      web: openWeb(),
      dialect: counterDialects.traefik,
      ...{ places, timeoutMs: patienceMs, now: () => nowMs },
    });
  });
  afterEach(() => source.close());

  it('are asked for once, with the credential, for all revisions', async () => {
    given = { body: vector(counted) };
    const [b, c] = await source.readCounters(target, ['b', 'c']);
    assert.equal(asked.length, 1);
    const [{ method, path, authorization, query } = assert.fail()] = asked;
    assert.deepEqual(
      [method, path, authorization],
      ['POST', '/prefix/api/v1/query', `Bearer ${secret}`],
    );
    assert.doesNotMatch(query, /rate|increase/);
    assert.deepEqual(b?.instances, [
      {
        instance: 'checkout-b@gw/a:1@5',
        ...{ requests: 97, errors: 7, buckets: [], inFlight: 0, inFlightOlder: [] },
        asOfMs: nowMs - 12_000,
      },
    ]);
    assert.equal(b.gap, undefined);
    assert.deepEqual(c?.instances, []);
    assert.match(c.source ?? '', /api\/v1\/query traefik_service_requests_total\{.*checkout-c/);
  });

  it('are nothing when nothing is asked or nothing is found, and say what was asked', async () => {
    given = { body: vector([]) };
    assert.deepEqual(await source.readCounters(target, []), []);
    assert.equal(asked.length, 0);
    const [none] = await source.readCounters(target, ['b']);
    assert.deepEqual(none?.instances, []);
    assert.match(none.source ?? '', /^http:\/\/127\.0\.0\.1:\d+\/prefix\/api\/v1\/query /);
  });

  it('have a gap where it warns, or its clock is elsewhere', async () => {
    given = { body: vector(counted, { warnings: ['store-1 did not answer'] }) };
    const [warned] = await source.readCounters(target, ['b']);
    assert.equal(warned?.instances.length, 1);
    assert.match(warned.gap ?? '', /warns: store-1 did not answer/);
    const ahead = counted.map(({ metric, value }) => {
      return { metric, value: [nowMs / 1000 + 60, value[1]] };
    });
    given = { body: vector(ahead) };
    const [apart] = await source.readCounters(target, ['b']);
    assert.match(apart?.gap ?? '', /clock 60 s ahead of ours/);
  });

  const refusals: readonly [string, Given, RegExp][] = [
    ['401', { status: 401, text: 'no' }, /answered 401; asked/],
    [
      '400 with its words',
      { status: 400, body: { status: 'error', error: `parse error ${secret}` } },
      /answered 400: parse error …; asked/,
    ],
    ['503', { status: 503, text: '<html>' }, /answered 503; asked/],
    ['a redirect', { status: 302, text: '' }, /answered 302; asked/],
    [
      'an error with status 200',
      { body: { status: 'error', errorType: 'timeout', error: 'query timed out' } },
      /refused: query timed out; asked/,
    ],
    ['something else', { text: 'hello' }, /answered 200 with something that is not JSON/],
    [
      'a matrix',
      { body: { status: 'success', data: { resultType: 'matrix', result: [] } } },
      /did not answer with an instant vector/,
    ],
    ['silence', { body: vector([]), delayMs: 2 * patienceMs }, /does not answer within 2000 ms/],
    ['no number', { body: vector([requests('200', 'NaN'), readAt('200', 1)]) }, /is NaN/],
    ['no time', { body: vector([requests('200', 1)]) }, /does not say when/],
    [
      'too much',
      { text: JSON.stringify(vector([])).padEnd(17 * 1024 * 1024) },
      /answered more than 16777216 bytes/,
    ],
  ];
  for (const [name, answer, message] of refusals) {
    it(`are unavailable with ${name}, and no credential is told`, async () => {
      given = answer;
      await assert.rejects(source.readCounters(target, ['b']), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, 'Unavailable');
        assert.match(error.message, message);
        const told = JSON.stringify([error.message, error.details]);
        assert.doesNotMatch(told, /secret|hidden/);
        assert.match(told, /api\/v1\/query|no number of requests/);
        return true;
      });
    });
  }

  it('are unavailable when nobody listens', async () => {
    const nobody = createPrometheusMetrics({
      ...{ url: 'http://127.0.0.1:9', web: openWeb(), dialect: counterDialects.traefik, places },
    });
    await assert.rejects(nobody.readCounters(target, ['b']), /127\.0\.0\.1:9\/api.*ECONNREFUSED/);
    await nobody.close();
  });
});
