/** What is learnt of stable's instances and when: nothing where there is none, enough where there is, and what stands in for it. */
import assert from 'node:assert/strict';
import {
  beginDispersion,
  type DispersionState,
  dispersionFrom,
  effectiveInstances,
  learnDispersion,
  learnForMs,
} from '../../../src/domain/analysis/dispersion.js';
import { observe } from '../../../src/domain/analysis/watch.js';
import { beginRollout } from '../../bench/analysis/false-alarms.js';
import { trafficOf, type World } from './comparison-worlds.js';
import { randomFrom } from './seeded-random.js';

const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

const world: World = {
  perSecond: 2000,
  base: 0.01,
  weight: 0,
  instances: { candidate: 1, stable: 10 },
  secondsPerLook: 5,
  looks: 240,
};

function learn(given: World): DispersionState {
  const traffic = trafficOf(given, randomFrom(seed));
  let state = beginDispersion();
  for (let look = 0; look < given.looks; look++) {
    state = learnDispersion(state, traffic.next(0).stable, given.secondsPerLook * 1000);
  }
  return state;
}

const enough: DispersionState = {
  forMs: learnForMs,
  instances: 3,
  pairs: 900,
  together: 450,
  expected: 300,
};

describe(`dispersion (seed ${seed})`, () => {
  const worlds = [
    { name: 'none', given: world, from: 0, to: 0.03 },
    { name: 'k = 10', given: { ...world, k: 10 }, from: 0.1, to: 0.17 },
    { name: 'k = 2', given: { ...world, k: 2 }, from: 0.5, to: 0.85 },
    {
      name: 'k = 1, one or two errors in a look',
      given: { ...world, k: 1, base: 0.00015, looks: 5000 },
      from: 1,
      to: 1.9,
    },
    {
      name: 'lasting k = 5',
      given: { ...world, k: 5, keptFor: 100_000, instances: { candidate: 1, stable: 200 } },
      from: 0.15,
      to: 0.4,
    },
  ];
  for (const { name, given, from, to } of worlds) {
    it(`of ${name} is learnt as at least that, and not much more`, () => {
      const { phi, source } = dispersionFrom(learn(given), null);
      assert.equal(source, 'learnt');
      assert.ok(phi >= from && phi <= to, `phi ${phi}`);
    });
  }

  const rows = [
    { name: 'enough', state: enough, saved: 0.2, want: { source: 'learnt', because: null } },
    {
      name: '9 min',
      state: { ...enough, forMs: learnForMs - 1 },
      saved: 0.2,
      want: { phi: 0.2, source: 'saved', because: 'too short' },
    },
    {
      name: '9 min, nothing saved',
      state: { ...enough, forMs: 540_000 },
      saved: null,
      want: { phi: 1, source: 'prior', because: 'too short' },
    },
    {
      name: 'one instance',
      state: { ...enough, instances: 1 },
      saved: null,
      want: { phi: 1, source: 'prior', because: 'one instance' },
    },
    {
      name: 'no traffic at all',
      state: { ...enough, instances: null },
      saved: null,
      want: { phi: 1, source: 'prior', because: 'one instance' },
    },
    {
      name: 'two errors',
      state: { ...enough, pairs: 2, together: 0, expected: 1 },
      saved: null,
      want: { phi: 1, source: 'prior', because: 'too few errors' },
    },
    {
      name: 'no errors',
      state: { ...enough, pairs: 0, together: 0, expected: 0 },
      saved: 3,
      want: { phi: 3, source: 'saved', because: 'too few errors' },
    },
  ];
  for (const { name, state, saved, want } of rows) {
    it(`${name}: ${want.source}`, () => {
      const { phi, source, because } = dispersionFrom(state, saved);
      assert.deepEqual({ phi: want.phi ?? phi, source, because }, { phi, ...want });
      assert.ok(Math.abs(dispersionFrom(enough, null).phi - 1.35) < 1e-9);
    });
  }

  it('all errors on one instance is as much as there is, and finite', () => {
    const { phi } = dispersionFrom({ ...enough, together: 900 }, null);
    assert.equal(phi, 100);
  });

  it('counts instances by their traffic; order and idle ones do not matter', () => {
    const of = (...requests: number[]) => requests.map((n) => ({ requests: n, bad: 1 }));
    assert.equal(effectiveInstances(of(100, 100, 100)), 3);
    assert.ok(Math.abs(effectiveInstances(of(100, 1)) - 1.02) < 0.001);
    assert.equal(effectiveInstances([]), 0);
    const uneven = [3, 0, 5, 9].map((bad) => ({ requests: 100 * bad, bad }));
    const learnt = learnDispersion(beginDispersion(), uneven, 1000);
    assert.deepEqual(learnDispersion(beginDispersion(), [...uneven].reverse(), 1000), learnt);
    assert.equal(learnt.instances, 3);
    assert.deepEqual(JSON.parse(JSON.stringify(learnt)), learnt);
  });
});

describe('the dispersion that a comparison uses', () => {
  const {
    policy,
    traffic,
    state: begun,
  } = beginRollout(
    {
      ...{ perSecond: 1000, base: 0.002, plan: [10], shape: 'flat', spread: 'fresh' },
      ...{ secondsPerLook: 5, seconds: 60, harm: 1, timing: 'none' },
    },
    randomFrom(seed),
    false,
  );

  it('is learnt before the first look at its traffic, and stays whatever the looks show', () => {
    let state = begun;
    for (let atMs = 0; atMs < learnForMs; atMs += 5000) {
      state = observe(state, traffic.next(0), policy);
    }
    const learning = state.comparison?.learning[0];
    assert.ok(learning);
    const known = dispersionFrom(learning, null);
    assert.equal(known.source, 'learnt');
    for (let look = 0; look < 3; look++) {
      const sample = traffic.next(10);
      const [first, ...others] = sample.stable?.instances ?? [];
      assert.ok(sample.stable && first);
      // One instance of stable fails all of a sudden: a dispersion from here on would be far larger.
      const failing = { ...first, errors: first.requests };
      const stable = { ...sample.stable, instances: [failing, ...others] };
      state = observe(state, { ...sample, stable }, policy);
      assert.deepEqual(state.comparison?.keys?.errors.parts[0]?.dispersion, known);
    }
    const after = state.comparison?.learning[0];
    assert.ok(after && dispersionFrom(after, null).phi > 2 * known.phi, 'the check above can fail');
  });
});
