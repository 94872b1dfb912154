/** Series are asked beside the looks: once each time they are due, never twice at once, and nothing without its reason. */
import assert from 'node:assert/strict';
import { createSeriesSampler } from '../../../src/activities/series-sampler.js';
import type { RevisionStatus } from '../../../src/domain/rollout/workload.js';
import type { SeriesMetric } from '../../../src/domain/series/series.js';
import type { SeriesContext, SeriesReading } from '../../../src/ports/series-source.js';

const lag: SeriesMetric = {
  ...{ name: 'lag', source: 'prom', query: 'lag{v="{{revision}}"}', worse: 'higher', margin: 1 },
  ...{ weight: 1, dryRun: false, everyMs: 10_000 },
};
const instance = { state: 'ready', url: '', probeFailures: 0, reason: null } as const;
const revisions: RevisionStatus[] = ['b', 'a'].map((name) => ({
  ...{ name, version: '1.0.0', digest: 'x', desiredInstances: 2, restarts: 0 },
  instances: [
    { ...instance, id: `uid-${name}.0`, name: `pod-${name}` },
    { ...instance, id: `${name}2` },
    { ...instance, id: 'gone', state: 'exited' },
  ],
}));
const question = {
  target: { service: 'checkout', environment: 'production', region: 'eu' },
  ...{ namespace: 'shop', candidate: 'b', stable: 'a' },
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

function sampler(
  answer: (context: SeriesContext) => SeriesReading | Promise<SeriesReading>,
  given: Partial<typeof question> | { stable: null } = {},
  source = 'prom',
) {
  let nowMs = 0;
  let asked = 0;
  const made = createSeriesSampler(
    [{ ...lag, source }],
    {
      prom: {
        readSeries: async (_query, context) => {
          asked += 1;
          return answer(context);
        },
        close: async () => {},
      },
    },
    { ...question, ...given },
    () => nowMs,
  );
  return {
    asked: () => asked,
    /** Looks, and gives what had been answered by the look after it. */
    async lookAt(atMs: number) {
      nowMs = atMs;
      made.begin(revisions);
      await settled();
      return made.take();
    },
  };
}

const values: SeriesReading = { candidate: [3, 4], stable: [1] };

describe('the series of a watch', () => {
  it('are asked for when due, with what the variables stand for', async () => {
    let context: SeriesContext | null = null;
    const { asked, lookAt } = sampler((given) => {
      context = given;
      return values;
    });
    assert.deepEqual(await lookAt(0), { lag: { askedAtMs: 0, candidate: [3, 4], stable: [1] } });
    assert.deepEqual(context, {
      candidate: {
        ...{ service: 'checkout', environment: 'production', region: 'eu', namespace: 'shop' },
        ...{ revision: 'b', instances: ['pod-b', 'b2'] },
      },
      stable: {
        ...{ service: 'checkout', environment: 'production', region: 'eu', namespace: 'shop' },
        ...{ revision: 'a', instances: ['pod-a', 'a2'] },
      },
    });
    assert.equal(await lookAt(9_999), undefined);
    assert.equal(asked(), 1);
    assert.deepEqual(Object.keys((await lookAt(10_000)) ?? {}), ['lag']);
    assert.equal(asked(), 2);
  });

  it('are not asked for twice at once, and delay no look', async () => {
    let finish: (reading: SeriesReading) => void = () => {};
    const { asked, lookAt } = sampler(() => new Promise((resolve) => (finish = resolve)));
    assert.equal(await lookAt(0), undefined);
    assert.equal(await lookAt(20_000), undefined);
    assert.equal(asked(), 1);
    finish({ ...values, atMs: 500 });
    await settled();
    const { lag: seen } = (await lookAt(20_001)) ?? {};
    assert.deepEqual(seen, { askedAtMs: 0, ofMs: 500, candidate: [3, 4], stable: [1] });
  });

  it('are not asked for without a stable revision', async () => {
    const { asked, lookAt } = sampler(() => values, { stable: null });
    assert.deepEqual([await lookAt(0), asked()], [undefined, 0]);
  });

  it('that bring nothing say why', async () => {
    const reasonOf = async (...given: Parameters<typeof sampler>) => {
      const { lag: seen } = (await sampler(...given).lookAt(0)) ?? {};
      return seen !== undefined && 'missing' in seen ? seen.missing : '';
    };
    assert.match(
      await reasonOf(() => ({ ...values, candidate: [] })),
      /no data of the candidate, asked prom: lag/,
    );
    assert.match(
      await reasonOf(() => ({ ...values, stable: [] })),
      /no data of stable, asked prom: lag/,
    );
    assert.match(
      await reasonOf(() => ({ ...values, gap: 'store-1 is away' })),
      /^store-1 is away; asked prom/,
    );
    assert.match(
      await reasonOf(() => Promise.reject(new Error('Prometheus answered 500'))),
      /^Prometheus answered 500$/,
    );
    assert.match(
      await reasonOf(() => values, {}, 'porm'),
      /this worker has no metric source "porm"/,
    );
  });
});
