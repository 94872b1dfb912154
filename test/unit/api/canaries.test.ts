/** Secrets that strayed: planted wherever a request has room for one, and looked for in all that comes out. */
import assert from 'node:assert/strict';
import { ServiceError } from '@temporalio/client';
import type { Problem } from '../../../src/api/schemas/problem.js';
import { type ApiUnderTest, digestA, secrets, serveApi } from '../../support/api-under-test.js';
import { openEvents } from '../../support/events.js';
import { startMemoryTemporal } from '../../support/memory-temporal.js';

const kinds: Readonly<Record<string, readonly [text: string, canary: string]>> = {
  'token of ours': ['slc_CANARYcanary0123456789abcdefghij', 'CANARY'],
  'short token': ['slc_ci_eyJhbGciOiJIUzI1NiJ9.CANARYpayload.CANARYsignature', 'CANARY'],
  'token of a job': ['eyJhbGciOiJSUzI1NiJ9CANARY.CANARYpayload.CANARYsignature', 'CANARY'],
  'token of an App': ['ghs_CANARY0123456789abcdefghijklmnopqrst', 'CANARY'],
  'personal token': ['github_pat_CANARY0123456789_abcdefghijkl', 'CANARY'],
  'token of Slack': ['xoxb-CANARY-0123456789-abcdefghij', 'CANARY'],
  'private key': ['-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----', 'CANARY'],
};

const release = { service: 'checkout', version: '1.0.0', digest: digestA };
const path = '/v1/releases/checkout/1.0.0';

interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const inHeader = (text: string) => text.replaceAll('\n', ' ');
const places: Readonly<Record<string, (text: string) => Request>> = {
  'bearer of nobody': (text) => ({ token: inHeader(text) }),
  'request id': (text) => ({ headers: { 'x-request-id': inHeader(text) } }),
  'idempotency key': (text) => ({
    ...{ method: 'POST', path: '/v1/releases', body: { ...release, from: 'moon' } },
    headers: { 'idempotency-key': `${inHeader(text)} x` },
  }),
  'content type': (text) => ({
    ...{ method: 'POST', path: '/v1/releases', body: 'x' },
    headers: { 'content-type': `text/${inHeader(text).replaceAll(' ', '-')}` },
  }),
  'path of nothing': (text) => ({ path: `/v1/${encodeURIComponent(text)}` }),
  'name in a path': (text) => ({ path: `/v1/releases/${encodeURIComponent(text)}/1.0.0` }),
  'unknown query': (text) => ({ path: `/v1/releases?${encodeURIComponent(text)}=1` }),
  'value of a query': (text) => ({ path: `/v1/releases?phase=${encodeURIComponent(text)}` }),
  cursor: (text) => ({ path: `/v1/releases?cursor=${encodeURIComponent(text)}` }),
  'field of a body': (text) => ({
    ...{ method: 'POST', path: '/v1/releases', body: { ...release, service: text } },
  }),
  'reason that would be kept': (text) => ({
    ...{ method: 'POST', path: '/v1/releases', body: { ...release, reason: `because ${text}` } },
  }),
  'name of an unknown field': (text) => ({
    ...{ method: 'POST', path: '/v1/releases', body: { ...release, [text]: 1 } },
  }),
  'broken JSON': (text) => ({ method: 'POST', path: '/v1/releases', body: `{"a": ${text}` }),
};

describe('secrets that strayed', () => {
  let api: ApiUnderTest;
  let fault: Error | null = null;
  const memory = startMemoryTemporal(undefined, ({ input }) => {
    if (fault !== null) throw fault;
    return input as object;
  });
  before(async () => {
    api = await serveApi(memory.client);
    await api.call('POST', '/v1/releases', { body: release });
  });
  after(() => api.stop());
  const out = ({ body, headers }: { body: unknown; headers: Headers }) =>
    [JSON.stringify(body), JSON.stringify([...headers]), ...api.log].join('\n');

  let count = 0;
  for (const [kind, [text, canary]] of Object.entries(kinds)) {
    for (const [place, plant] of Object.entries(places)) {
      count += 1;
      it(`${kind} as ${place} comes out nowhere and is kept nowhere`, async () => {
        const { method = 'GET', path: asked = path, ...options } = plant(text);
        const answer = await api.call(method, asked, options);
        assert.ok(!out(answer).includes(canary), out(answer).slice(-600));
        assert.ok(!JSON.stringify([...memory.runs]).includes(canary));
      });
    }
    it(`${kind} in what Temporal says, or in a view, comes out nowhere`, async () => {
      const cause = Object.assign(new Error(`down ${text}`), { code: 14, details: text });
      for (const thrown of [new ServiceError(text, { cause }), new Error(`bug ${text}`)]) {
        fault = thrown;
        assert.ok(!out(await api.call('GET', path)).includes(canary));
      }
      fault = null;
      const events = await openEvents(`${api.url}${path}/events?for=100ms`, secrets.read);
      await events.drain();
      assert.ok(!events.text().includes(canary));
    });
  }

  it('are looked for in enough places, and a refused one is named by its place', async () => {
    assert.ok(count >= 50, `${count}`);
    const body = { ...release, reason: 'ghs_CANARY0123456789abcdefghijklmnopqrst' };
    const answer = await api.call('POST', '/v1/releases', { body });
    const problem = answer.body as Problem;
    assert.deepEqual([answer.status, problem.where], [400, '/reason']);
    const known = await api.call('POST', '/v1/releases', {
      body: { ...release, reason: 'Bearer' },
    });
    assert.equal(known.status, 202, 'a word is no secret');
  });
});
