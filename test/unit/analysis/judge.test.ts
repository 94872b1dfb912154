/** Verdicts by example: what was seen, when it is judged, and what is said. */
import assert from 'node:assert/strict';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { Observation } from '../../../src/domain/analysis/sample.js';
import type { Verdict } from '../../../src/domain/analysis/verdict.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchStep,
} from '../../../src/domain/analysis/watch.js';
import { counters, look, missedLook, policy, status, step } from './looks.js';

interface Row {
  readonly name: string;
  readonly given: readonly Observation[];
  readonly step?: WatchStep;
  /** Judged at, seconds. */
  readonly atS: number;
  readonly want: null | [Verdict['kind'], Verdict['undecided'], RegExp];
}

const clean = (fromS: number, toS: number, each = 10, rest = {}): Observation[] =>
  Array.from({ length: toS - fromS + 1 }, (_, i) =>
    look(fromS + i, { requests: (fromS + i) * each, ...rest }),
  );

const failing: Row[] = [
  {
    name: '30 % failures roll back at once, long before the window ends',
    given: [look(0, {}), look(1, { requests: 40, errors: 12 })],
    atS: 1,
    want: ['fail', null, /^12 of 40 requests failed \(30 %\), limit 5 %: E = 3\.7e4 ≥ 100$/],
  },
  {
    name: 'failing stays failing, though good answers follow',
    given: [look(1, { requests: 3, errors: 3 }), look(2, { requests: 9_003, errors: 3 })],
    atS: 2,
    want: ['fail', null, /^3 of 3 requests failed/],
  },
  {
    name: 'a late fault is told apart from the healthy hours before it',
    given: [...clean(1, 100, 40), look(101, { requests: 4_080, errors: 60 })],
    atS: 101,
    want: ['fail', null, /^60 of 80 .*since 00:01:41 UTC \(60 of 4080 in all, 1\.47 %\)|^60 of 80/],
  },
  {
    name: 'answers slower than a second roll back',
    given: [look(0, {}), look(1, { requests: 20, slow: 10 })],
    atS: 1,
    want: ['fail', null, /^10 of 20 requests took longer than 1000 ms \(50 %\), limit 5 % \(p95\)/],
  },
  {
    name: 'sent requests and answered none: fails by requests in flight',
    given: [look(0, {}), look(1, { inFlight: 10 }), look(2, { inFlight: 20, older: 10 })],
    atS: 2,
    want: ['fail', null, /^10 of 10 requests took longer/],
  },
  {
    name: 'four failed probes in a row of a ready instance',
    given: [look(1, {}, { statuses: [status('unready', 4)] })],
    atS: 1,
    want: ['fail', null, /^instance a failed 4 in a row of its health probes, limit 3$/],
  },
  {
    name: 'more unexpected exits than allowed',
    given: [look(1, {}, { restarts: 3 })],
    atS: 1,
    want: ['fail', null, /exited unexpectedly 3 times, limit 2$/],
  },
  {
    name: 'more unexpected exits than allowed, and what was said of the last',
    given: [
      look(1, {}, { restarts: 1, statuses: [{ ...status('exited', 0), reason: 'exit code 3' }] }),
      look(2, {}, { restarts: 3 }),
    ],
    atS: 2,
    want: ['fail', null, /exited unexpectedly 3 times, limit 2: exit code 3$/],
  },
  {
    name: 'a pause until resumed fails too',
    given: [look(1, { requests: 3, errors: 3 })],
    step: step({ until: 'resumed', maximumMs: null }),
    atS: 1,
    want: ['fail', null, /3 of 3/],
  },
];

const passing: Row[] = [
  {
    name: 'little traffic without harm',
    given: clean(0, 5),
    atS: 5,
    want: ['pass', null, /^no evidence of harm: 0 of 50 requests failed \(limit of success 1 %\)/],
  },
  {
    name: 'much traffic without harm',
    given: clean(0, 5, 200),
    atS: 5,
    want: ['pass', null, /^limits clearly kept: 0 of 1000 requests failed/],
  },
  {
    name: 'no traffic at weight 0',
    given: [look(0, {}, { weight: 0 }), look(5, {}, { weight: 0 })],
    step: step({ weight: 0 }),
    atS: 5,
    want: ['pass', null, /^no traffic and no evidence of harm/],
  },
  {
    name: 'a pause over without traffic, said on record',
    given: [look(0, {}), look(5, {})],
    step: step({ until: 'elapsed', maximumMs: null }),
    atS: 5,
    want: ['pass', null, /^the pause is over with doubt on record \(0 requests of the candidate/],
  },
  {
    name: 'three failed probes, and four of an instance that is still starting',
    given: [
      ...clean(0, 4),
      look(
        5,
        { requests: 50 },
        { statuses: [status('ready', 3), status('starting', 9, 'b'), status('exited', 9, 'c')] },
      ),
    ],
    atS: 5,
    want: ['pass', null, /no evidence of harm/],
  },
  {
    name: 'a missed look in the middle',
    given: [...clean(0, 2), missedLook(3), ...clean(4, 5)],
    atS: 5,
    want: ['pass', null, /0 of 50/],
  },
];

const waiting: Row[] = [
  { name: 'nothing seen', given: [], atS: 100, want: null },
  { name: 'minimum not over', given: clean(0, 4), atS: 4.9, want: null },
  {
    name: 'until resumed',
    given: clean(0, 100),
    step: step({ until: 'resumed', maximumMs: null }),
    atS: 100,
    want: null,
  },
  {
    name: 'weight not reached: the clock stands still',
    given: [look(0, {}, { weight: 5 }), look(6, { requests: 9 }, { weight: null })],
    atS: 6,
    want: null,
  },
  {
    name: 'weight not reached at the maximum: the shift has a deadline of its own',
    given: Array.from({ length: 21 }, (_, s) => look(s, { requests: s }, { weight: 5 })),
    atS: 20,
    want: null,
  },
  {
    name: 'one error in two requests',
    given: [look(1, { requests: 2, errors: 1 })],
    atS: 1,
    want: null,
  },
  { name: 'no requests yet', given: [look(0, {}), look(6, {})], atS: 6, want: null },
  { name: 'the last look failed', given: [...clean(0, 5), missedLook(6)], atS: 6, want: null },
  { name: 'the last look is stale', given: clean(0, 5), atS: 9, want: null },
  {
    name: 'a pause ends blind: it waits for a look',
    given: [...clean(0, 5), missedLook(6)],
    step: step({ until: 'elapsed', maximumMs: null }),
    atS: 600,
    want: null,
  },
];

const doubtful = (toS: number) =>
  Array.from({ length: toS + 1 }, (_, s) => look(s, { requests: s * 40, errors: s * 1.25 * 1 }));

const undecided: Row[] = [
  {
    name: '3 % failures: neither success nor rollback',
    given: doubtful(20).filter((_, s) => s % 4 === 0),
    atS: 20,
    want: [
      'inconclusive',
      'doubt',
      /^25 of 800 requests failed \(3\.13 %\), limit 1 %: E = .* ≥ 20$/,
    ],
  },
  {
    name: 'slower than half a second, faster than a second',
    given: Array.from({ length: 21 }, (_, s) => look(s, { requests: s * 10, slack: s * 4 })),
    atS: 20,
    want: ['inconclusive', 'doubt', /took longer than 500 ms \(40 %\)/],
  },
  {
    name: 'no traffic until the deadline',
    given: Array.from({ length: 21 }, (_, s) => look(s, {})),
    atS: 20,
    want: ['inconclusive', 'noData', /^0 requests of the candidate in this step, 1 needed$/],
  },
  {
    name: 'blind until the deadline',
    given: [...clean(0, 4), ...Array.from({ length: 16 }, (_, i) => missedLook(5 + i))],
    atS: 20,
    want: ['inconclusive', 'noData', /^the last look failed: http:\/\/metrics did not answer$/],
  },
  {
    name: 'blind from the first look on',
    given: Array.from({ length: 21 }, (_, i) => missedLook(i)),
    atS: 20,
    want: ['inconclusive', 'noData', /^the last look failed/],
  },
  {
    name: 'blind while the weight is awaited',
    given: [look(0, {}, { weight: 5 }), ...Array.from({ length: 20 }, (_, i) => missedLook(i + 1))],
    atS: 20,
    want: ['inconclusive', 'noData', /^the last look failed/],
  },
  {
    name: 'counters gone',
    given: [...clean(0, 19), look(20, [])],
    atS: 20,
    want: ['inconclusive', 'noData', /^the candidate has no counters$/],
  },
  {
    name: 'a histogram that ends below the limit',
    given: Array.from({ length: 21 }, (_, s) => look(s, [counters({ requests: s }, [100, 500])])),
    atS: 20,
    want: ['inconclusive', 'noData', /^the latency histogram has no edge at or above a limit/],
  },
];

function verdictOf(row: Row): Verdict | null {
  const opened = openWindow(beginWatch(null), row.step ?? step());
  const state = row.given.reduce((seen, observation) => observe(seen, observation, policy), opened);
  return judge(state, row.atS * 1000, policy);
}

for (const [title, rows] of Object.entries({ failing, passing, waiting, undecided })) {
  describe(`the judge: ${title}`, () => {
    for (const row of rows) {
      it(row.name, () => {
        const verdict = verdictOf(row);
        if (row.want === null) {
          assert.equal(verdict, null, verdict?.reason);
          return;
        }
        const [kind, why, reason] = row.want;
        assert.ok(verdict, 'a verdict');
        assert.match(verdict.reason, reason);
        assert.deepEqual([verdict.kind, verdict.undecided], [kind, why]);
        assert.ok(verdict.evidence.length > 0);
        assert.ok(JSON.stringify(verdict).length <= 16_384);
      });
    }
  });
}
