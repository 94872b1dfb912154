/** The edge of the API: who may, what is too much, and every wrong turn answered as a problem. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultLimits } from '../../../src/api/limits.js';
import { scrub } from '../../../src/api/logger.js';
import { type Problem, problemSchema } from '../../../src/api/schemas/problem.js';
import { type ApiUnderTest, digestA, secrets, serveApi } from '../../support/api-under-test.js';
import { temporalWith } from '../../support/canned-temporal.js';

/** A Temporal in which no workflow exists, or that fails in a way nobody foresaw. */
function emptyTemporal(fault?: Error): Client {
  const miss = async () => {
    throw fault ?? new WorkflowNotFoundError('not found', 'x', '');
  };
  return temporalWith({ query: miss, describe: miss, executeUpdate: miss });
}

const release = { service: 'checkout', version: '1.0.0', digest: digestA };
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('API edge', () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await serveApi(emptyTemporal());
  });
  after(() => api.stop());

  const table: readonly {
    readonly name: string;
    readonly method?: string;
    readonly path?: string;
    readonly token?: string | null;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
    readonly want: readonly [status: number, code: string];
    readonly header?: readonly [string, RegExp];
    readonly pointers?: readonly string[];
  }[] = [
    { name: 'unknown path', path: '/v2/x', want: [404, 'NotFound'] },
    { name: 'path with a bad escape', path: '/v1/releases/a/%zz', want: [400, 'InvalidInput'] },
    {
      name: 'other method, before the media type is looked at',
      method: 'PUT',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
      want: [405, 'MethodNotAllowed'],
      header: ['allow', /^POST, GET, HEAD$/],
    },
    {
      name: 'other method of a probe',
      method: 'DELETE',
      path: '/healthz',
      want: [405, 'MethodNotAllowed'],
      header: ['allow', /^GET, HEAD$/],
    },
    {
      name: 'other method of a name that stands where a number may',
      path: '/v1/repositories/acme/shop/stale-items/sweep',
      want: [405, 'MethodNotAllowed'],
      header: ['allow', /^POST$/],
    },
    {
      name: 'no token',
      token: null,
      want: [401, 'Unauthenticated'],
      header: ['www-authenticate', /^Bearer/],
    },
    { name: 'unknown token', token: 'slc_guess', want: [401, 'Unauthenticated'] },
    { name: 'expired token', token: secrets.expired, want: [401, 'Unauthenticated'] },
    { name: 'missing scope', token: secrets.read, body: release, want: [403, 'Forbidden'] },
    {
      name: 'entry at an environment the token is not for',
      token: secrets.staging,
      body: { ...release, from: 'production' },
      want: [403, 'Forbidden'],
    },
    {
      name: 'text body',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
      want: [415, 'UnsupportedMediaType'],
    },
    {
      name: 'other charset',
      body: '{}',
      headers: { 'content-type': 'application/json; charset=latin1' },
      want: [415, 'UnsupportedMediaType'],
    },
    { name: 'broken JSON', body: '{"a":', want: [400, 'InvalidInput'] },
    { name: 'large body', body: `"${'x'.repeat(256 * 1024)}"`, want: [413, 'PayloadTooLarge'] },
    { name: 'deep body', body: nested(33), want: [413, 'PayloadTooLarge'] },
    { name: 'very deep body', body: nested(40_000), want: [413, 'PayloadTooLarge'] },
    {
      name: 'many values',
      body: JSON.stringify(Array.from({ length: 5001 }, () => 0)),
      want: [413, 'PayloadTooLarge'],
    },
    {
      name: 'every fault of a body at once',
      body: { service: 'Check Out', version: 'v1', actor: 'eve' },
      want: [400, 'InvalidInput'],
      pointers: ['/actor', '/digest', '/service', '/version'],
    },
    {
      name: 'prototype as a field',
      body: '{"__proto__": {"service": "checkout"}}',
      want: [400, 'InvalidInput'],
    },
    {
      name: 'strategy without its environment',
      body: { ...release, strategy: 'canary' },
      want: [400, 'InvalidInput'],
      pointers: ['/strategy'],
    },
    {
      name: 'a fault deep inside a strategy, where it stands',
      body: {
        ...release,
        from: 'staging',
        strategy: { canary: { steps: [{ setWeight: 101 }, { setWait: 1 }] } },
      },
      want: [400, 'InvalidInput'],
      pointers: ['/strategy/canary/steps/0/setWeight', '/strategy/canary/steps/1/setWait'],
    },
    { name: 'no body at all', method: 'POST', want: [415, 'UnsupportedMediaType'] },
    {
      name: 'unknown environment',
      body: { ...release, from: 'moon' },
      want: [404, 'NotFound'],
      pointers: ['/from'],
    },
    { name: 'unknown service', body: { ...release, service: 'cart' }, want: [404, 'NotFound'] },
    {
      name: 'bad idempotency key',
      body: release,
      headers: { 'idempotency-key': 'a b' },
      want: [400, 'InvalidInput'],
    },
    { name: 'unknown query', path: '/v1/releases?page=2', want: [400, 'InvalidInput'] },
    { name: 'repeated query', path: '/v1/releases?limit=1&limit=2', want: [400, 'InvalidInput'] },
    { name: 'unknown phase', path: '/v1/releases?phase=Done', want: [400, 'InvalidInput'] },
    { name: 'unknown cursor', path: '/v1/releases?cursor=abcd', want: [400, 'InvalidInput'] },
    { name: 'missing release', path: '/v1/releases/checkout/9.9.9', want: [404, 'NotFound'] },
    { name: 'bad rollout number', path: '/v1/rollouts/a/b/0', want: [400, 'InvalidInput'] },
  ];
  for (const { name, method, path = '/v1/releases', want, header, pointers, ...options } of table) {
    it(`${name}: ${want.join(' ')}`, async () => {
      const verb = method ?? (options.body === undefined ? 'GET' : 'POST');
      const answer = await api.call(verb, path, options);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      const problem = problemSchema.parse(answer.body);
      assert.deepEqual([answer.status, problem.status, problem.code], [want[0], ...want]);
      assert.equal(problem.requestId, answer.headers.get('x-request-id'));
      assert.doesNotMatch(JSON.stringify(problem), /node_modules|\.ts\b|at \w+ \(/);
      if (header) assert.match(answer.headers.get(header[0]) ?? '', header[1]);
      if (pointers)
        assert.deepEqual(problem.errors?.map(({ pointer }) => pointer).sort(), pointers);
    });
  }

  it('plans without starting anything', async () => {
    const dry = await api.call('POST', '/v1/releases', { body: { ...release, dryRun: true } });
    const plan = await api.call('POST', '/v1/plan', { token: secrets.read, body: release });
    assert.deepEqual([dry.status, plan.status], [200, 200]);
    assert.deepEqual(dry.body, plan.body);
    const { stages, notes } = plan.body as {
      stages: { environment: string; gates: string[] }[];
      notes: string[];
    };
    assert.deepEqual(
      stages.map(({ environment }) => environment),
      ['staging', 'production'],
    );
    assert.deepEqual(stages[1]?.gates, ['1 approval by team:release']);
    assert.match(notes[0] ?? '', /first install/);
  });

  it('shows no sign of what it is made with, and sends what browsers need to be careful', async () => {
    const { headers } = await api.call('GET', '/docs', { token: null });
    assert.equal(headers.get('x-powered-by'), null);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });

  it('counts a token’s requests by lane: polling never stands in the way of a rescue', async () => {
    const perMinute = { read: 2, write: 1, rescue: 1 };
    const limited = await serveApi(emptyTemporal(), { limits: { ...defaultLimits, perMinute } });
    const read = () => limited.call('GET', '/v1/releases/checkout/1.0.0');
    const abort = () =>
      limited.call('POST', '/v1/releases/checkout/1.0.0/abort', { body: { reason: 'x' } });
    assert.deepEqual([(await read()).status, (await read()).status], [404, 404]);
    const third = await read();
    assert.equal(third.status, 429);
    assert.equal((third.body as Problem).code, 'RateLimited');
    assert.match(third.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal((await abort()).status, 404);
    const other = { token: secrets.staging };
    assert.equal((await limited.call('GET', '/v1/releases/a/1.0.0', other)).status, 404);
    assert.equal((await limited.call('GET', '/healthz', { token: null })).status, 200);
    await limited.stop();
  });

  it('a bug is a 500 that tells nothing, and its log holds no secret', async () => {
    const fault = new Error(`boom with ${secrets.all} inside`);
    const broken = await serveApi(emptyTemporal(fault));
    const answer = await broken.call('GET', '/v1/releases/checkout/1.0.0');
    assert.equal(answer.status, 500);
    assert.equal((answer.body as Problem).code, 'Internal');
    assert.doesNotMatch(JSON.stringify(answer.body), /boom/);
    const log = broken.log.join('');
    assert.match(log, /boom with slc_\[redacted\] inside/);
    assert.ok(!log.includes(secrets.all));
    await broken.stop();
  });

  it('the scrubber takes secrets out wherever they stand', () => {
    const line = JSON.stringify({
      deep: { er: { authorization: 'Bearer abc.def', ticket: 'a"b', list: ['slc_0123456789'] } },
    });
    assert.doesNotMatch(scrub(line), /abc\.def|a\\"b|0123456789/);
    assert.doesNotThrow(() => JSON.parse(scrub(line)));
  });

  it('what is not HTTP gets a problem and is cut off', async () => {
    const { port } = new URL(api.url);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('HELLO\r\n\r\n'));
      let received = '';
      socket.on('data', (chunk) => {
        received += String(chunk);
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    assert.match(text, /^HTTP\/1\.1 400/);
    assert.match(text, /application\/problem\+json/);
  });

  it('at shutdown readiness says no, long polls answer, and nothing is cut off', async () => {
    const view = { outcome: null };
    const described = { runId: 'r', historyLength: 1, status: { name: 'RUNNING' } };
    const handle = { query: async () => view, describe: async () => described };
    const ending = await serveApi(temporalWith(handle));
    const path = '/v1/releases/checkout/1.0.0';
    const etag = encodeURIComponent((await ending.call('GET', path)).headers.get('etag') ?? '');
    const poll = ending.call('GET', `${path}?wait=30s&since=${etag}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    ending.stopping.abort();
    assert.equal((await ending.call('GET', '/readyz')).status, 503);
    const startedAtMs = Date.now();
    const [answer] = await Promise.all([poll, ending.stop()]);
    assert.equal(answer.status, 200);
    assert.ok(Date.now() - startedAtMs < 900);
  });
});
