/** One release is one trace: from the request through workflows and activities down to what adapters ask of others. */
import assert from 'node:assert/strict';
import { Client } from '@temporalio/client';
import { loadTracing } from '../../src/adapters/opentelemetry/load-tracing.js';
import { createDataConverter } from '../../src/adapters/temporal/temporal-access.js';
import { tracedClient } from '../../src/adapters/temporal/traced-client.js';
import { placeOf } from '../../src/domain/trace.js';
import type { Tracing } from '../../src/ports/tracing.js';
import { type ApiUnderTest, digestA, secrets, serveApi } from '../support/api-under-test.js';
import { anEnvironment, workload } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator } from '../support/operator.js';
import {
  type SeenSpan,
  startTraceCollector,
  type TraceCollector,
} from '../support/trace-collector.js';

const caller = { traceparent: `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01` };
/** In the header of a request, in its query, and in what a workload is given. */
const canaries = [
  secrets.all,
  'canary-of-a-query',
  'canary-of-a-workload',
  'slc_canary-of-a-state',
];

const key = { id: 'one', secret: new Uint8Array(32).fill(1) };

// What is handed from one to the next in headers has to be found in encrypted ones, too.
for (const keys of [null, [key]]) {
  describe(`${keys === null ? 'a' : 'an encrypted'} release as a trace`, function () {
    this.timeout(180_000);
    let collector: TraceCollector;
    let engine: EngineUnderTest;
    let operator: Operator;
    let api: ApiUnderTest;
    let tracings: readonly Tracing[] = [];
    const environment = { ...process.env };

    before(async () => {
      collector = await startTraceCollector();
      // The SDK of OpenTelemetry reads them by itself.
      process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
      process.env.OTEL_RESOURCE_ATTRIBUTES = 'deployment.environment.name=test';
      const load = async (service: string): Promise<Tracing> => {
        const tracing = await loadTracing(process.env, {
          service,
          onTrouble: (message) => assert.fail(message),
        });
        return tracing ?? assert.fail('traces were wished for');
      };
      const [ofApi, ofWorker] = [await load('sluice-api'), await load('sluice-worker')];
      tracings = [ofApi, ofWorker];
      // Without a cache every workflow task replays all that was before it.
      const encrypting = keys && { dataConverter: await createDataConverter(async () => keys) };
      engine = await startEngine({ tracing: ofWorker, maxCachedWorkflows: 0, ...encrypting });
      operator = createOperator(engine);
      const { connection } = engine.environment;
      api = await serveApi(new Client({ connection, ...tracedClient(ofApi), ...encrypting }), {
        tracing: ofApi,
        resolvePipeline: async (service) => ({
          ...{ project: 'shop', service, sha256: 'c'.repeat(64) },
          environments: [
            anEnvironment('staging'),
            anEnvironment('production', {
              workload: { ...workload, env: { TOLD: canaries[2] ?? '' } },
            }),
          ],
        }),
      });
    });
    after(async () => {
      process.env = environment;
      await api?.stop();
      await engine?.stop();
      await collector?.stop();
    });

    it('is one tree beneath the request, with nothing twice and no secret', async () => {
      const service = operator.freshService();
      const answer = await api.call('POST', '/v1/releases', {
        body: { service, version: '1.4.0', digest: digestA },
        headers: {
          ...caller,
          tracestate: 'vendor=slc_canary-of-a-state',
          'x-request-id': 'asked-once',
        },
      });
      assert.equal(answer.status, 202, JSON.stringify(answer.body));
      await api.call('GET', '/v1/releases?phase=canary-of-a-query');
      const id = `release:${service}:1.4.0`;
      assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
      await engine.stopWorkers();
      await Promise.all(tracings.map((tracing) => tracing.close()));

      const { traceId, spanId: callerId } = placeOf(caller) ?? assert.fail();
      const shown = treeOf(collector.spans);
      const spans = collector.spans.filter((span) => span.traceId === traceId);
      assert.deepEqual(
        collector.spans.filter((span) => span.traceId !== traceId).map(({ name }) => name),
        ['GET /v1/releases'],
        shown,
      );
      const byId = new Map(spans.map((span) => [span.spanId, span]));
      assert.equal(byId.size, spans.length, `a span was sent twice\n${shown}`);
      const roots = spans.filter(({ parentId }) => !byId.has(parentId ?? ''));
      assert.deepEqual(
        roots.map(({ name, service: from, parentId }) => [from, name, parentId]),
        [['sluice-api', 'POST /v1/releases', callerId]],
        shown,
      );
      assert.deepEqual(roots[0]?.attributes, {
        'http.request.method': 'POST',
        'http.route': '/v1/releases',
        'http.response.status_code': 202,
        'sluice.request.id': 'asked-once',
        'sluice.release.id': id,
      });

      const way = (span: SeenSpan | undefined): readonly string[] =>
        span === undefined ? [] : [...way(byId.get(span.parentId ?? '')), span.name];
      const write = spans.find(
        ({ name, attributes }) =>
          name === 'platform.router.applySplit' && attributes['sluice.platform'] === 'local',
      );
      assert.deepEqual(
        way(write).map((name) => name.replace(/^(RunActivity):(?!requestRollout).*/, '$1:…')),
        [
          'POST /v1/releases',
          'StartWorkflow:promoteRelease',
          'RunWorkflow:promoteRelease',
          'RunActivity:requestRollout',
          'UpdateWithStartWorkflow:requestRollout',
          'RunWorkflow:runRollout',
          'RunActivity:…',
          'platform.router.applySplit',
        ],
        shown,
      );
      const activity = byId.get(write?.parentId ?? '');
      assert.equal(activity?.attributes['temporalWorkflowId'], `rollout:${service}:staging:1`);
      assert.equal(activity?.attributes['temporal.attempt'], 1);
      assert.equal(activity?.resource['service.name'], 'sluice-worker');
      assert.equal(activity?.resource['deployment.environment.name'], 'test');
      assert.match(String(activity?.resource['service.version']), /^\d+\.\d+\.\d+/);
      for (const name of ['HandleUpdate:requestRollout', 'ledger.append', 'evidence.put'])
        assert.ok(
          spans.some((span) => span.name === name),
          `no ${name}\n${shown}`,
        );
      const all = collector.bytes();
      for (const canary of canaries) assert.ok(!all.includes(canary), `${canary} was sent`);
      const said = api.log.map((line) => JSON.parse(line) as Record<string, unknown>);
      const line = said.find(({ msg }) => msg === 'request');
      assert.deepEqual([line?.traceId, line?.releaseId], [traceId, id]);
    });
  });
}

/** For whoever reads a failure. */
function treeOf(spans: readonly SeenSpan[]): string {
  const lines = (parent: string | null, depth: number): string[] =>
    spans
      .filter(({ parentId }) => parentId === parent)
      .flatMap((span) => [
        `${'  '.repeat(depth)}${span.name} (${span.service}, ${Math.round(span.tookMs)} ms)`,
        ...lines(span.spanId, depth + 1),
      ]);
  const known = new Set(spans.map(({ spanId }) => spanId));
  const tops = new Set(spans.map(({ parentId }) => parentId).filter((id) => !known.has(id ?? '')));
  return [...tops].flatMap((top) => [`beneath ${top}`, ...lines(top, 1)]).join('\n');
}
