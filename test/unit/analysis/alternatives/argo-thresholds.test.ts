/** Measurements, conditions and limits as an analysis run of Argo Rollouts counts them. */
import assert from 'node:assert/strict';
import {
  argoDefaults,
  type ArgoMetric,
  type ArgoSettings,
  classify,
} from '../../../../src/domain/analysis/alternatives/argo-thresholds.js';
import {
  type Condition,
  readCondition,
} from '../../../../src/domain/analysis/alternatives/condition.js';
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

const when = (text: string): Condition => readCondition(text) ?? assert.fail(text);

function argo(
  given: Partial<ArgoMetric> = {},
  countsOver: ArgoSettings['countsOver'] = 'step',
  ...others: readonly Partial<ArgoMetric>[]
): ArgoSettings {
  const metrics = [given, ...others].map((one) => ({
    ...argoDefaults,
    metric: 'successRate' as const,
    intervalMs: 30_000,
    count: null,
    successCondition: when('result[0] >= 0.99'),
    failureCondition: null,
    ...one,
  }));
  return { kind: 'thresholds', style: 'argo', countsOver, metrics };
}

interface Row {
  readonly name: string;
  readonly settings: ArgoSettings;
  readonly given: readonly Interval[];
  readonly step?: Step;
  readonly want:
    | null
    | readonly [atS: number, kind: Said['kind'], undecided: Said['undecided'], sentence: RegExp];
}

const bad = { errors: 3 };
const doubtful = { successCondition: when('>= 0.99'), failureCondition: when('< 0.9') };

const briefly = { windowMs: 5_000 };
/** Two seconds of traffic and none after them. */
const quiet = [...seconds(1, 2), ...seconds(3, 100, { requests: 0 })];

const rows: readonly Row[] = [
  {
    name: 'failureLimit 0: the first failed measurement, at the start of the step',
    settings: argo(),
    given: seconds(1, 60, bad),
    want: [
      10,
      'fail',
      null,
      /^successRate: 1 of 1 measurements failed, failureLimit 0; the last: 0\.97, wanted result\[0\] >= 0\.99$/,
    ],
  },
  {
    name: 'failureLimit 3: the fourth, three intervals later',
    settings: argo({ failureLimit: 3 }),
    given: seconds(1, 200, bad),
    step: { startedS: 10, minimumS: 600 },
    want: [100, 'fail', null, /^successRate: 4 of 4 measurements failed, failureLimit 3/],
  },
  {
    name: 'failures need not follow each other',
    settings: argo({ failureLimit: 1, windowMs: 10_000 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 60), ...seconds(61, 120, bad)],
    want: [70, 'fail', null, /2 of 3 measurements failed/],
  },
  {
    name: 'initialDelay puts the first measurement off',
    settings: argo({ initialDelayMs: 45_000 }),
    given: seconds(1, 120, bad),
    want: [55, 'fail', null, /1 of 1 measurements failed/],
  },
  {
    name: 'a window dilutes what has begun meanwhile',
    settings: argo(),
    given: [...seconds(1, 60), ...seconds(61, 160, bad)],
    step: { startedS: 10, minimumS: 600 },
    // 10 s of 3 % in a window of 60 s are 0.5 %, 40 s are 2 %.
    want: [100, 'fail', null, /1 of 4 measurements failed.*the last: 0\.98/],
  },
  {
    name: 'no request is NaN, and fails a success condition',
    settings: argo(briefly),
    given: quiet,
    want: [10, 'fail', null, /the last: no value/],
  },
  {
    name: 'NaN does not meet a failure condition and succeeds',
    settings: argo({
      ...briefly,
      successCondition: null,
      failureCondition: when('< 0.9'),
      count: 3,
    }),
    given: quiet,
    want: [70, 'pass', null, /0 of 3 measurements failed/],
  },
  {
    name: 'NaN meets neither of both: inconclusive',
    settings: argo({ ...briefly, ...doubtful }),
    given: quiet,
    want: [
      10,
      'inconclusive',
      'doubt',
      /1 of 1 measurements were inconclusive, inconclusiveLimit 0/,
    ],
  },
  {
    name: 'between both conditions: inconclusive beyond its limit',
    settings: argo({ ...doubtful, inconclusiveLimit: 1 }),
    given: seconds(1, 60, bad),
    want: [
      40,
      'inconclusive',
      'doubt',
      /2 of 2 measurements were inconclusive, inconclusiveLimit 1; .*failing at < 0\.9$/,
    ],
  },
  {
    name: 'five errors in a row, ten seconds apart',
    settings: argo(),
    given: Array.from({ length: 100 }, (_, n) => missedInterval(n + 1)),
    want: [
      50,
      'inconclusive',
      'noData',
      /5 measurements in a row had errors, consecutiveErrorLimit 4; the last: http:\/\/metrics did not answer/,
    ],
  },
  {
    name: 'errors with an answer between them are not in a row',
    settings: argo({ intervalMs: 10_000 }),
    given: Array.from({ length: 80 }, (_, n) => (n === 39 ? interval(40) : missedInterval(n + 1))),
    step: { startedS: 10, minimumS: 60, maximumS: 65 },
    want: [70, 'pass', null, /0 of 1 measurements failed/],
  },
  {
    name: 'each metric has a window of its own',
    settings: argo({ failureLimit: 9 }, 'step', { windowMs: 5_000, initialDelayMs: 30_000 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 100)],
    want: [70, 'pass', null, /./],
  },
  {
    name: 'nobody counts the candidate: an error too',
    settings: argo({ consecutiveErrorLimit: 0 }),
    given: seconds(1, 30, null),
    want: [10, 'inconclusive', 'noData', /nothing is counted of the candidate/],
  },
  {
    name: 'nothing answered yet: an error, and ten seconds later a measurement',
    settings: argo({ intervalMs: null }),
    given: [...seconds(1, 15, { requests: 0 }), ...seconds(16, 60, bad)],
    want: [20, 'fail', null, /1 of 1 measurements failed/],
  },
  {
    name: 'an error counts neither as a failure nor for count',
    settings: argo({ count: 2 }),
    given: [...seconds(1, 9), missedInterval(10), ...seconds(11, 80)],
    want: [70, 'pass', null, /0 of 2 measurements failed/],
  },
  {
    name: 'count: the last of three, and the step has to be over too',
    settings: argo({ count: 3 }),
    given: seconds(1, 200),
    step: { startedS: 10, minimumS: 100 },
    want: [110, 'pass', null, /0 of 3 measurements failed/],
  },
  {
    name: 'count is reached after the step: it waits',
    settings: argo({ count: 5 }),
    given: seconds(1, 200),
    step: { startedS: 10, minimumS: 20, maximumS: 200 },
    want: [130, 'pass', null, /0 of 5 measurements failed/],
  },
  {
    name: 'count is not reached by the deadline',
    settings: argo({ count: 5 }),
    given: seconds(1, 200),
    step: { startedS: 10, minimumS: 20, maximumS: 60 },
    want: [70, 'inconclusive', 'doubt', /0 of 3 measurements failed/],
  },
  {
    name: 'without count, the end of the step ends the run well',
    settings: argo({ failureLimit: 2 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 100)],
    want: [70, 'pass', null, /1 of 3 measurements failed|2 of 3 measurements failed/],
  },
  {
    name: 'not measured once by the deadline: no data',
    settings: argo({ initialDelayMs: 600_000 }),
    given: seconds(1, 200),
    step: { startedS: 10, minimumS: 20, maximumS: 60 },
    want: [70, 'inconclusive', 'noData', /0 of 0 measurements failed.*no measurement/],
  },
  {
    name: 'without interval and count: once',
    settings: argo({ intervalMs: null }),
    given: seconds(1, 200),
    want: [70, 'pass', null, /0 of 1 measurements failed/],
  },
  {
    name: 'consecutiveSuccessLimit is enough before count is reached',
    settings: argo({ consecutiveSuccessLimit: 2, count: 10 }),
    given: seconds(1, 200),
    want: [70, 'pass', null, /0 of 2 measurements failed/],
  },
  {
    name: 'consecutiveSuccessLimit not reached with failures allowed: inconclusive',
    settings: argo({ consecutiveSuccessLimit: 2, count: 2, failureLimit: 1, windowMs: 10_000 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 100)],
    want: [
      40,
      'inconclusive',
      'doubt',
      /1 of 2 measurements succeeded in a row, consecutiveSuccessLimit 2/,
    ],
  },
  {
    name: 'consecutiveSuccessLimit not reached and failures off: fails',
    settings: argo({ consecutiveSuccessLimit: 2, count: 2, failureLimit: -1, windowMs: 10_000 }),
    given: [...seconds(1, 20, bad), ...seconds(21, 100)],
    want: [40, 'fail', null, /1 of 2 measurements succeeded in a row, consecutiveSuccessLimit 2/],
  },
  {
    name: 'a dry run is measured and never acted on',
    settings: argo({ dryRun: true }),
    given: seconds(1, 100, bad),
    want: [70, 'pass', null, /^successRate \(dry run\): 1 of 1 measurements failed/],
  },
  {
    name: 'a failure is worse than what another metric says',
    settings: argo(doubtful, 'step', { metric: 'latencyP95', successCondition: when('< 500') }),
    given: seconds(1, 100, { errors: 3, withinMs: 1000 }),
    want: [10, 'fail', null, /^latencyP95: .*the last: 975 ms, wanted < 500$/],
  },
];

describe("thresholds in Argo's manner", () => {
  for (const { name, settings, given, step = { startedS: 10, minimumS: 60 }, want } of rows) {
    it(name, () => {
      const said = firstSaid(settings, given, step);
      if (want === null) return assert.equal(said, null);
      const [atS, kind, undecided, sentence] = want;
      assert.deepEqual([said?.atS, said?.kind, said?.undecided], [atS, kind, undecided]);
      assert.match(said?.sentence ?? '', sentence);
    });
  }

  it('counts anew in each step, or over the rollout', () => {
    const steps = [
      { startedS: 10, minimumS: 10 },
      { startedS: 20, minimumS: 10 },
    ];
    const given = [...seconds(1, 20, bad)];
    const failed = (over: ArgoSettings['countsOver']) => {
      const state = watched(argo({ failureLimit: 5, intervalMs: 5_000 }, over), given, steps);
      return state.kind === 'argo' && state.run.metrics[0]?.failed;
    };
    assert.deepEqual([failed('step'), failed('rollout')], [1, 3]);
  });

  it('keeps at most 60 pieces of the window, and its sums', () => {
    const settings = argo();
    const given = Array.from({ length: 4_000 }, (_, n) => interval(1 + n / 20, { requests: 1 }));
    const state = watched(settings, given, [{ startedS: 0, minimumS: 1 }]);
    assert.ok(state.kind === 'argo');
    const { entries } = state.run.window;
    const requests = entries.reduce((sum, { side }) => sum + side.requests, 0);
    assert.ok(entries.length <= 61, `${entries.length} pieces`);
    assert.ok(Math.abs(requests - 1_200) <= 20, `${requests} requests of 20 a second in 60 s`);
  });
});

describe('conditions', () => {
  it('are read as they are written there', () => {
    const value = (text: string, seen: number) =>
      classify(seen, { successCondition: when(text), failureCondition: null }) === 'Successful';
    assert.ok(value('result[0] >= 0.95', 0.95) && !value('result[0] > 0.95', 0.95));
    assert.ok(value('result <= 500 && result != 7', 8) && !value('<= 500 && != 7', 7));
    assert.ok(value('asFloat(result[0]) < -0.5', -1) && value('== 3', 3));
    assert.ok(value('isNaN(result[0]) || result[0] >= 1', Number.NaN));
    assert.ok(!value('!isNaN(result) && result < 1', Number.NaN));
    assert.ok(value('< 1 || > 3 && < 5', 4) && !value('< 1 || > 3 && < 5', 6));
  });

  it('that say more than that are not read', () => {
    for (const text of [
      '',
      'result',
      'len(result) > 0',
      'result[1] > 1',
      '>= 1 &&',
      '(> 1)',
      '> x',
    ])
      assert.equal(readCondition(text), null, text);
  });
});
