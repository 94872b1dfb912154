/** Series of both sides, span by span, and what a score leads to. */
import assert from 'node:assert/strict';
import {
  effectSizesOf,
  kayentaDefaults,
} from '../../../../src/domain/analysis/alternatives/kayenta-metric.js';
import {
  type KayentaMetric,
  mannWhitneyDefaults,
  type MannWhitneySettings,
} from '../../../../src/domain/analysis/alternatives/mann-whitney-judge.js';
import type { Interval } from '../../../../src/domain/analysis/alternatives/interval.js';
import {
  firstSaid,
  interval,
  missedInterval,
  type Said,
  seconds,
  type Second,
  type Step,
  watched,
} from './intervals.js';

function metric(given: Partial<KayentaMetric> = {}): KayentaMetric {
  const effectSize = effectSizesOf('meanRatio');
  const known = { metric: 'errorRate', groups: ['all'], muted: false } as const;
  return { ...kayentaDefaults, effectSize, ...known, ...given };
}

const errors = metric({ direction: 'increase' });
const slowness = metric({ metric: 'latencyP95', groups: ['latency'] });

function kayenta(given: Partial<MannWhitneySettings> = {}): MannWhitneySettings {
  return {
    ...{ kind: 'mannWhitney', ...mannWhitneyDefaults, stepMs: 5_000 },
    ...{ groupWeights: {}, metrics: [errors], ...given },
  };
}

/** Errors that rise and fall, so that values differ. */
const waves = (
  to: number,
  candidate: (n: number) => Second,
  stable: (n: number) => Second | null,
) => Array.from({ length: to }, (_, n) => interval(n + 1, candidate(n), stable(n)));
const wave = (n: number): Second => ({ errors: 1 + (n % 3) });
const high = (n: number): Second => ({ errors: 11 + (n % 4) });
const healthy = waves(200, (n) => wave(n + 7), wave);
const failing = waves(200, high, wave);
const slow = waves(200, (n) => ({ ...wave(n + 7), withinMs: 1000 }), wave);

interface Row {
  readonly name: string;
  readonly settings: MannWhitneySettings;
  readonly given: readonly Interval[];
  readonly step?: Step;
  readonly want:
    | null
    | readonly [atS: number, kind: Said['kind'], undecided: Said['undecided'], RegExp];
}

const rows: readonly Row[] = [
  {
    name: 'alike: passes at the end of the step',
    settings: kayenta(),
    given: healthy,
    want: [
      110,
      'pass',
      null,
      /^score 100, pass 75, marginal 50: errorRate is classified as Pass: .* × stable, 20 values of the candidate beside 20 of stable$/,
    ],
  },
  {
    name: 'six times the errors: fails at the end of the step',
    settings: kayenta(),
    given: failing,
    want: [
      110,
      'fail',
      null,
      /^score 0, pass 75, marginal 50: errorRate is classified as High: 6\.\d+ × stable/,
    ],
  },
  {
    name: 'judged at intervals: fails at the first that has values enough',
    settings: kayenta({ intervalMs: 20_000 }),
    given: failing,
    want: [70, 'fail', null, /^score 0.*High.*12 values of the candidate/],
  },
  {
    name: 'judged at intervals: passes at the end all the same',
    settings: kayenta({ intervalMs: 20_000 }),
    given: healthy,
    want: [110, 'pass', null, /^score 100/],
  },
  {
    name: 'one of two groups: marginal, which is doubt',
    settings: kayenta({ metrics: [errors, slowness], groupWeights: { all: 50, latency: 50 } }),
    given: slow,
    want: [
      110,
      'inconclusive',
      'doubt',
      /^score 50, pass 75, marginal 50: latencyP95 is classified as High/,
    ],
  },
  {
    name: 'one of two groups with the weight of 80 passes',
    settings: kayenta({ metrics: [errors, slowness], groupWeights: { all: 80, latency: 20 } }),
    given: slow,
    want: [110, 'pass', null, /^score 80/],
  },
  {
    name: 'critical: fails whatever the weights',
    settings: kayenta({
      metrics: [errors, { ...slowness, critical: true }],
      groupWeights: { all: 80, latency: 20 },
    }),
    given: slow,
    want: [110, 'fail', null, /^score 0 \(a critical metric\).*latencyP95 is classified as High/],
  },
  {
    name: 'muted: told and not scored',
    settings: kayenta({ metrics: [errors, { ...slowness, muted: true }] }),
    given: slow,
    want: [110, 'pass', null, /^score 100.*: latencyP95 \(muted\) is classified as High/],
  },
  {
    name: 'stable without traffic: no data, at the deadline',
    settings: kayenta(),
    given: waves(200, high, () => ({ requests: 0 })),
    want: [
      160,
      'inconclusive',
      'noData',
      /^too little data, 10 values a side are wanted; score 0 \(half of the metrics without data\).*30 values of the candidate beside 0 of stable/,
    ],
  },
  {
    name: 'no stable at all, critical: no data and no failure',
    settings: kayenta({ metrics: [{ ...errors, critical: true }], minimumValues: 0 }),
    given: waves(200, high, () => null),
    want: [160, 'inconclusive', 'noData', /Nodata/],
  },
  {
    name: 'fewer values than wanted: waits, and judges when they are there',
    settings: kayenta({ minimumValues: 25 }),
    given: failing,
    want: [135, 'fail', null, /25 values of the candidate/],
  },
  {
    name: 'looks that failed leave spans without values',
    settings: kayenta(),
    given: healthy.map((one, n) => (n > 30 && n < 60 ? missedInterval(n + 1) : one)),
    want: [110, 'pass', null, /15 values of the candidate beside 15 of stable/],
  },
  {
    name: 'lookback forgets what is older',
    settings: kayenta({ lookbackMs: 60_000 }),
    given: [...failing.slice(0, 45), ...healthy.slice(45)],
    want: [110, 'pass', null, /12 values of the candidate/],
  },
  {
    name: 'without lookback it counts',
    settings: kayenta(),
    given: [...failing.slice(0, 95), ...healthy.slice(95)],
    want: [110, 'fail', null, /20 values of the candidate/],
  },
  {
    name: 'what happens while it warms up does not count',
    settings: kayenta({ warmUpMs: 35_000 }),
    given: [...failing.slice(0, 45), ...healthy.slice(45)],
    want: [110, 'pass', null, /13 values of the candidate/],
  },
  {
    name: 'nothing before the end of the step',
    settings: kayenta(),
    given: seconds(1, 100),
    want: null,
  },
];

describe("a Mann–Whitney judge in Kayenta's manner", () => {
  const usual = { startedS: 10, minimumS: 100, maximumS: 150 };
  for (const { name, settings, given, step = usual, want } of rows) {
    it(name, () => {
      const said = firstSaid(settings, given, step);
      if (want === null) return assert.equal(said, null);
      const [atS, kind, undecided, sentence] = want;
      assert.deepEqual([said?.atS, said?.kind, said?.undecided], [atS, kind, undecided]);
      assert.match(said?.sentence ?? '', sentence);
    });
  }

  it('has one value for each span, by what it counted in all', () => {
    const given = [
      ...seconds(1, 10, { errors: 50 }),
      ...seconds(11, 14),
      interval(15, { errors: 10 }),
    ];
    const state = watched(
      kayenta(),
      [...given, interval(23, { errors: 7 })],
      [{ startedS: 10, minimumS: 1 }],
    );
    assert.ok(state.kind === 'mannWhitney');
    // 10 of 500, nothing looked at, and the third span is not over.
    assert.deepEqual(state.run.series, [{ candidate: [0.02, null], stable: [0, null] }]);
    assert.deepEqual([state.run.spans, state.run.filling.candidate.errors], [2, 7]);
  });

  it('goes on from step to step', () => {
    const steps = [
      { startedS: 10, minimumS: 1 },
      { startedS: 50, minimumS: 1 },
    ];
    const state = watched(kayenta(), seconds(1, 100), steps);
    assert.equal(state.kind === 'mannWhitney' && state.run.series[0]?.candidate.length, 18);
  });
});
