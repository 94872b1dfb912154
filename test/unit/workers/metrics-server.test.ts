/** One address for all metrics: what fails behind it is left out and named, and nothing else is served. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePrometheusText } from '../../../src/domain/analysis/prometheus-text.js';
import { Failure } from '../../../src/domain/failures.js';
import {
  type IsPolling,
  type ScrapeSources,
  type ServedMetrics,
  serveMetrics,
} from '../../../src/workers/metrics-server.js';
import { createRolloutMetrics } from '../../../src/workers/rollout-metrics.js';
import type { RunningRollout } from '../../../src/workers/running-rollouts.js';

const target = { service: 'checkout', environment: 'production' };
const running: RunningRollout = { target, phase: 'Holding', weight: 25, strategy: 'canary' };
const ledger = { project: 'shop', rows: 40 };
const readLedger = async () => ledger;
const free = { host: '127.0.0.1', port: 0 };

describe('the metrics address', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function serve(
    sources: Partial<ScrapeSources> = {},
    isPolling: IsPolling = () => true,
  ): Promise<ServedMetrics> {
    const metrics = createRolloutMetrics();
    const served = await serveMetrics(
      free,
      { metrics, sdkUrl: null, readRunning: async () => [running], readLedger, ...sources },
      isPolling,
    );
    stops.push(() => served.stop());
    return served;
  }

  /** An exporter beside us. */
  async function exporter(status: number, body: string): Promise<string> {
    const server: Server = createServer((_request, response) => {
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  }

  async function read({ url }: ServedMetrics) {
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const lines = parsePrometheusText(await answer.text(), url);
    const values = (name: string) =>
      lines.filter((line) => line.name === name).map(({ labels, value }) => ({ labels, value }));
    return { values };
  }

  it('shows ours and those of the SDK in one text', async () => {
    const sdkUrl = await exporter(200, '# TYPE temporal_x counter\ntemporal_x{a="b"} 3\n');
    const { values } = await read(await serve({ sdkUrl }));
    const labels = { ...target, region: '' };
    assert.deepEqual(values('sluice_rollout_phase'), [
      { labels: { ...labels, phase: 'Holding' }, value: 1 },
    ]);
    assert.deepEqual(values('sluice_rollout_weight'), [{ labels, value: 25 }]);
    assert.deepEqual(values('temporal_x'), [{ labels: { a: 'b' }, value: 3 }]);
    assert.deepEqual(values('sluice_scrape_error'), [
      { labels: { source: 'ledger' }, value: 0 },
      { labels: { source: 'visibility' }, value: 0 },
      { labels: { source: 'temporal_sdk' }, value: 0 },
    ]);
    assert.deepEqual(values('sluice_ledger_rows'), [{ labels: { project: 'shop' }, value: 40 }]);
  });

  it('shows counters all the same when visibility, ledger and SDK fail, and says so', async () => {
    let down = false;
    const readRunning = async () => {
      if (down) throw new Error('14 UNAVAILABLE');
      return [running];
    };
    // A ledger that hangs keeps no scrape waiting for long.
    const readLedger = () => (down ? new Promise<never>(() => {}) : Promise.resolve(ledger));
    const sdkUrl = await exporter(500, 'oh no');
    const served = await serve({ readRunning, readLedger, sdkUrl });
    assert.equal((await read(served)).values('sluice_rollout_phase').length, 1);
    down = true;
    const { values } = await read(served);
    assert.deepEqual(values('sluice_rollout_phase'), [], 'what is not known is not shown');
    assert.deepEqual(values('sluice_rollout_weight'), []);
    assert.ok(values('sluice_commands_total').length > 0);
    assert.deepEqual(values('sluice_scrape_error'), [
      { labels: { source: 'ledger' }, value: 1 },
      { labels: { source: 'visibility' }, value: 1 },
      { labels: { source: 'temporal_sdk' }, value: 1 },
    ]);
    assert.deepEqual(values('sluice_ledger_rows'), []);
  });

  it('says whether the worker polls, without a scrape', async () => {
    let polls = false;
    const readRunning = () => Promise.reject(new Error('asked for nothing'));
    const { url } = await serve({ readRunning }, () => polls);
    const ready = url.replace('/metrics', '/readyz');
    assert.equal((await fetch(ready)).status, 503);
    polls = true;
    const answer = await fetch(ready);
    assert.deepEqual([answer.status, await answer.text()], [200, 'polling\n']);
  });

  it('serves nothing else', async () => {
    const { url } = await serve();
    assert.equal((await fetch(url.replace('/metrics', '/'))).status, 404);
    assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
    assert.equal((await fetch(`${url}?debug=1`)).status, 200);
  });

  it('is refused where somebody else listens, naming the setting', async () => {
    const { url } = await serve();
    const taken = { host: '127.0.0.1', port: Number(new URL(url).port) };
    await assert.rejects(
      serveMetrics(
        taken,
        { metrics: createRolloutMetrics(), sdkUrl: null, readRunning: async () => [], readLedger },
        () => true,
      ),
      (error) => {
        assert.ok(error instanceof Failure && error.code === 'Conflict');
        assert.equal(error.details.where, 'SLUICE_WORKER_METRICS_ADDRESS');
        assert.equal(error.details.seen, `127.0.0.1:${taken.port}`);
        assert.ok(error.details.next);
        return true;
      },
    );
  });
});
