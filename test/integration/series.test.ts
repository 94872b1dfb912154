/** Series that a user names, on a real Temporal server: they turn a rollout back, or are reported, or hold it when they are silent. */
import assert from 'node:assert/strict';
import { createPrometheusSeries } from '../../src/adapters/prometheus/series-source.js';
import type { HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { SeriesMetric } from '../../src/domain/series/series.js';
import type { SeriesSource } from '../../src/ports/series-source.js';
import { aCanary, aRevision, health } from '../support/builders.js';
import { localWeb } from '../support/local-web.js';
import { type Scene, startScene } from '../support/rollout-driver.js';
import { type LocalServer, startServer } from '../unit/http/local-server.js';

const lag: SeriesMetric = {
  ...{ name: 'queue-lag', source: 'prom', worse: 'higher', margin: 5, weight: 1 },
  query: 'max by (pod) (queue_lag{app="{{service}}",revision="{{revision}}"})',
  ...{ dryRun: false, everyMs: 50 },
};

const watching = (metric: SeriesMetric): HealthPolicy => ({ ...health, series: [metric] });

let server: LocalServer;
let source: SeriesSource;
let scene: Scene;
/** Of a query of the candidate; null: the server fails. */
let candidateLag: number | null = 20;
const queries = new Set<string>();

before(async () => {
  let told = 0;
  server = await startServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const query = new URLSearchParams(text).get('query') ?? '';
      queries.add(query);
      told += 1;
      if (candidateLag === null) return void response.writeHead(500).end();
      const value = (query.includes('1.1.0') ? candidateLag : 20) + (told % 4);
      const result = [{ metric: { pod: 'a' }, value: [Date.now() / 1000, String(value)] }];
      const data = { resultType: 'vector', result };
      return void response.end(JSON.stringify({ status: 'success', data }));
    });
  });
  source = createPrometheusSeries({ url: server.base, web: localWeb() });
  scene = await startScene({ series: { prom: source } });
});
after(async () => {
  await scene.stop();
  await source.close();
  await server.close();
});

async function endOf(policy: HealthPolicy, forMs: number) {
  const site = await scene.installed();
  const id = await scene.begin(site, { strategy: aCanary([50], forMs), health: policy });
  const result = await scene.operator.rolloutResult(id);
  const { verdict } = await scene.operator.rolloutView(id);
  return { site, result, verdict };
}

describe('a rollout whose queue lag', () => {
  it('is worse than stable’s rolls back, and names it', async () => {
    candidateLag = 60;
    const { site, result } = await endOf(watching(lag), 20_000);
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(
      result.reason,
      /queue-lag is 6\d.*, stable's 2\d.* over \d+ values, higher by 5 allowed: worse by .*; asked prom: max by \(pod\)/,
    );
    const back = await scene.operator.splitOf(site.target);
    assert.deepEqual(back, stableOnly(revisionName(aRevision('1.0.0'))));
    const { service } = site.target;
    for (const version of ['1.0.0', '1.1.0']) {
      const revision = revisionName(aRevision(version));
      assert.ok(queries.has(`max by (pod) (queue_lag{app="${service}",revision="${revision}"})`));
    }
  });

  it('is worse in a dry run is promoted, and the verdict reports it', async () => {
    candidateLag = 60;
    const { result, verdict } = await endOf(watching({ ...lag, dryRun: true }), 3_000);
    assert.equal(result.outcome, 'promoted', result.reason);
    const told = verdict?.evidence.find(({ check }) => check === 'series');
    assert.match(told?.sentence ?? '', /queue-lag is 6\d.*dry run/);
  });

  it('is as stable’s is promoted', async () => {
    candidateLag = 20;
    const { result } = await endOf(watching(lag), 3_000);
    assert.equal(result.outcome, 'promoted', result.reason);
  });

  it('cannot be read is never promoted, and the query is named', async () => {
    candidateLag = null;
    const policy = { ...watching(lag), onNoData: 'rollBack' } as const;
    const { result } = await endOf(policy, 500);
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(
      result.reason,
      /queue-lag has no value: Prometheus http.* answered 500; asked: max by/,
    );
  });
});
