/** Means of bounded and unbounded series: worked examples, the fairness of the bets, and the cover of the bounds. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginBoundedMean,
  type BoundedMeanState,
  type BoundedSeries,
  logBoundedMean,
  lookAtBoundedMean,
} from '../../../src/domain/analysis/bounded-mean-test.js';
import {
  beginUnboundedMean,
  lookAtUnboundedMean,
  unboundedMeanBounds,
  type UnboundedMeanState,
} from '../../../src/domain/analysis/unbounded-mean-test.js';
import { normal, randomFrom } from './seeded-random.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const runs = isFull ? 10_000 : 300;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const cpu: BoundedSeries = { low: 0, high: 1, worse: 'higher', margin: 0.1 };

function bounded(looks: readonly [number[], number[]][], series = cpu): BoundedMeanState {
  return looks.reduce(
    (state, [candidate, stable], k) =>
      lookAtBoundedMean(state, { atMs: k * 1000, candidate, stable }, series),
    beginBoundedMean(),
  );
}
const same = (times: number, candidate: number, stable: number): [number[], number[]][] =>
  Array.from({ length: times }, () => [[candidate], [stable]]);
const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 });
const looks = fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 10 });

describe(`bounded means (seed ${seed})`, () => {
  it('0.7 beside 0.4 with a margin of 0.1: E = 1.6 after ten looks, 14 after 30', () => {
    const e = (times: number) => Math.exp(logBoundedMean(bounded(same(times, 0.7, 0.4))).worse);
    assert.ok(Math.abs(e(10) - 1.598) < 0.01 && Math.abs(e(30) - 13.69) < 0.1);
  });

  it('is kept where it is better, and the other way round for what should be high', () => {
    const better = logBoundedMean(bounded(same(100, 0.3, 0.5)));
    assert.ok(better.kept > Math.log(20) && better.worse < 0);
    const conversion = logBoundedMean(bounded(same(100, 0.3, 0.7), { ...cpu, worse: 'lower' }));
    assert.ok(conversion.worse > Math.log(100) && conversion.kept < 0);
  });

  it('never expects to grow from any past, at the margin itself: coins of mean margin', () => {
    fc.assert(
      fc.property(looks, (past) => {
        const now = bounded(past);
        const grown = (candidate: number, stable: number) => {
          const look = { atMs: 1e6, candidate: [candidate], stable: [stable] };
          return logBoundedMean(lookAtBoundedMean(now, look, cpu));
        };
        // Worse by 1 with the chance 0.1, else equal: a mean difference of 0.1.
        const [high, low] = [grown(1, 0), grown(0.5, 0.5)];
        const mean = (key: 'worse' | 'kept') =>
          0.1 * Math.exp(high[key]) + 0.9 * Math.exp(low[key]);
        const before = logBoundedMean(now);
        assert.ok(mean('worse') <= Math.exp(before.worse) * (1 + 1e-9));
        assert.ok(mean('kept') <= Math.exp(before.kept) * (1 + 1e-9));
        const above = 0.15 * Math.exp(high.worse) + 0.85 * Math.exp(low.worse);
        assert.ok(above > Math.exp(before.worse) * (1 - 1e-9), 'the check above can fail');
      }),
      { seed },
    );
  });

  it('order of instances, JSON, looks without a side and values out of range change nothing', () => {
    fc.assert(
      fc.property(looks, (given) => {
        const state = bounded(given);
        const turned = given.map(([a, b]): [number[], number[]] => [
          [...a].reverse(),
          [...b].reverse(),
        ]);
        assert.deepEqual(bounded(turned), state);
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
        assert.equal(
          lookAtBoundedMean(state, { atMs: 1e6, candidate: [], stable: [1] }, cpu),
          state,
        );
      }),
      { seed },
    );
    assert.deepEqual(bounded(same(3, 7, 0)), bounded(same(3, 1, 0)));
  });
});

describe(`unbounded means (${runs} runs, seed ${seed})`, () => {
  const lag = { worse: 'higher', looksPerUnit: 1, expectedUnits: 60 } as const;
  const look = (difference: number) => ({ atMs: 0, candidate: [difference], stable: [0] });

  it('60 units of 12 ± 10 ms: 7.7 to 16.3 ms at 1 %; none before 30 units', () => {
    const state = { units: 60, mean: 12, squares: 5900, batch: { looks: 0, sum: 0 } };
    const bounds = unboundedMeanBounds(state, lag, 0.01);
    assert.ok(bounds && Math.abs(bounds.low - 7.67) < 0.01 && Math.abs(bounds.high - 16.33) < 0.01);
    assert.equal(unboundedMeanBounds({ ...state, units: 29 }, lag, 0.01), null);
  });

  it('equals mean and deviation of the units, batch by batch', () => {
    const given = Array.from({ length: 21 }, (_, k) => (k * 7919) % 101);
    const series = { ...lag, looksPerUnit: 2 };
    const state = given.reduce(
      (now, value) => lookAtUnboundedMean(now, look(value), series),
      beginUnboundedMean(),
    );
    const units = Array.from(
      { length: 10 },
      (_, k) => ((given[2 * k] ?? 0) + (given[2 * k + 1] ?? 0)) / 2,
    );
    const mean = units.reduce((a, b) => a + b, 0) / 10;
    const squares = units.reduce((sum, unit) => sum + (unit - mean) ** 2, 0);
    assert.equal(state.units, 10);
    assert.ok(Math.abs(state.mean - mean) < 1e-9 && Math.abs(state.squares - squares) < 1e-6);
    assert.deepEqual(state.batch, { looks: 1, sum: given[20] });
  });

  it('a bound at 1 % is wrong in at most 1 % of rollouts, looked at always', () => {
    const random = randomFrom(seed);
    let wrong = 0;
    for (let run = 0; run < runs; run++) {
      let state: UnboundedMeanState = beginUnboundedMean();
      let isWrong = false;
      for (let k = 0; k < 300 && !isWrong; k++) {
        // Skewed: exponential less its mean.
        state = lookAtUnboundedMean(state, look(-Math.log(1 - random()) - 1), lag);
        isWrong = (unboundedMeanBounds(state, lag, 0.01)?.low ?? -1) > 0;
      }
      if (isWrong) wrong++;
    }
    console.log(`      ${wrong} of ${runs}`);
    assert.ok(wrong <= 0.01 * runs + 3 * Math.sqrt(0.0099 * runs), `${wrong} of ${runs}`);
  });

  it('finds a difference of one deviation soon after 30 units', () => {
    const random = randomFrom(seed);
    let state: UnboundedMeanState = beginUnboundedMean();
    for (let k = 0; k < 60; k++) state = lookAtUnboundedMean(state, look(1 + normal(random)), lag);
    assert.ok((unboundedMeanBounds(state, lag, 0.01)?.low ?? 0) > 0);
  });
});
