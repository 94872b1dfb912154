/** Direct scrapes of a gateway: one process, several, and some that do not answer. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGatewayMetrics } from '../../../src/adapters/kubernetes/gateway-metrics.js';
import { createSharedReads } from '../../../src/adapters/sampler/shared-reads.js';
import type { ResolveName } from '../../../src/adapters/kubernetes/process-addresses.js';
import { counterDialects } from '../../../src/domain/analysis/counter-dialect.js';
import { Failure } from '../../../src/domain/failures.js';
import type { RevisionPlaces } from '../../../src/ports/metric-source.js';

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

const exposed = (good: number, bad: number, startedAtS: number) => {
  const labels = (code: number) =>
    `{code="${code}",service="shop-checkout-b-http-80@kubernetesgateway"}`;
  return `traefik_service_requests_total${labels(200)} ${good}
traefik_service_requests_total${labels(500)} ${bad}
process_start_time_seconds ${startedAtS}\n`;
};

describe('metrics of the gateway', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A gateway process at this address, whose hosts asked for are noted. */
  async function gatewayAt(address: string, text: string, port = 0, hosts: string[] = []) {
    const server = createServer((request, response) => {
      hosts.push(request.headers.host ?? '');
      response.writeHead(text === '' ? 500 : 200).end(text);
    });
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  async function read(scrape: readonly string[], resolve?: ResolveName) {
    const counters = counterDialects.traefik;
    const source = createGatewayMetrics({
      ...{ scrape, counters, places },
      ...(resolve === undefined ? {} : { resolve }),
    });
    try {
      const [found, none] = await source.readCounters(target, ['b', 'c']);
      assert.deepEqual(none?.instances, []);
      assert.equal(none.source, scrape.join(', '));
      return found;
    } finally {
      await source.close();
    }
  }

  const numbersOf = (found: Awaited<ReturnType<typeof read>>) =>
    found?.instances.map(({ instance, requests, errors }) => [instance, requests, errors]);

  it('are one pseudo-instance of each process that counts', async () => {
    const port = await gatewayAt('127.0.0.1', exposed(90, 7, 1700000000));
    const found = await read([`http://127.0.0.1:${port}/metrics`]);
    assert.deepEqual(numbersOf(found), [[`checkout-b@127.0.0.1:${port}@1700000000`, 97, 7]]);
    assert.equal(found?.gap, undefined);
  });

  it('are read from every URL of a list', async () => {
    const one = await gatewayAt('127.0.0.1', exposed(90, 0, 1));
    const two = await gatewayAt('127.0.0.1', exposed(10, 5, 2));
    const found = await read([`http://127.0.0.1:${one}/`, `http://127.0.0.1:${two}/`]);
    assert.deepEqual(numbersOf(found), [
      [`checkout-b@127.0.0.1:${one}@1`, 90, 0],
      [`checkout-b@127.0.0.1:${two}@2`, 15, 5],
    ]);
  });

  it('are read from every address of a name, each pod once, by its own name', async () => {
    const hosts: string[] = [];
    const port = await gatewayAt('127.0.0.1', exposed(90, 0, 1), 0, hosts);
    await gatewayAt('127.0.0.2', exposed(10, 5, 1), port, hosts);
    const found = await read([`http://gateway.test:${port}/metrics`], async (host) => {
      assert.equal(host, 'gateway.test');
      // A dual-stack Service has two addresses for each of its pods.
      return ['127.0.0.1', '127.0.0.2', '::1', '::2'].map((address) => {
        return { address, family: address.includes(':') ? 6 : 4 };
      });
    });
    assert.deepEqual(numbersOf(found), [
      ['checkout-b@127.0.0.1@1', 90, 0],
      ['checkout-b@127.0.0.2@1', 15, 5],
    ]);
    assert.deepEqual(new Set(hosts), new Set([`gateway.test:${port}`]));
  });

  it('have a gap while one of several processes does not answer', async () => {
    const one = await gatewayAt('127.0.0.1', exposed(10, 5, 1));
    const two = await gatewayAt('127.0.0.1', '');
    const found = await read([`http://127.0.0.1:${one}/`, `http://127.0.0.1:${two}/`]);
    assert.deepEqual(numbersOf(found), [[`checkout-b@127.0.0.1:${one}@1`, 15, 5]]);
    assert.match(found?.gap ?? '', new RegExp(`127.0.0.1:${two}/ gives no metrics: .* 500`));
  });

  it('are scraped once for all rollouts that watch at the same time, and say of when they are', async () => {
    const hosts: string[] = [];
    const port = await gatewayAt('127.0.0.1', exposed(90, 7, 1), 0, hosts);
    const shared = createSharedReads({ source: 'gateway', perSecond: 20 });
    const scrape = [`http://127.0.0.1:${port}/`];
    const counters = counterDialects.traefik;
    const source = createGatewayMetrics({ scrape, counters, places, shared });
    const watchers = Array.from({ length: 30 }, (_, n) => ({ ...target, region: `r${n}` }));
    const all = await Promise.all(watchers.map((one) => source.readCounters(one, ['b'])));
    for (const [found] of all) assert.equal(found?.instances[0]?.requests, 97);
    const lookedAtMs = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [kept] = await source.readCounters(target, ['b']);
    assert.ok((kept?.instances[0]?.asOfMs ?? Number.POSITIVE_INFINITY) <= lookedAtMs);
    assert.equal(hosts.length, 1);
    await source.close();
  });

  it('are a silent gateway where its budget is used up', async () => {
    const port = await gatewayAt('127.0.0.1', exposed(90, 7, 1));
    const shared = createSharedReads({
      ...{ source: 'platform/eu', perSecond: 1, keptMs: 0, longestWaitMs: 50 },
    });
    const scrape = [`http://127.0.0.1:${port}/`];
    const counters = counterDialects.traefik;
    const source = createGatewayMetrics({ scrape, counters, places, shared });
    await source.readCounters(target, ['b']);
    await assert.rejects(
      source.readCounters(target, ['b']),
      /gives no metrics: platform\/eu was not asked: its budget of 1 reads a second is used up/,
    );
    await source.close();
  });

  it('are unavailable when none answers, or the name leads nowhere', async () => {
    const port = await gatewayAt('127.0.0.1', '');
    const isNamed = (name: RegExp) => (error: unknown) =>
      error instanceof Failure && error.code === 'Unavailable' && name.test(error.message);
    await assert.rejects(read([`http://127.0.0.1:${port}/`]), isNamed(/127\.0\.0\.1.* 500/));
    const nowhere: ResolveName = async () => {
      throw Object.assign(new Error(), { code: 'ENOTFOUND' });
    };
    await assert.rejects(read(['http://gone.test/'], nowhere), isNamed(/gone\.test.*ENOTFOUND/));
  });
});
