/** Checks, failed checks and their threshold as Flagger counts them. */
import assert from 'node:assert/strict';
import {
  flaggerDefaults,
  type FlaggerMetric,
  type FlaggerSettings,
} from '../../../../src/domain/analysis/alternatives/flagger-thresholds.js';
import type { Interval } from '../../../../src/domain/analysis/alternatives/interval.js';
import {
  firstSaid,
  interval,
  missedInterval,
  type Said,
  seconds,
  type Step,
  watched,
} from './intervals.js';

const success: FlaggerMetric = {
  ...{ metric: 'request-success-rate', windowMs: 10_000, min: 99, max: null },
};
const duration: FlaggerMetric = {
  ...{ metric: 'request-duration', windowMs: 10_000, min: null, max: 500 },
};

function flagger(given: Partial<FlaggerSettings> = {}): FlaggerSettings {
  const { intervalMs, threshold, iterations } = flaggerDefaults;
  const known = {
    kind: 'thresholds',
    style: 'flagger',
    intervalMs,
    threshold,
    iterations,
  } as const;
  return { ...known, metrics: [success], ...given };
}

const tenSeconds = { intervalMs: 10_000 };
const bad = { errors: 2 };

interface Row {
  readonly name: string;
  readonly settings: FlaggerSettings;
  readonly given: readonly Interval[];
  readonly step?: Step;
  readonly want: readonly [atS: number, kind: Said['kind'], undecided: Said['undecided'], RegExp];
}

const rows: readonly Row[] = [
  {
    name: 'threshold 1: back one interval after the one failed check',
    settings: flagger(tenSeconds),
    given: seconds(1, 100, bad),
    want: [
      30,
      'fail',
      null,
      /^1 failed check, threshold 1, the newest: request-success-rate 98 % < 99 %$/,
    ],
  },
  {
    name: 'threshold 5 each minute: six minutes',
    settings: flagger({ threshold: 5 }),
    given: seconds(1, 500, bad),
    want: [370, 'fail', null, /^5 failed checks, threshold 5/],
  },
  {
    name: 'failed checks are not forgiven',
    settings: flagger({ ...tenSeconds, threshold: 2 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 40), ...seconds(41, 100, bad)],
    want: [60, 'fail', null, /^2 failed checks, threshold 2/],
  },
  {
    name: 'a good check lets the step go on when its time is over',
    settings: flagger(tenSeconds),
    given: seconds(1, 100),
    want: [
      50,
      'pass',
      null,
      /^0 failed checks, threshold 1; 4 of 1 good ones in this step, the last check: every metric in its range/,
    ],
  },
  {
    name: 'iterations: so many good checks, failed ones hold it',
    settings: flagger({ ...tenSeconds, threshold: 3, iterations: 5 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 100)],
    want: [70, 'pass', null, /^1 failed check, threshold 3, the newest: .*; 5 of 5 good ones/],
  },
  {
    name: 'too few good checks by the deadline',
    settings: flagger({ ...tenSeconds, threshold: 9, iterations: 5 }),
    given: seconds(1, 100, bad),
    step: { startedS: 10, minimumS: 20, maximumS: 50 },
    want: [60, 'inconclusive', 'doubt', /0 of 5 good ones/],
  },
  {
    name: 'enough good checks and a failed one that will roll back: nothing advances',
    settings: flagger(tenSeconds),
    given: [...seconds(1, 41), ...seconds(42, 100, { errors: 100 })],
    want: [60, 'fail', null, /1 failed check, threshold 1/],
  },
  {
    name: 'no values found is a failed check',
    settings: flagger(tenSeconds),
    given: seconds(1, 100, { requests: 0 }),
    want: [30, 'fail', null, /the newest: no values found for request-success-rate/],
  },
  {
    name: 'a source that does not answer is a failed check',
    settings: flagger(tenSeconds),
    given: [...seconds(1, 19), missedInterval(20), ...seconds(21, 100)],
    want: [30, 'fail', null, /the newest: http:\/\/metrics did not answer/],
  },
  {
    name: 'the p99 of the duration, in whole milliseconds',
    settings: flagger({ ...tenSeconds, metrics: [success, duration] }),
    given: seconds(1, 100, { withinMs: 1000 }),
    want: [30, 'fail', null, /the newest: request-duration 995 ms > 500 ms/],
  },
  {
    name: 'of which parts are cut off: 992.9 is not more than 992.5',
    settings: flagger({ ...tenSeconds, metrics: [{ ...duration, max: 992.5 }] }),
    given: Array.from({ length: 60 }, (_, n) =>
      interval(n + 1, { withinMs: n % 10 < 3 ? 500 : 1000 }),
    ),
    want: [50, 'pass', null, /every metric in its range/],
  },
  {
    name: 'a range has two sides, and what is equal is inside',
    settings: flagger({ ...tenSeconds, metrics: [{ ...success, min: 98, max: 98 }] }),
    given: seconds(1, 100, bad),
    want: [50, 'pass', null, /every metric in its range/],
  },
];

describe("thresholds in Flagger's manner", () => {
  for (const { name, settings, given, step = { startedS: 10, minimumS: 40 }, want } of rows) {
    it(name, () => {
      const said = firstSaid(settings, given, step);
      const [atS, kind, undecided, sentence] = want;
      assert.deepEqual([said?.atS, said?.kind, said?.undecided], [atS, kind, undecided]);
      assert.match(said?.sentence ?? '', sentence);
    });
  }

  it('counts failed checks over the rollout and good ones in each step', () => {
    const given = [...seconds(1, 26, bad), ...seconds(27, 90)];
    const steps = [
      { startedS: 10, minimumS: 30 },
      { startedS: 60, minimumS: 30 },
    ];
    const state = watched(flagger({ ...tenSeconds, threshold: 9 }), given, steps);
    assert.ok(state.kind === 'flagger');
    assert.deepEqual([state.run.failedChecks, state.run.goodChecks], [2, 3]);
  });

  it('does not catch up on ticks that nobody looked at', () => {
    const given = [...seconds(1, 11), ...seconds(55, 60, { errors: 100 })];
    const state = watched(flagger({ ...tenSeconds, threshold: 9 }), given, [
      { startedS: 10, minimumS: 99 },
    ]);
    assert.ok(state.kind === 'flagger');
    assert.deepEqual([state.run.failedChecks, state.run.nextAtMs], [2, 70_000]);
  });
});
