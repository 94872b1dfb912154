/** What the API counts: by route and never by path, each refusal by its limit, streams while they are open. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { Response } from 'express';
import type { Client } from '@temporalio/client';
import { listenForScrapes } from '../../../src/config/metrics-listener.js';
import { createApiMetrics } from '../../../src/api/api-metrics.js';
import { defaultConnections } from '../../../src/api/connections.js';
import { defaultLimits } from '../../../src/api/limits.js';
import { serve } from '../../../src/api/server.js';
import { webhookPath } from '../../../src/api/webhooks.js';
import { parsePrometheusText } from '../../../src/domain/analysis/prometheus-text.js';
import { type ApiUnderTest, serveApi } from '../../support/api-under-test.js';
import { openRaw } from '../../support/raw-http.js';

type Labels = Readonly<Record<string, string>>;

describe('metrics of the API', () => {
  const metrics = createApiMetrics(() => 250);
  let api: ApiUnderTest;
  before(async () => {
    const perMinute = { ...defaultLimits.perMinute, write: 1 };
    const limits = { ...defaultLimits, perMinute, bodyBytes: 2_000 };
    api = await serveApi({} as Client, { metrics, limits });
  });
  after(() => api.stop());

  /** The sum over all samples of a name with these labels. */
  async function value(name: string, labels: Labels = {}): Promise<number> {
    const lines = parsePrometheusText(await metrics.registry.metrics(), 'api');
    return lines
      .filter((line) => line.name === name)
      .filter((line) => Object.entries(labels).every(([key, one]) => line.labels[key] === one))
      .reduce((sum, line) => sum + line.value, 0);
  }
  /** A response is counted when it closes, which its reader does not see. */
  async function becomes(name: string, labels: Labels, wanted: number): Promise<void> {
    for (let left = 50; left > 0 && (await value(name, labels)) !== wanted; left -= 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await value(name, labels), wanted, `${name} ${JSON.stringify(labels)}`);
  }
  const requests = 'sluice_api_requests_total';

  it('counts by route with its parameters unfilled, method and class of status', async () => {
    await api.call('GET', '/healthz');
    await api.call('GET', '/v1/audit/events?limit=0');
    await becomes(requests, { method: 'GET', route: '/healthz', status: '2xx' }, 1);
    await becomes(requests, { method: 'GET', route: '/v1/audit/events', status: '4xx' }, 1);
    assert.equal(
      await value('sluice_api_request_duration_seconds_count', { route: '/healthz' }),
      1,
    );
  });

  it('has one name for everything that no route takes, whatever it is called', async () => {
    for (const path of ['/nothing/a', '/nothing/b']) await api.call('GET', path);
    await becomes(requests, { method: 'any', route: 'none', status: '4xx' }, 2);
  });

  it('counts refusals by the limit that refused', async () => {
    const body = { service: 'checkout', version: '1.0.0' };
    await api.call('POST', '/v1/plan', { body: { ...body, reason: 'x'.repeat(3_000) } });
    await becomes('sluice_api_refusals_total', { limit: 'bytes' }, 1);
    const limited = { service: 'checkout', version: '1.0.0', digest: 'x' };
    for (let n = 0; n < 3; n += 1) await api.call('POST', '/v1/releases', { body: limited });
    assert.ok((await value('sluice_api_refusals_total', { limit: 'rate' })) >= 2);
    assert.equal(await value('sluice_api_refusals_total', { limit: 'lag' }), 0);
  });

  it('counts whom a busy replica turns away, by what it lacked', async () => {
    const { atOnce } = defaultLimits;
    for (const [limit, limits, lagMs] of [
      ['places', { ...defaultLimits, atOnce: { ...atOnce, read: 0 } }, 0],
      ['lag', defaultLimits, defaultLimits.lagMs + 1],
    ] as const) {
      const busy = await serveApi({} as Client, { metrics, limits, lag: () => lagMs });
      const { status } = await busy.call('GET', '/v1/audit/events');
      await busy.stop();
      assert.equal(status, 503, limit);
      assert.equal(await value('sluice_api_refusals_total', { limit }), 1, limit);
    }
  });

  it('counts a connection that made room for another', async () => {
    const serving = await serve((_request, response) => void response.end(), {
      ...{ host: '127.0.0.1', port: 0, connections: { ...defaultConnections, most: 1 } },
      refused: () => metrics.refused('connections'),
    });
    const first = await openRaw(serving.url);
    const isCut = once(first, 'close');
    const second = await openRaw(serving.url);
    await isCut;
    second.destroy();
    await serving.stop({ lingerMs: 0, drainMs: 1000 });
    assert.equal(await value('sluice_api_refusals_total', { limit: 'connections' }), 1);
  });

  it('counts a delivery with a wrong signature as refused, and one of another form as none', async () => {
    await api.call('POST', webhookPath, { body: {} });
    const headers = {
      ...{ 'x-github-event': 'push', 'x-github-delivery': 'delivery-1' },
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    };
    await api.call('POST', webhookPath, { body: {}, headers });
    await becomes('sluice_api_webhook_deliveries_total', { outcome: 'refused' }, 1);
    await becomes('sluice_api_webhook_deliveries_total', { outcome: 'failed' }, 0);
    await becomes(requests, { route: webhookPath, status: '4xx' }, 2);
  });

  it('counts a stream for as long as it is open', async () => {
    const response = new EventEmitter();
    metrics.streams(response as Response);
    assert.equal(await value('sluice_api_streams_open'), 1);
    response.emit('close');
    assert.equal(await value('sluice_api_streams_open'), 0);
  });

  it('shows how late the process is, and nothing under way at its end', async () => {
    assert.equal(await value('sluice_api_loop_lag_seconds'), 0.25);
    await becomes('sluice_api_requests_in_flight', {}, 0);
  });

  it('is read at an address of its own, which says whether the API serves', async () => {
    let isReady = true;
    const served = await listenForScrapes(
      { host: '127.0.0.1', port: 0 },
      {
        variable: 'SLUICE_API_METRICS_ADDRESS',
        read: async () => ({
          text: await metrics.registry.metrics(),
          contentType: metrics.registry.contentType,
        }),
        readiness: () => ({ isReady, said: isReady ? 'serving' : 'shutting down' }),
      },
    );
    try {
      assert.match(await (await fetch(served.url)).text(), /sluice_api_requests_total\{/);
      const ready = served.url.replace('/metrics', '/readyz');
      assert.equal((await fetch(ready)).status, 200);
      isReady = false;
      assert.equal((await fetch(ready)).status, 503);
    } finally {
      await served.stop();
    }
  });
});
