/** A watch under way in numbers: every test beside its limit, both sides, and what is to be expected. */
import assert from 'node:assert/strict';
import { explainWatch } from '../../../src/domain/analysis/explain-watch.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { HealthSample } from '../../../src/domain/analysis/sample.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import { counters, look, missedLook, policy, step } from './looks.js';

/** A look at which the candidate has answered 10 a second and stable 90, and so many of them failed. */
function beside(atS: number, errors: number, ofStable: number): HealthSample {
  const stable = counters({ instance: 'b', requests: 900 + 90 * atS, errors: ofStable });
  return {
    ...look(atS, { requests: 10 * atS, errors }),
    stable: { revision: 'stable', instances: [stable] },
  };
}

function watched(looks: readonly HealthSample[], given = step({ minimumMs: 600_000 })): WatchState {
  return looks.reduce(
    (state, one) => observe(state, one, policy),
    openWindow(beginWatch(null), given),
  );
}

const seconds = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('explained watch', () => {
  it('has the limits and the comparisons, each with E, its limit and both sides', () => {
    const state = watched(seconds(31).map((n) => beside(n, Math.floor(n / 3), 1)));
    const { checks, window, expected } = explainWatch(state, policy);
    assert.deepEqual(
      checks.map(({ check, eLimit, stable }) => [check, Math.round(eLimit), stable !== null]),
      [
        ['errorRate', 100, false],
        ['latencyP95', 100, false],
        ['errorsBesideStable', 200, true],
        ['latencyBesideStable', 200, true],
      ],
    );
    const errors = checks.find(({ check }) => check === 'errorsBesideStable');
    assert.deepEqual(errors?.candidate, { requests: 300, bad: 10 });
    assert.deepEqual(errors?.stable, { requests: 2700, bad: 0 });
    assert.equal(window?.requests, 300);
    assert.equal(expected?.kind, 'rollBack');
  });

  it('a bar is full exactly when the judge rolls back by it, and expects that about then', () => {
    let state = openWindow(beginWatch(null), step({ minimumMs: 600_000 }));
    const foreseen: number[] = [];
    for (const n of seconds(120)) {
      state = observe(state, beside(n, Math.floor(n / 4), 1), policy);
      const { checks, expected } = explainWatch(state, policy);
      const isFull = checks.some(({ towardsRollback }) => towardsRollback >= 1);
      assert.equal(isFull, judge(state, n * 1000, policy)?.kind === 'fail', `${n} s`);
      if (expected?.kind === 'rollBack') foreseen.push(expected.atMs);
      if (!isFull) continue;
      const errorMs = foreseen.map((atMs) => Math.abs(atMs - n * 1000));
      assert.ok(foreseen.length > 2);
      assert.ok(Math.max(...errorMs) <= 0.75 * n * 1000, `${errorMs.join(', ')} at ${n} s`);
      return;
    }
    assert.fail('never rolled back');
  });

  it('without evidence the end of the step is expected, and nothing while a person is waited for', () => {
    const looks = seconds(10).map((n) => beside(n, 0, 0));
    const { expected, window } = explainWatch(watched(looks), policy);
    assert.deepEqual(expected, { kind: 'goOn', atMs: window?.endsAtMs, check: null });
    const paused = watched(looks, step({ until: 'resumed', maximumMs: null }));
    assert.equal(explainWatch(paused, policy).expected, null);
    const before = openWindow(beginWatch(null), step());
    assert.deepEqual(explainWatch(before, policy).expected, null);
  });

  it('says what holds a step whose time is over: no requests, a doubt, or a look that saw not enough', () => {
    const short = step({ minimumMs: 5_000 });
    const none = seconds(10).map((n) => look(n, { requests: 0 }));
    const held = (looks: readonly HealthSample[]) =>
      explainWatch(watched(looks, short), policy).heldBy;
    assert.equal(held(none), '0 requests of the candidate in this step, 1 needed');
    assert.equal(held(none.slice(0, 5)), null, 'its time is not over');
    assert.equal(held(seconds(10).map((n) => beside(n, 0, 0))), null, 'it passes');
    const doubtful = seconds(10).map((n) => look(n, { requests: 200 * n, errors: 6 * n }));
    assert.match(held(doubtful) ?? '', /54 of 1800 requests failed/);
    assert.equal(judge(watched(doubtful, short), 9_000, policy), null, 'and does not pass');
    const paused = step({ until: 'resumed', minimumMs: 0, maximumMs: null });
    assert.equal(explainWatch(watched(none, paused), policy).heldBy, null);
  });

  it('evidence that comes too late for the step is not expected in it', () => {
    const looks = seconds(13).map((n) => beside(n, n, 1));
    const long = explainWatch(watched(looks), policy).expected;
    const short = explainWatch(watched(looks, step({ minimumMs: 13_000 })), policy).expected;
    assert.deepEqual([long?.kind, short?.kind], ['rollBack', 'goOn']);
  });

  it('says why it is blind', () => {
    const state = observe(watched([beside(0, 0, 0)]), missedLook(1, 'no answer'), policy);
    assert.equal(explainWatch(state, policy).missed, 'no answer');
  });
});
