/** Edges of latency that stable's past chooses, and the counts above them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  chooseEdges,
  type Histogram,
  slowerThan,
} from '../../../src/domain/analysis/latency-edges.js';

const histogram = (requests: number, ...buckets: [number, number][]): Histogram => ({
  requests,
  buckets: buckets.map(([leMs, count]) => ({ leMs, count })),
});
const usual = histogram(100, [50, 50], [100, 90], [500, 99], [1000, 100]);

describe('edges of latency', () => {
  const rows: { name: string; given: Histogram[]; want: number[] }[] = [
    { name: 'at the quantiles', given: [usual], want: [50, 100, 500] },
    { name: 'summed over instances', given: [usual, usual], want: [50, 100, 500] },
    {
      name: 'nearest in odds: 99.9 % is nearer to p99 than 90 %',
      given: [histogram(1000, [50, 900], [500, 999])],
      want: [50, 500],
    },
    { name: 'each edge once', given: [histogram(1000, [50, 999])], want: [50] },
    {
      name: 'only those that all have',
      given: [usual, histogram(10, [100, 9], [1000, 10])],
      want: [100, 1000],
    },
    { name: 'idle instances have no say', given: [usual, histogram(0)], want: [50, 100, 500] },
    { name: 'no traffic', given: [histogram(0, [50, 0])], want: [] },
    { name: 'no histogram', given: [histogram(10)], want: [] },
  ];
  for (const { name, given, want } of rows) {
    it(name, () => assert.deepEqual(chooseEdges(given), want));
  }

  it('the order of instances does not matter', () => {
    const counts = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)).map(([a, b, c]) => {
      return histogram(a + b + c, [50, a], [100, a + b], [500, a + b + c]);
    });
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 5 }), (given) => {
        assert.deepEqual(chooseEdges([...given].reverse()), chooseEdges(given));
      }),
    );
  });

  it('counts what is slower, instance by instance; without the edge an instance tells nothing', () => {
    const other = histogram(10, [20, 3]);
    assert.deepEqual(slowerThan([usual, other], 100), [{ requests: 100, bad: 10 }]);
    assert.deepEqual(slowerThan([other, usual], 20), [{ requests: 10, bad: 7 }]);
  });
});
