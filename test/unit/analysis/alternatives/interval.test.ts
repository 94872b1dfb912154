/** What is measured over an interval: shares, and quantiles as PromQL interpolates them. */
import assert from 'node:assert/strict';
import {
  type SideIncrease,
  sumOfSides,
  valueOf,
} from '../../../../src/domain/analysis/alternatives/interval.js';

const edges = [100, 200, 400];
const of = (...within: readonly number[]): SideIncrease => ({ requests: 100, errors: 3, within });

describe('values of an interval', () => {
  it('are shares from 0 to 1, and NaN without requests', () => {
    assert.equal(valueOf('errorRate', of()), 0.03);
    assert.equal(valueOf('successRate', of()), 0.97);
    assert.ok(Number.isNaN(valueOf('successRate', { requests: 0, errors: 0 })));
  });

  it('are quantiles, linear inside a bucket', () => {
    assert.equal(valueOf('latencyP95', of(90, 100, 100), edges), 150);
    assert.equal(valueOf('latencyP50', of(80, 90, 100), edges), 62.5);
    assert.equal(valueOf('latencyP90', of(90, 90, 100), edges), 100);
    assert.equal(valueOf('latencyP99', of(90, 95, 98), edges), 400, 'beyond the last edge: it');
    // A bucket that was read before the one below it.
    assert.equal(valueOf('latencyP95', of(96, 90, 100), edges), (100 * 95) / 96);
  });

  it('are none without a histogram', () => {
    for (const side of [of(), { requests: 100, errors: 0 }, { ...of(1, 2, 3), requests: 0 }])
      assert.ok(Number.isNaN(valueOf('latencyP95', side, edges)));
    assert.ok(Number.isNaN(valueOf('latencyP95', of(1, 2, 3), [])));
  });

  it('of sums: a histogram only where all with requests have one', () => {
    const none = { requests: 0, errors: 0 };
    assert.deepEqual(sumOfSides(of(1, 2, 3), of(4, 5, 6)).within, [5, 7, 9]);
    assert.deepEqual(sumOfSides(none, of(4, 5, 6)), of(4, 5, 6));
    assert.deepEqual(sumOfSides(of(4, 5, 6), none), of(4, 5, 6));
    assert.equal(sumOfSides({ requests: 1, errors: 0 }, of(4, 5, 6)).within, undefined);
  });
});
