/** The sampler of a source: many watchers cost it no more than its budget, in turns, and are told when that is used up. */
import assert from 'node:assert/strict';
import { shareMetrics } from '../../../src/adapters/sampler/shared-metrics.js';
import { shareSeries } from '../../../src/adapters/sampler/shared-series.js';
import {
  createSharedReads,
  type SharedReadsOptions,
} from '../../../src/adapters/sampler/shared-reads.js';
import { Failure } from '../../../src/domain/failures.js';
import type { MetricSource } from '../../../src/ports/metric-source.js';
import type { ReadOutcome } from '../../../src/ports/shared-reads.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function counted(options: Partial<SharedReadsOptions> = {}) {
  const outcomes: ReadOutcome[] = [];
  const shared = createSharedReads({
    ...{ source: 'prom', perSecond: 1000, onRead: (outcome) => outcomes.push(outcome) },
    ...options,
  });
  const count = (outcome: ReadOutcome) => outcomes.filter((one) => one === outcome).length;
  return { shared, count, outcomes };
}

/** A source that answers after a while with how often it was asked. */
function slow(ms: number) {
  const asked: number[] = [];
  return {
    asked,
    ask: async () => {
      asked.push(performance.now());
      await sleep(ms);
      return asked.length;
    },
  };
}

describe('reads that are shared', () => {
  it('are one request while it is under way, and for a moment after', async () => {
    let nowMs = 1_000_000;
    const { shared, count } = counted({ keptMs: 200, now: () => nowMs });
    const { ask, asked } = slow(20);
    const many = await Promise.all(Array.from({ length: 50 }, () => shared.read('a', ask)));
    assert.deepEqual(new Set(many.map(({ value }) => value)), new Set([1]));
    nowMs += 199;
    assert.deepEqual(await shared.read('a', ask), { value: 1, beganAtMs: 1_000_000 });
    nowMs += 1;
    assert.deepEqual(await shared.read('a', ask), { value: 2, beganAtMs: 1_000_200 });
    assert.equal(asked.length, 2);
    assert.deepEqual([count('asked'), count('joined'), count('kept')], [2, 49, 1]);
  });

  it('are not shared by different questions', async () => {
    const { shared } = counted();
    const { ask } = slow(1);
    await Promise.all(['a', 'b', 'c'].map((key) => shared.read(key, ask)));
    assert.equal((await shared.read('d', ask)).value, 4);
  });

  it('fail for all who wait, and are asked again by the next', async () => {
    const { shared, count } = counted();
    let fails = true;
    const ask = async () => {
      await sleep(5);
      if (fails) throw new Failure('Unavailable', 'prom does not answer');
      return 'well';
    };
    const both = await Promise.allSettled([shared.read('a', ask), shared.read('a', ask)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    fails = false;
    assert.equal((await shared.read('a', ask)).value, 'well');
    assert.deepEqual([count('failed'), count('asked')], [1, 1]);
  });

  it('are spaced by the budget, whoever asks', async () => {
    const { shared } = counted({ perSecond: 50 });
    const { ask, asked } = slow(1);
    await Promise.all(Array.from({ length: 10 }, (_, n) => shared.read(`key ${n}`, ask)));
    // One that is late is nearer to the next.
    const tookMs = (asked.at(-1) ?? 0) - (asked[0] ?? 0);
    assert.ok(tookMs >= 160, asked.join(' '));
  });

  it('say what is used up when their turn would come too late', async () => {
    const { shared, count } = counted({ perSecond: 20, longestWaitMs: 120 });
    const { ask } = slow(1);
    const many = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => shared.read(`key ${n}`, ask)),
    );
    const late = many.flatMap((one) => (one.status === 'rejected' ? [one.reason as Failure] : []));
    assert.ok(late.length >= 15 && late.length <= 18, `${late.length}`);
    assert.equal(count('overBudget'), late.length);
    assert.equal(late[0]?.code, 'Unavailable');
    assert.match(late[0]?.message ?? '', /^prom was not asked: its budget of 20 reads a second/);
  });

  it('come in turns: who was never served goes before who just was', async () => {
    const { shared } = counted({ perSecond: 25, keptMs: 0, longestWaitMs: 300 });
    const served = new Map<string, number>();
    const endsAtMs = performance.now() + 1_600;
    // Twice what the budget allows, and one who asks ten times as often as the others.
    const watch = async (key: string, everyMs: number) => {
      while (performance.now() < endsAtMs) {
        const ask = async () => served.set(key, (served.get(key) ?? 0) + 1);
        await shared.read(key, ask).catch(() => null);
        await sleep(everyMs);
      }
    };
    const patient = Array.from({ length: 10 }, (_, n) => watch(`patient ${n}`, 200));
    await Promise.all([...patient, watch('greedy', 10)]);
    const counts = Array.from({ length: 10 }, (_, n) => served.get(`patient ${n}`) ?? 0);
    assert.ok(Math.min(...counts) >= 2, counts.join(' '));
    assert.ok((served.get('greedy') ?? 0) <= 2 * Math.max(...counts), JSON.stringify([...served]));
  });
});

describe('a metric source that is shared', () => {
  const target = { service: 'checkout', environment: 'production' };
  const instance = { instance: 'a', requests: 3, errors: 0, buckets: [], inFlight: 0 };
  const source: MetricSource = {
    readCounters: async (_target, revisions) => {
      await sleep(5);
      return revisions.map((revision) => {
        return { revision, instances: [{ ...instance, inFlightOlder: [] }] };
      });
    },
  };

  it('says up to when it counts where it was asked before the look', async () => {
    let nowMs = 5_000;
    const { shared } = counted({ now: () => nowMs });
    const metrics = shareMetrics(source, shared, () => nowMs);
    const [first] = await metrics.readCounters(target, ['a']);
    assert.equal(first?.instances[0]?.asOfMs, undefined);
    nowMs = 5_150;
    const [again] = await metrics.readCounters(target, ['a']);
    assert.equal(again?.instances[0]?.asOfMs, 5_000);
    const [other] = await metrics.readCounters({ ...target, region: 'eu' }, ['a']);
    assert.equal(other?.instances[0]?.asOfMs, undefined);
  });
});

describe('series that are shared', () => {
  it('are asked once for the same query and revisions', async () => {
    const { shared, count } = counted();
    const asked: string[] = [];
    const series = shareSeries(
      {
        readSeries: async (query, { candidate }) => {
          asked.push(`${JSON.stringify(query)} ${candidate.revision}`);
          return { candidate: [1], stable: [] };
        },
        close: async () => undefined,
      },
      shared,
    );
    const of = (revision: string) => {
      const values = { service: 'checkout', environment: 'production', instances: [], revision };
      return { candidate: values, stable: null };
    };
    await Promise.all([
      ...[1, 2, 3].map(() => series.readSeries('lag', of('b'))),
      series.readSeries('lag', of('c')),
      series.readSeries('cpu', of('b')),
    ]);
    assert.deepEqual(asked, ['"lag" b', '"lag" c', '"cpu" b']);
    assert.equal(count('joined'), 2);
  });
});
