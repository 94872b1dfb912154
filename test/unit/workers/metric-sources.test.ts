/** Metric sources as a worker has them: by their names, with credentials from its environment, and only where it may ask. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { parseProject } from '../../../src/config/project.js';
import { loadSettings } from '../../../src/config/settings.js';
import { Failure } from '../../../src/domain/failures.js';
import type { SeriesContext } from '../../../src/ports/series-source.js';
import { connectAdapters } from '../../../src/workers/adapters.js';
import { type LocalServer, startServer } from '../http/local-server.js';

const secret = 'a-secret-of-the-worker';
const context: SeriesContext = {
  candidate: { service: 'checkout', environment: 'production', revision: 'b', instances: [] },
  stable: { service: 'checkout', environment: 'production', revision: 'a', instances: [] },
};

describe('metric sources of a worker', () => {
  let server: LocalServer;
  let folder: string;
  let received: IncomingHttpHeaders[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-sources-'));
    writeFileSync(join(folder, 'approval.key'), 'k'.repeat(64), { mode: 0o600 });
    process.env.SLUICE_TEST_METRICS_KEY = secret;
    server = await startServer((request, response) => {
      received.push(request.headers);
      const result = [{ metric: {}, value: [1, '2'] }];
      const data = { resultType: 'vector', result };
      request.resume().on('end', () => {
        response.end(JSON.stringify({ status: 'success', lag: 1, data }));
      });
    });
  });
  beforeEach(() => {
    received = [];
  });
  after(async () => {
    delete process.env.SLUICE_TEST_METRICS_KEY;
    await server.close();
    rmSync(folder, { recursive: true });
  });

  function seriesOf(env: Readonly<Record<string, string>>) {
    const key = '{env: SLUICE_TEST_METRICS_KEY}';
    const missing = '{env: SLUICE_TEST_NO_SUCH_KEY}';
    const text = `apiVersion: sluice/v1
project: shop
platforms: {local: {kind: playground, url: 'http://127.0.0.1:1', token: {file: /nowhere}}}
metricSources:
  prom: {kind: prometheus, url: '${server.base}', auth: ${key}}
  shop: {kind: json, url: '${server.base}/api', headers: {X-Api-Key: ${key}, X-Scope-OrgID: shop}}
  blind: {kind: json, url: '${server.base}/api', auth: ${missing}}
  dog: {kind: datadog, apiKey: ${missing}, applicationKey: ${key}}
  relic: {kind: newrelic, account: 1, apiKey: ${missing}}
  aws: {kind: cloudwatch, region: eu-central-1, keys: {accessKeyId: ${missing}, secretAccessKey: ${key}}}
services: {checkout: {workload: {command: [node]}}}
environments: {production: {platform: local}}
`;
    const settings = loadSettings({
      ...{ SLUICE_PLAYGROUND_URL: 'http://127.0.0.1:1', SLUICE_PLAYGROUND_TOKEN_FILE: '/nowhere' },
      ...{ SLUICE_DATA_DIR: folder, ...env },
    });
    const project = parseProject(text, '/shop/sluice.yaml');
    return connectAdapters(settings, project, {} as Client).series ?? {};
  }

  const json = { path: '/lag?v={{revision}}', value: '$.lag' };
  const promql = 'lag{v="{{revision}}"}';
  const here = { SLUICE_PRIVATE_NETWORKS: '127.0.0.0/8' };

  it('are asked with what its environment holds', async () => {
    const series = seriesOf(here);
    const fromShop = await series.shop?.readSeries(json, context);
    assert.deepEqual([fromShop?.candidate, fromShop?.stable], [[1], [1]]);
    assert.equal(received[0]?.['x-api-key'], secret);
    assert.equal(received[0]['x-scope-orgid'], 'shop');
    const fromProm = await series.prom?.readSeries(promql, context);
    assert.deepEqual(fromProm?.candidate, [2]);
    assert.equal(received.at(-1)?.authorization, `Bearer ${secret}`);
  });

  it('are not asked in a private network that nobody opened', async () => {
    const series = seriesOf({});
    for (const [name, query] of [
      ['prom', promql],
      ['shop', json],
    ] as const) {
      await assert.rejects(
        series[name]?.readSeries(query, context) ?? Promise.resolve(),
        (error) => {
          assert.ok(error instanceof Failure);
          assert.match(
            error.message,
            /was not asked: 127\.0\.0\.1 is not an address that may be called/,
          );
          assert.match(error.details.next ?? '', /SLUICE_PRIVATE_NETWORKS/);
          return true;
        },
      );
    }
    assert.deepEqual(received, []);
  });

  it('name the credential that is missing, and connect nowhere', async () => {
    const series = seriesOf(here);
    const dimensions = { Version: '{{revision}}' };
    const metric = { namespace: 'Shop', metric: 'Lag', statistic: 'Average', periodMs: 60_000 };
    for (const [name, query] of [
      ['blind', json],
      ['dog', 'avg:lag{version:{{revision}}}'],
      ['relic', "SELECT max(lag) FROM Q WHERE v = '{{revision}}'"],
      ['aws', { ...metric, dimensions }],
    ] as const) {
      await assert.rejects(
        series[name]?.readSeries(query, context) ?? Promise.resolve(),
        /environment variable SLUICE_TEST_NO_SUCH_KEY is not there or empty/,
        name,
      );
    }
    assert.deepEqual(received, []);
  });
});
