/** What a watch counts: resets, repeats, late looks, requests in flight and the window's clock. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { explainWatch } from '../../../src/domain/analysis/explain-watch.js';
import { judge, recomputeVerdict } from '../../../src/domain/analysis/judge.js';
import type { HealthSample, Observation } from '../../../src/domain/analysis/sample.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import { counters, edges, look, missedLook, policy, type Seen, step } from './looks.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 10_000 : 300;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

function watched(given: readonly Observation[], baseline: HealthSample | null = null): WatchState {
  const opened = openWindow(beginWatch(baseline), step());
  return given.reduce((state, observation) => observe(state, observation, policy), opened);
}

interface Row {
  readonly name: string;
  readonly given: readonly Observation[];
  readonly baseline?: HealthSample;
  /** Errors of requests; slow of those with known latency. */
  readonly want: { errors: [number, number]; slow?: [number, number]; restarts?: number };
}

const rows: Row[] = [
  {
    name: 'without a baseline counters count from zero',
    given: [look(1, { requests: 10, errors: 1 })],
    want: { errors: [1, 10] },
  },
  {
    name: 'what the baseline saw is not counted',
    baseline: look(0, { requests: 100, errors: 50, slow: 20 }, { restarts: 5 }),
    given: [look(1, { requests: 110, errors: 51, slow: 20 }, { restarts: 6 })],
    want: { errors: [1, 10], slow: [0, 10], restarts: 1 },
  },
  {
    name: 'a counter that runs backwards began anew from zero',
    given: [look(1, { requests: 100, errors: 2 }), look(2, { requests: 7, errors: 1 })],
    want: { errors: [3, 107] },
  },
  {
    name: 'restarts of a revision applied anew count from zero',
    given: [look(1, {}, { restarts: 2 }), look(2, {}, { restarts: 1 })],
    want: { errors: [0, 0], restarts: 3 },
  },
  {
    name: 'a new instance counts from zero beside the old one',
    given: [
      look(1, [counters({ requests: 10 })]),
      look(2, [counters({ requests: 15 }), counters({ instance: 'b', requests: 4, errors: 4 })]),
    ],
    want: { errors: [4, 19] },
  },
  {
    name: 'an instance left out of one look and back is not counted twice',
    given: [look(1, { requests: 10 }), look(2, []), look(3, { requests: 12 })],
    want: { errors: [0, 12] },
  },
  {
    name: 'a repeated look',
    given: [look(1, { requests: 10, errors: 1 }), look(1, { requests: 10, errors: 1 })],
    want: { errors: [1, 10] },
  },
  {
    name: 'a look that comes late',
    given: [look(2, { requests: 10, errors: 1 }), look(1, { requests: 5, errors: 0 })],
    want: { errors: [1, 10] },
  },
  {
    name: 'a missed look: the next one brings both increases',
    given: [look(1, { requests: 10 }), missedLook(2), look(3, { requests: 30, errors: 3 })],
    want: { errors: [3, 30] },
  },
  {
    name: 'old requests in flight are slow once, not again when they complete',
    given: [
      look(1, { requests: 10, inFlight: 5 }),
      look(2, { requests: 20, inFlight: 5, older: 5 }),
      look(3, { requests: 25, slow: 5, errors: 5 }),
    ],
    want: { errors: [5, 25], slow: [5, 25] },
  },
  {
    name: 'a request in flight whose client hangs up was slow all the same',
    given: [look(1, { requests: 10, inFlight: 2, older: 2 }), look(2, { requests: 10 })],
    want: { errors: [0, 10], slow: [2, 12] },
  },
  {
    name: 'a request in flight that vanishes and a reading between two counters do not count again',
    given: [
      look(1, { requests: 10, inFlight: 2, older: 2 }),
      look(2, { requests: 10, inFlight: 1, older: 1 }),
      look(3, { requests: 10, inFlight: 2, older: 2 }),
    ],
    want: { errors: [0, 10], slow: [2, 12] },
  },
];

describe('a watch counts', () => {
  for (const { name, given, baseline, want } of rows) {
    it(name, () => {
      const { guards, restarts } = watched(given, baseline ?? null);
      assert.deepEqual([guards.errors.bad, guards.errors.total], want.errors);
      if (want.slow) assert.deepEqual([guards.slow.bad, guards.slow.total], want.slow);
      if (want.restarts !== undefined) assert.equal(restarts.counted, want.restarts);
    });
  }

  it('the smallest edge at or above a limit, and says so when it is another', () => {
    const between = { ...policy, latencyP95: { rollBackAboveMs: 700, succeedBelowMs: 500 } };
    const state = observe(beginWatch(null), look(1, { requests: 9, slow: 9, slack: 0 }), between);
    assert.deepEqual(state.edges, { lateMs: 1000, slackMs: 500, missing: false });
    const verdict = judge(state, 1000, between);
    assert.match(verdict?.reason ?? '', /longer than 700 ms .*histogram's edge of 1000 ms/);
  });

  it('window time from the weight on, window totals after it, guards over everything', () => {
    let state = openWindow(beginWatch(null), step({ weight: 50 }));
    const seen: [number, number | null, number][] = [
      [1, 20, 10],
      [2, null, 20],
      [3, 50, 30],
      [4, 50, 45],
    ];
    for (const [atS, weight, requests] of seen) {
      state = observe(state, look(atS, { requests }, { weight }), policy);
    }
    assert.deepEqual(
      [state.window?.openedAtMs, state.window?.startedAtMs, state.window?.requests],
      [1000, 3000, 15],
    );
    assert.equal(state.guards.errors.total, 45);
    const next = openWindow(state, step({ weight: 50 }));
    assert.equal(next.window?.requests, 0);
    assert.deepEqual(next.guards, state.guards);
  });

  it('in about 4 kB for 10 instances', () => {
    const many = (n: number) =>
      Array.from({ length: 10 }, (_, i) =>
        counters({
          instance: `checkout-1-2-0-${i}-4f3a2b1c`,
          requests: 123_456 * n,
          errors: 777 * n,
        }),
      );
    const state = watched([look(1, many(1)), look(2, many(2)), look(3, many(3))]);
    const bytes = JSON.stringify(state).length;
    assert.ok(bytes <= 4_500, `${bytes} bytes`);
    assert.ok(JSON.stringify(explainWatch(state, policy)).length <= 3_000);
  });

  it('and forgets instances of long ago', () => {
    const given = Array.from({ length: 500 }, (_, i) =>
      look(i + 1, [counters({ instance: `i${i}`, requests: 1 })]),
    );
    const state = watched(given);
    assert.equal(state.guards.errors.total, 500);
    assert.ok(state.seen.length <= 11);
  });
});

/** A world of two instances: increases a look, with failures, slowness, stalls, resets and missed looks. */
const world = fc.array(
  fc.record({
    grow: fc.nat({ max: 30 }),
    errors: fc.nat({ max: 3 }),
    slow: fc.nat({ max: 2 }),
    inFlight: fc.nat({ max: 4 }),
    instance: fc.constantFrom('a', 'b'),
    event: fc.constantFrom('look', 'look', 'look', 'look', 'missed', 'reset'),
  }),
  { minLength: 1, maxLength: 40 },
);
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function observationsOf(given: World): Observation[] {
  const now = new Map<string, Required<Seen>>();
  const zero = { requests: 0, errors: 0, slow: 0, slack: 0, inFlight: 0, older: 0 };
  return given.map(({ grow, errors, slow, inFlight, instance, event }, i) => {
    const last = event === 'reset' ? undefined : now.get(instance);
    const from = last ?? { ...zero, instance };
    now.set(instance, {
      ...from,
      requests: from.requests + grow,
      errors: from.errors + Math.min(errors, grow),
      slow: from.slow + Math.min(slow, grow),
      inFlight,
      older: Math.min(inFlight, slow),
    });
    const instances = [...now.values()].map((seen) => counters(seen, edges));
    return event === 'missed' ? missedLook(i + 1) : look(i + 1, instances);
  });
}

describe(`a watch, whatever it sees (${numRuns} runs, seed ${seed})`, () => {
  it('is changed by nothing seen before', () => {
    fc.assert(
      fc.property(world, fc.array(fc.nat(), { maxLength: 20 }), (given, again) => {
        const observations = observationsOf(given);
        const noisy = observations.flatMap((observation, i) => [
          observation,
          ...again
            .filter((n) => n % observations.length === i)
            .map((n) => observations[n % (i + 1)] as Observation),
        ]);
        assert.deepEqual(watched(noisy), watched(observations));
      }),
      { numRuns, seed },
    );
  });

  it('goes on from JSON, and is recomputed bit for bit from its record', () => {
    const steps = [
      { ...step({ minimumMs: 2_000, maximumMs: 9_000 }), fromObservation: 0 },
      { ...step({ minimumMs: 3_000, maximumMs: 12_000 }), fromObservation: 7 },
    ];
    fc.assert(
      fc.property(world, fc.boolean(), (given, hasBaseline) => {
        const baseline = hasBaseline ? look(0, { requests: 5, inFlight: 1 }) : null;
        const observations = observationsOf(given);
        let state = beginWatch(baseline);
        for (const [i, observation] of observations.entries()) {
          for (const one of steps) if (one.fromObservation === i) state = openWindow(state, one);
          state = observe(JSON.parse(JSON.stringify(state)), observation, policy);
          const said = judge(state, observation.atMs, policy);
          const record = observations.slice(0, i + 1);
          assert.deepEqual(
            recomputeVerdict(
              record,
              baseline,
              steps.filter((one) => one.fromObservation <= i),
              policy,
            ),
            said,
          );
        }
      }),
      { numRuns, seed },
    );
  });

  it('never counts more bad than all, and never fewer than nothing', () => {
    fc.assert(
      fc.property(world, (given) => {
        for (const guard of Object.values(watched(observationsOf(given)).guards)) {
          assert.ok(guard.bad >= 0 && guard.bad <= guard.total);
          assert.ok(guard.recent.bad <= guard.bad && guard.recent.total <= guard.total);
        }
      }),
      { numRuns, seed },
    );
  });
});
