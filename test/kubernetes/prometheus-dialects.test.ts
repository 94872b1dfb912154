/** What each data plane exposes, scraped by a real Prometheus and asked for by the one query of a look. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPrometheusMetrics } from '../../src/adapters/prometheus/metric-source.js';
import {
  type CounterDialect,
  counterDialects,
  customDialect,
} from '../../src/domain/analysis/counter-dialect.js';
import type { RevisionCounters } from '../../src/domain/analysis/sample.js';
import type { RevisionPlaces } from '../../src/ports/metric-source.js';
import { type Bed, prometheusUrl, startBed, targetsFolder } from '../bed/bed.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { within } from '../support/kubernetes.js';
import { localWeb } from '../support/local-web.js';
import { expositions } from '../unit/analysis/expositions.js';
import { type LocalServer, startServer } from '../unit/http/local-server.js';

const target = { service: 'checkout', environment: 'production' };
const revision = '1.1.0-4f2a9c1b';
const places: RevisionPlaces = async () =>
  ['checkout-b', 'checkout-z'].map((service) => {
    const own = service === 'checkout-b' ? revision : '9.9.9-00000000';
    return { target, namespace: 'shop', service, deployments: [service], revision: own };
  });
const own = customDialect({
  ...{ requests: 'acme_calls_total', errors: { outcome: 'error|timeout' } },
  ...{ durations: 'acme_call_seconds_bucket', unit: 's' },
  labels: { ns: '{namespace}', app: '{service}|{revision}' },
});
/** By how many processes it counts. */
const dialects: readonly [CounterDialect, number][] = [
  [counterDialects.traefik, 1],
  [counterDialects.istio, 2],
  [counterDialects['istio-ambient'], 1],
  [counterDialects['ingress-nginx'], 1],
  [counterDialects.contour, 1],
  [counterDialects['envoy-gateway'], 1],
  [counterDialects.linkerd, 2],
  [counterDialects.pods, 2],
  [own, 1],
];

describeOnBed('the query of each dialect', function () {
  this.timeout(60_000);
  let bed: Bed;
  let server: LocalServer;
  let file: string;
  let isSilent = false;
  before(async () => {
    bed = await startBed();
    server = await startServer((request, response) => {
      const text = expositions[(request.url ?? '').slice(1)] ?? '';
      response.writeHead(isSilent ? 500 : 200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(`${text}\n`);
    });
    file = join(bed.folder, targetsFolder, 'dialects.json');
    const targets = dialects.map(([{ name }]) => ({
      targets: [`127.0.0.1:${server.port}`],
      labels: { __metrics_path__: `/${name}`, instance: name },
    }));
    writeFileSync(file, JSON.stringify(targets));
  });
  after(async () => {
    if (file) rmSync(file);
    await server?.close();
  });

  async function ask(dialect: CounterDialect): Promise<readonly RevisionCounters[]> {
    const source = createPrometheusMetrics({
      url: prometheusUrl,
      web: localWeb(),
      dialect,
      places,
    });
    try {
      return await source.readCounters(target, [revision, '9.9.9-00000000']);
    } finally {
      await source.close();
    }
  }

  for (const [dialect, processes] of dialects) {
    it(`finds what ${dialect.name} counted of a revision, and when`, async () => {
      let found: readonly RevisionCounters[] = [];
      await within('Prometheus has scraped it', 20_000, async () => {
        found = await ask(dialect);
        return (found[0]?.instances.length ?? 0) > 0;
      });
      const [{ instances, gap } = assert.fail(), none] = found;
      assert.equal(instances.length, processes);
      assert.equal(gap, undefined);
      const sum = (of: (one: (typeof instances)[number]) => number) =>
        instances.reduce((total, one) => total + of(one), 0);
      assert.deepEqual(
        [
          sum(({ requests }) => requests),
          sum(({ errors }) => errors),
          sum(({ buckets }) => buckets[0]?.count ?? 0),
          sum(({ buckets }) => buckets[1]?.count ?? 0),
        ],
        [100, 7, 80, 95],
      );
      const ages = instances.map(({ asOfMs = 0 }) => Date.now() - asOfMs);
      assert.ok(
        ages.every((ageMs) => ageMs >= 0 && ageMs < 3000),
        `${ages.join()} ms old`,
      );
      const begun = instances.every(({ instance }) => /@17\d{8}$/.test(instance));
      assert.equal(begun, dialect.started !== null);
      assert.deepEqual(none?.instances, []);
      assert.match(none.source ?? '', new RegExp(dialect.requests));
    });
  }

  it('finds nothing fresh of a process that is not scraped any more', async () => {
    isSilent = true;
    await sleep(3000);
    const sinceMs = Date.now() - 2000;
    for (const [dialect] of dialects) {
      const [found] = await ask(dialect);
      assert.deepEqual(
        found?.instances.filter(({ asOfMs = sinceMs }) => asOfMs >= sinceMs),
        [],
        dialect.name,
      );
    }
  });
});
