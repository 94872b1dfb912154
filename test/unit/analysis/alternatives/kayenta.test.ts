/** Metrics classified and scored by Kayenta's rules, with the numbers its own examples have. */
import assert from 'node:assert/strict';
import {
  classifyMetric,
  effectSizesOf,
  type EffectSizes,
  kayentaDefaults,
  type KayentaRules,
  type Label,
} from '../../../../src/domain/analysis/alternatives/kayenta-metric.js';
import {
  classifyScore,
  type ScoredMetric,
  scoreMetrics,
} from '../../../../src/domain/analysis/alternatives/kayenta-score.js';

/** As strict as the peer's own examples: 95 % and a tenth of the estimate. */
const strict = { tolerance: 0.1, z: 1.959963984540054 };

interface Row {
  readonly name: string;
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
  readonly rules?: Partial<KayentaRules>;
  readonly effect?: Partial<EffectSizes>;
  readonly want: Label;
  readonly critical?: boolean;
}

const tenfold = { candidate: [20, 22, 21, 25, 30], stable: [1, 2.2, 1.1, 2.5, 3] };
const fifth = { candidate: [2, 2, 2, 2, 3], stable: [10, 20.2, 10.1, 20.5, 30] };
const nothing = { candidate: [], stable: [1, 2, 3, 4, 5] };
const same = (value: number): number[] => Array.from({ length: 5 }, () => value);
const nan = Number.NaN;

const rows: readonly Row[] = [
  { name: 'ten times stable', ...tenfold, want: 'High' },
  { name: 'a fifth of stable', ...fifth, want: 'Low' },
  {
    name: 'higher where only less counts',
    ...tenfold,
    rules: { direction: 'decrease' },
    want: 'Pass',
  },
  {
    name: 'lower where only more counts',
    ...fifth,
    rules: { direction: 'increase' },
    want: 'Pass',
  },
  {
    name: 'an effect of 11.6 beyond the allowed 1.2',
    ...tenfold,
    effect: { allowedIncrease: 1.2 },
    want: 'High',
  },
  {
    name: 'an effect of 11.6 within the allowed 13',
    ...tenfold,
    effect: { allowedIncrease: 13 },
    want: 'Pass',
  },
  {
    name: 'an effect of 0.57 above the allowed 0.5',
    ...{ candidate: [10, 12.2, 10.1, 12.5, 23], stable: [20, 22, 21, 25, 30] },
    effect: { allowedDecrease: 0.5 },
    want: 'Pass',
  },
  {
    name: 'critical and beyond',
    ...tenfold,
    rules: { critical: true },
    effect: { criticalIncrease: 1.2 },
    want: 'High',
    critical: true,
  },
  {
    name: 'critical and High, but not critically',
    ...tenfold,
    rules: { critical: true },
    effect: { allowedIncrease: 5, criticalIncrease: 13 },
    want: 'High',
  },
  {
    name: 'critical and Low',
    ...fifth,
    rules: { critical: true },
    effect: { criticalDecrease: 1.2 },
    want: 'Low',
    critical: true,
  },
  {
    name: 'all pairs above, and a share of 0.8 allowed',
    ...tenfold,
    effect: effectSizesOf('cles', { allowedIncrease: 0.8 }),
    want: 'High',
  },
  { name: 'one value everywhere', candidate: [1, 1, 1], stable: [1, 1], want: 'Pass' },
  {
    name: 'the same values in another order',
    candidate: [1, 2, 3, 4, 5],
    stable: [5, 4, 3, 2, 1],
    want: 'Pass',
  },
  { name: 'one spike among ties', candidate: [1, 1, 1, 1, 10], stable: same(1), want: 'Pass' },
  { name: 'one low value among ties', candidate: [0, 1, 1, 1, 1], stable: same(1), want: 'Pass' },
  { name: 'ten beside one, never changing', candidate: same(10), stable: same(1), want: 'High' },
  { name: 'ten beside zero, never changing', candidate: same(10), stable: same(0), want: 'High' },
  {
    name: 'no ratio of means with zero stable, so none is asked for',
    candidate: [54.9, 54.5, 55.1, 55.6, 57.4],
    stable: same(0),
    effect: { allowedIncrease: 100 },
    want: 'High',
  },
  {
    name: 'zero beside 55',
    candidate: same(0),
    stable: [54.9, 54.5, 55.1, 55.6, 57.4],
    want: 'Low',
  },
  { name: 'no data', ...nothing, want: 'Nodata' },
  {
    name: 'no data, critical',
    ...nothing,
    rules: { critical: true },
    want: 'Nodata',
    critical: true,
  },
  {
    name: 'no data where there must be',
    ...nothing,
    rules: { mustHaveData: true },
    want: 'NodataFailMetric',
  },
  {
    name: 'no data where there must be, critical',
    ...nothing,
    rules: { mustHaveData: true, critical: true },
    want: 'Nodata',
    critical: true,
  },
  {
    name: 'no data, taken for zeros, critical',
    ...nothing,
    rules: { nanStrategy: 'replace', critical: true },
    want: 'Pass',
  },
  {
    name: 'missing values left out: nothing is left',
    candidate: [nan, nan],
    stable: [1, 2],
    want: 'Nodata',
  },
  {
    name: 'missing values taken for zeros',
    candidate: [nan, nan, nan, nan, nan],
    stable: [5, 6, 5, 6, 5],
    rules: { nanStrategy: 'replace' },
    want: 'Low',
  },
  {
    name: 'an outlier kept is no matter of ranks either',
    ...{ candidate: [1, 2, 3, 2, 1, 2, 90], stable: [2, 1, 3, 1, 2, 2, 1] },
    rules: { outliers: 'remove' },
    want: 'Pass',
  },
  { name: 'one value a side, which ranks cannot tell', candidate: [3], stable: [1], want: 'Error' },
];

describe('a metric by the rules of Kayenta', () => {
  for (const { name, candidate, stable, rules = {}, effect = {}, want, critical = false } of rows) {
    it(`${name}: ${want}${critical ? ', critically' : ''}`, () => {
      const effectSize = { ...effectSizesOf(effect.measure ?? 'meanRatio'), ...effect };
      const all = { ...kayentaDefaults, effectSize, ...rules };
      const got = classifyMetric(candidate, stable, all, strict);
      assert.deepEqual([got.label, got.critical], [want, critical]);
    });
  }

  it('asks for more as it is shipped: 98 % and a quarter of the estimate', () => {
    const all = { ...kayentaDefaults, effectSize: effectSizesOf('meanRatio') };
    const stable = Array.from({ length: 30 }, (_, n) => 10 + (n % 7));
    const by = (added: number) =>
      classifyMetric(
        stable.map((v) => v + added),
        stable,
        all,
      ).label;
    // 1.25 is above zero for sure, and not for a quarter of itself.
    assert.deepEqual([by(1.25), by(1.5), by(-1.5)], ['Pass', 'High', 'Low']);
  });

  it('says the ratio of means', () => {
    const all = { ...kayentaDefaults, effectSize: effectSizesOf('meanRatio') };
    const { ratio } = classifyMetric(tenfold.candidate, tenfold.stable, all, strict);
    assert.ok(Math.abs(ratio - 118 / 9.8) < 1e-9);
    assert.ok(Number.isNaN(classifyMetric(same(0), [1, 2, 3, 2, 1], all, strict).ratio));
  });
});

const of = (label: Label, groups: readonly string[] = ['a'], critical = false): ScoredMetric => ({
  ...{ label, groups, critical },
});
const scores: readonly [
  name: string,
  metrics: readonly ScoredMetric[],
  weights: Record<string, number>,
  want: number,
][] = [
  ['one that passes', [of('Pass')], {}, 100],
  ['one that is high', [of('High')], {}, 0],
  ['nothing but no data', [of('Nodata')], {}, 0],
  ['a group without data counts as good', [of('Pass'), of('Pass'), of('Nodata', ['b'])], {}, 100],
  ['half without data', [of('Pass'), of('Nodata')], {}, 0],
  ['half of a group', [of('Pass'), of('High')], {}, 50],
  ['a third, to two digits', [of('Pass'), of('High'), of('Low')], {}, 33.33],
  ['weights 75 and 25', [of('Pass'), of('Pass'), of('High', ['b'])], { a: 75, b: 25 }, 75],
  ['equal weights', [of('Pass'), of('High'), of('High', ['b'])], { a: 50, b: 50 }, 25],
  [
    'no data is left out of its group',
    [of('Pass'), of('Nodata'), of('High', ['b'])],
    { a: 50, b: 50 },
    50,
  ],
  ['a group takes what is left', [of('High'), of('Pass', ['b']), of('High', ['c'])], { a: 40 }, 30],
  ['critical and high', [of('Pass'), of('High', ['a'], true)], {}, 0],
  ['critical and passed', [of('Low'), of('Pass', ['a'], true)], {}, 50],
  ['critical without data', [of('Pass'), of('Nodata', ['a'], true)], {}, 0],
  ['missing data that must be there fails its group', [of('Pass'), of('NodataFailMetric')], {}, 50],
  ['an error is left out', [of('Pass'), of('Error')], {}, 100],
  [
    'weights 15 and 85',
    [of('High'), of('Low'), of('Pass'), of('High', ['b'])],
    { a: 15, b: 85 },
    5,
  ],
];

describe('a score by the rules of Kayenta', () => {
  for (const [name, metrics, weights, want] of scores) {
    it(`${name}: ${want}`, () => assert.equal(scoreMetrics(metrics, weights).score, want));
  }

  it('passes from 75 and is marginal from 50', () => {
    const labels = [100, 75, 74.99, 50, 49.99].map((score) =>
      classifyScore(score, { pass: 75, marginal: 50 }),
    );
    assert.deepEqual(labels, ['Pass', 'Pass', 'Marginal', 'Marginal', 'Fail']);
  });
});
