/** The control API's manners: who may enter, what is refused, and how that is said. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../../src/domain/failures.js';
import { emptySplit } from '../../../src/domain/rollout/split.js';
import { createApi } from '../../../src/playground/api.js';
import type { Platform } from '../../../src/playground/platform.js';

describe('playground control API', () => {
  let server: Server;
  let base: string;
  const logged: string[] = [];
  let applySplit: Platform['applySplit'] = async () => emptySplit;

  before(async () => {
    const platform: Platform = {
      applyRevision: async () => undefined,
      applySplit: (...request) => applySplit(...request),
      removeRevision: async () => undefined,
      replaceInstance: () => undefined,
      read: () => {
        throw new Error('a bug with a secret in its text');
      },
      list: () => [],
      close: async () => undefined,
    };
    const api = createApi({
      platform,
      metrics: async () => 'up 1\n',
      isAuthorized: (header) => header === 'Bearer right',
      log: (line) => logged.push(line),
    });
    server = createServer(api).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  const ask = async (path: string, request: RequestInit = {}, token = 'right') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(base + path, { headers, ...request });
    const text = await answer.text();
    const problem = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: answer.status, type: answer.headers.get('content-type'), text, problem };
  };
  const splitPath = '/v1/targets/checkout:production/split';
  const split = { stable: 'a', candidate: null, weight: 0, headerRoute: null };
  const intent = { fence: { rollout: 1, sequence: 1 }, key: 'x' };

  it('asks for the token everywhere but at /healthz', async () => {
    assert.equal((await ask('/healthz', {}, 'wrong')).status, 200);
    for (const path of ['/metrics', '/v1/targets', splitPath, '/nowhere']) {
      const { status, problem } = await ask(path, {}, 'wrong');
      assert.equal(status, 401, path);
      assert.equal(problem['code'], 'Unauthenticated');
    }
    assert.equal((await ask('/metrics')).text, 'up 1\n');
  });

  const put = (body: unknown) => {
    return { method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) };
  };
  const rows: [string, string, RequestInit, number, string][] = [
    ['broken JSON', splitPath, put('{'), 400, 'InvalidInput'],
    ['an unknown field', splitPath, put({ split, intent, more: 1 }), 400, 'InvalidInput'],
    [
      'a weight of a half',
      splitPath,
      put({ split: { ...split, weight: 0.5 }, intent }),
      400,
      'InvalidInput',
    ],
    ['no target', '/v1/targets/UPPER/split', put({ split, intent }), 400, 'InvalidInput'],
    ['too much', splitPath, put(`"${'x'.repeat(300_000)}"`), 413, 'PayloadTooLarge'],
    ['an unknown path', '/v2', {}, 404, 'NotFound'],
  ];
  for (const [name, path, request, status, code] of rows) {
    it(`refuses ${name} with ${status}`, async () => {
      const answer = await ask(path, request);
      assert.equal(answer.status, status);
      assert.equal(answer.problem['code'], code);
      assert.match(answer.type ?? '', /^application\/problem\+json/);
    });
  }

  it('names every field that is wrong at once', async () => {
    const { problem } = await ask(splitPath, put({ split: { ...split, weight: 101 } }));
    const faults = problem['faults'] as { where: string }[];
    assert.deepEqual(
      new Set(faults.map(({ where }) => where)),
      new Set(['split.weight', 'intent']),
    );
  });

  it('passes on what a failure knows', async () => {
    applySplit = async () => {
      throw new Failure('StaleWrite', 'newer there', { seen: '1.1', limit: '1.2', where: 'x' });
    };
    const { status, problem } = await ask(splitPath, put({ split, intent }));
    assert.equal(status, 409);
    assert.deepEqual(
      [problem['code'], problem['detail'], problem['seen'], problem['limit'], problem['where']],
      ['StaleWrite', 'newer there', '1.1', '1.2', 'x'],
    );
  });

  it('keeps the text of a bug in its log', async () => {
    const { status, text } = await ask('/v1/targets/checkout:production');
    assert.equal(status, 500);
    assert.ok(!text.includes('secret'));
    assert.match(logged.join('\n'), /a bug with a secret/);
  });
});
