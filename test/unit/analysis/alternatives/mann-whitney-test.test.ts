/** The rank test, its roots and its quantiles against published numbers: R's wilcox.test and zeroin as Kayenta ties out with them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rootOf } from '../../../../src/domain/analysis/alternatives/brent-root.js';
import {
  quantileOf,
  withoutOutliers,
} from '../../../../src/domain/analysis/alternatives/kayenta-metric.js';
import {
  shareAbove,
  shiftBetween,
  zOfShift,
} from '../../../../src/domain/analysis/alternatives/mann-whitney-test.js';

const z95 = 1.959963984540054;
const near = (actual: number | undefined, wanted: number, by = 1e-6) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - wanted) <= by, `${actual} is not ${wanted}`);
/** A sample by how often each value stands in it. */
const sample = (...counts: readonly (readonly [number, number])[]): number[] =>
  counts.flatMap(([value, times]) => Array.from({ length: times }, () => value));

/** Latencies of 90 minutes a side. */
const minutes = {
  candidate: sample(
    ...([
      [1.5, 9],
      [2, 16],
      [2.5, 22],
      [3, 17],
      [3.5, 9],
      [4, 5],
      [4.5, 1],
    ] as const),
    ...([
      [5, 3],
      [5.5, 1],
      [6, 2],
      [6.5, 2],
      [7, 1],
      [7.5, 1],
      [16.5, 1],
    ] as const),
  ),
  stable: sample(
    ...([
      [1.5, 2],
      [2, 16],
      [2.5, 18],
      [3, 16],
      [3.5, 10],
      [4, 8],
      [4.5, 4],
    ] as const),
    ...([
      [5, 6],
      [5.5, 2],
      [6, 5],
      [8, 1],
      [15.5, 1],
      [54.5, 1],
    ] as const),
  ),
};
/** And of three hours. */
const hours = {
  candidate: sample(
    ...([
      [0.5, 20],
      [1, 41],
      [1.5, 67],
      [2, 37],
      [2.5, 3],
      [3, 2],
    ] as const),
    ...([
      [3.5, 3],
      [4, 1],
      [5, 1],
      [5.5, 3],
      [8.5, 1],
      [19, 1],
    ] as const),
  ),
  stable: sample(
    ...([
      [0, 1],
      [0.5, 7],
      [1, 32],
      [1.5, 70],
      [2, 33],
      [2.5, 22],
      [3, 6],
    ] as const),
    ...([
      [3.5, 2],
      [4, 3],
      [4.5, 1],
      [5.5, 1],
      [7, 1],
      [7.5, 1],
    ] as const),
  ),
};

describe('the shift between two samples', () => {
  it('is what R says of 90 tied values a side', () => {
    const shift = shiftBetween(minutes.candidate, minutes.stable, z95);
    near(shift?.low, -0.500002521696696);
    near(shift?.high, -3.486287505871302e-5);
    near(shift?.estimate, -0.4999393907180323, 1e-4);
  });

  it('of four far apart beside four together', () => {
    const shift = shiftBetween([10, 20, 30, 40], [1, 2, 3, 4], z95);
    assert.deepEqual([shift?.low, shift?.high], [6, 39]);
    near(shift?.estimate, 22.5);
  });

  it('is what R says of 180 tied values a side, at 98 %', () => {
    const shift = shiftBetween(hours.candidate, hours.stable);
    near(shift?.low, -0.4999173250549087);
    near(shift?.high, -6.912685789769486e-6);
    near(shift?.estimate, -3.45044082729315e-5, 1e-4);
  });

  it('does not depend on the order, and turns with the sides', () => {
    const value = fc.integer({ min: 0, max: 12 }).map((n) => n / 2);
    const values = fc.array(value, { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (x, y) => {
        const shift = shiftBetween(x, y);
        assert.deepEqual(shiftBetween([...x].reverse(), [...y].reverse()), shift);
        if (shift === null) {
          assert.ok(new Set(x).size === 1 && new Set(y).size === 1);
          return;
        }
        assert.ok(shift.low <= shift.high + 1e-4);
        near(shareAbove(x, y) + shareAbove(y, x), 1, 1e-12);
      }),
    );
  });

  it('by hand: z of [1, 2, 4] against [1, 3] is the excess over 3 pairs, less a half, over the tied sigma', () => {
    // U = 0.5 + 1 + 2 = 3.5; 3 pairs in the middle; one tie of two: 0.5 (6 - 6/20) = 2.85.
    near(zOfShift([1, 2, 4], [1, 3], 0), 0, 1e-12);
    // One further to the right: 1 + 1.5 + 2.
    near(zOfShift([1, 2, 4], [1, 3], -1), (4.5 - 3 - 0.5) / Math.sqrt(2.85), 1e-12);
  });

  it('is nothing between two values that never change', () => {
    assert.equal(shiftBetween([1, 1, 1], [2, 2]), null);
  });
});

describe("Brent's method", () => {
  it('finds roots of smooth functions and jumps to its tolerance', () => {
    const solve = (f: (x: number) => number, a: number, b: number) =>
      rootOf(f, { x: a, y: f(a) }, { x: b, y: f(b) }, 1e-10);
    near(
      solve((x) => x ** 3 - 2, 0, 5),
      2 ** (1 / 3),
      1e-9,
    );
    near(solve(Math.cos, 1, 2), Math.PI / 2, 1e-9);
    near(
      solve((x) => (x < 0.3 ? 1 : -1), 0, 1),
      0.3,
      1e-9,
    );
    assert.equal(
      solve((x) => x, 0, 1),
      0,
    );
  });
});

describe('quantiles and outliers', () => {
  it('interpolate as type 7 does', () => {
    const steps = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
    near(quantileOf(steps, 0.05), 0.175, 1e-12);
    near(quantileOf(steps, 0.5), 1.75, 1e-12);
    near(quantileOf(steps, 1), 3.5, 1e-12);
    // The example of NIST's handbook.
    const nist = [95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.061];
    const rest = [95.1591, 95.1195, 95.1772, 95.0925, 95.199, 95.1682];
    near(quantileOf([...nist, ...rest], 0.9), 95.19568, 1e-9);
    assert.ok(Number.isNaN(quantileOf([], 0.5)));
  });

  it('are removed beyond both fences only', () => {
    const calm = [21, 23, 24, 25, 29, 23, 21];
    assert.deepEqual(withoutOutliers([...calm, 50], 1.5), calm);
    assert.deepEqual(withoutOutliers([-5, -1, -1, -1, 1, 1, 1, 5], 1.5), [-1, -1, -1, 1, 1, 1]);
    // Within three ranges of the quartiles, though above the highest hundredth.
    assert.deepEqual(withoutOutliers([1, 2, 3, 4, 5, 6, 7, 10], 3), [1, 2, 3, 4, 5, 6, 7, 10]);
    assert.deepEqual(withoutOutliers([], 3), []);
  });

  it('the share of pairs above is a half for equals, 0 and 1 without overlap', () => {
    assert.equal(shareAbove([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), 0.5);
    assert.equal(shareAbove([1, 2], [3, 4]), 0);
    assert.equal(shareAbove([3, 4], [1, 2]), 1);
    assert.equal(shareAbove([1, 2], [0, 1]), 0.875);
  });
});
