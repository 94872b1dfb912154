/** Counters out of a Prometheus that is guarded, busy or only partly there: what is told of it, and what never is. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGuardedWeb } from '../../../src/adapters/http/guarded-web.js';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus/metric-source.js';
import { type HeaderSettings, readHeaders } from '../../../src/config/request-headers.js';
import { counterDialects } from '../../../src/domain/analysis/counter-dialect.js';
import type { Failure } from '../../../src/domain/failures.js';
import { type LocalServer, startServer } from '../http/local-server.js';

const target = { service: 'checkout', environment: 'production' };
const places = async (_target: unknown, revisions: readonly string[]) =>
  revisions.map((revision) => {
    return {
      ...{ target, namespace: 'shop', deployments: [], revision },
      service: `checkout-${revision}`,
    };
  });

const atS = 1_700_000_000;
const counted = {
  service: 'shop-checkout-b-http-80@kubernetesgateway',
  ...{ job: 'gw', instance: 'a:1', code: '200' },
};
const vector = (more: object = {}) => ({
  status: 'success',
  data: {
    resultType: 'vector',
    result: [
      {
        metric: { __name__: 'traefik_service_requests_total', ...counted },
        value: [atS, '90'],
      },
      { metric: { sluice: 'readAt', ...counted }, value: [atS, String(atS - 5)] },
    ],
  },
  ...more,
});

interface Given {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: unknown;
}

describe('a Prometheus that is guarded or busy', () => {
  let server: LocalServer;
  let folder: string;
  let given: Given;
  let asked: IncomingHttpHeaders[];
  let nowMs: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
    server = await startServer((request, response) => {
      asked.push(request.headers);
      request.resume().on('end', () => {
        response.writeHead(given.status ?? 200, given.headers ?? {});
        response.end(JSON.stringify(given.body));
      });
    });
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    asked = [];
    nowMs = atS * 1000;
    given = { body: vector() };
  });

  const open = (settings: HeaderSettings = {}, env: Record<string, string> = {}) => {
    const now = () => nowMs;
    const web = createGuardedWeb({ networks: ['127.0.0.0/8'], timeoutMs: 1000, now });
    return createPrometheusMetrics({
      ...{ url: server.base, web, dialect: counterDialects.traefik, places, now },
      headers: () => readHeaders(settings, env),
    });
  };
  const read = async (settings: HeaderSettings = {}, env: Record<string, string> = {}) => {
    const source = open(settings, env);
    try {
      return await source.readCounters(target, ['b']);
    } finally {
      await source.close();
    }
  };
  const fileOf = async (text: string) => {
    const path = join(folder, 'credential');
    await writeFile(path, text);
    return path;
  };

  it('is shown a token, a password and headers out of where they lie', async () => {
    await read({ auth: { file: await fileOf('file-token\n') } });
    await read(
      { auth: { username: 'sluice', password: { env: 'PASSWORD' } } },
      { PASSWORD: 'p w' },
    );
    const headers = { 'X-Scope-OrgID': 'shop', 'X-Api-Key': { env: 'KEY' } };
    await read({ headers }, { KEY: 'env-key' });
    assert.deepEqual(
      asked.map(({ authorization }) => authorization),
      ['Bearer file-token', `Basic ${Buffer.from('sluice:p w').toString('base64')}`, undefined],
    );
    assert.equal(asked[2]?.['x-scope-orgid'], 'shop');
    assert.equal(asked[2]?.['x-api-key'], 'env-key');
  });

  it('is shown the credential that lies there now', async () => {
    const path = await fileOf('first');
    const source = open({ auth: { file: path } });
    await source.readCounters(target, ['b']);
    await writeFile(path, 'second');
    await source.readCounters(target, ['b']);
    await source.close();
    assert.deepEqual(
      asked.map(({ authorization }) => authorization),
      ['Bearer first', 'Bearer second'],
    );
  });

  it('is not repeated where it tells what it was shown, in failures and in gaps', async () => {
    const settings: readonly [HeaderSettings, Record<string, string>][] = [
      [{ auth: { env: 'SECRET' } }, { SECRET: 'canary-token' }],
      [{ auth: { username: 'u', password: { env: 'SECRET' } } }, { SECRET: 'canary pass word' }],
      [{ headers: { 'X-Api-Key': { env: 'SECRET' } } }, { SECRET: 'canary key' }],
    ];
    for (const [setting, env] of settings) {
      const wrapped = Buffer.from(`u:${env['SECRET']}`).toString('base64');
      const error = `who is ${env['SECRET']} or ${wrapped}?`;
      given = { status: 401, body: { status: 'error', error } };
      await assert.rejects(read(setting, env), (failure: Failure) => {
        assert.match(failure.message, /answered 401: who is …/);
        assert.doesNotMatch(JSON.stringify([failure.message, failure.details]), /canary|pass|key/);
        if (setting.auth && 'username' in setting.auth) {
          assert.ok(!failure.message.includes(wrapped));
        }
        return true;
      });
      given = { body: vector({ warnings: [`store refused ${env['SECRET']}`] }) };
      const [warned] = await read(setting, env);
      assert.match(warned?.gap ?? '', /warns: store refused …$/);
    }
  });

  it('is not asked without its credential, which is named by where it should lie', async () => {
    const missing = join(folder, 'nowhere');
    await assert.rejects(read({ auth: { file: missing } }), (failure: Failure) => {
      assert.equal(failure.code, 'InvalidInput');
      assert.equal(failure.details.where, missing);
      return true;
    });
    await assert.rejects(read({ headers: { 'X-Api-Key': { env: 'NO_KEY' } } }), /NO_KEY/);
    assert.equal(asked.length, 0);
  });

  it('leaves a gap where it says that its answer is partial, and what is counted counts', async () => {
    given = { body: vector({ isPartial: true }) };
    const [partial] = await read();
    assert.equal(partial?.instances[0]?.requests, 90);
    assert.match(partial?.gap ?? '', /warns: the answer is partial/);
    given = { body: vector({ isPartial: false, warnings: [] }) };
    assert.equal((await read())[0]?.gap, undefined);
  });

  for (const status of [429, 503]) {
    it(`is left alone for as long as it asks with ${status}, and then asked again`, async () => {
      given = { status, headers: { 'retry-after': '7' }, body: {} };
      const source = open();
      await assert.rejects(source.readCounters(target, ['b']), new RegExp(`answered ${status}`));
      given = { body: vector() };
      nowMs += 6_900;
      await assert.rejects(source.readCounters(target, ['b']), (failure: Failure) => {
        assert.equal(failure.code, 'Unavailable');
        assert.match(failure.message, /asked to be left alone for another 1 s/);
        assert.equal(failure.details.retryAfterMs, 100);
        return true;
      });
      assert.equal(asked.length, 1);
      nowMs += 100;
      const [back] = await source.readCounters(target, ['b']);
      assert.equal(back?.instances[0]?.requests, 90);
      assert.equal(asked.length, 2);
      await source.close();
    });
  }
});
