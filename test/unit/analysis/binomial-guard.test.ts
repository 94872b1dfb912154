/** The guard's arithmetic: worked examples, an exact oracle, and the properties its guarantee stands on. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginGuard,
  binomialTest,
  fromLog,
  type GuardLook,
  type GuardState,
  logEvidence,
  logKept,
  lookAt,
  rollBackAt,
} from '../../../src/domain/analysis/binomial-guard.js';
import { chance, exactEvidence, isAtMost, plus, ratio, times, toNumber } from './exact-guard.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 20_000 : 500;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const five = binomialTest(0.05);

type Counts = Pick<GuardLook, 'bad' | 'total' | 'undecided'>;

function after(looks: readonly Counts[], test = five, before = 0): GuardState {
  return looks.reduce<GuardState>(
    (state, look, atMs) => lookAt(test, state, { ...look, atMs }, rollBackAt),
    beginGuard(before),
  );
}

const evidenceOf = (looks: readonly Counts[], test = five, before = 0): number =>
  fromLog(logEvidence(test, after(looks, test, before)));
const one = (bad: number, total: number, undecided = 0): Counts[] => [{ bad, total, undecided }];

const looks = fc.array(
  fc
    .record({
      good: fc.nat({ max: 12 }),
      bad: fc.nat({ max: 6 }),
      undecided: fc.nat({ max: 4 }),
    })
    .map(({ good, bad, undecided }) => ({ bad, total: good + bad, undecided })),
  { minLength: 1, maxLength: 12 },
);

describe('the guard by example (limit 5 %)', () => {
  const rows = [
    { name: 'nothing seen', given: one(0, 0), want: 1 },
    { name: '1 of 2 decides nothing', given: one(1, 2), want: 1.9 },
    { name: '2 of 2: not yet', given: one(2, 2), want: 47 },
    { name: '3 of 3: rolls back', given: one(3, 3), want: 737 },
    { name: '6 of 20: not yet', given: one(6, 20), want: 72 },
    { name: '7 of 23: rolls back', given: one(7, 23), want: 216 },
    { name: '12 of 40: rolls back', given: one(12, 40), want: 37155 },
    { name: '50 of 1000 is the limit itself', given: one(50, 1000), want: 0.5 },
    { name: '3 of 3 with 40 in flight: not yet', given: one(3, 3, 40), want: 0.7 },
  ];
  for (const { name, given, want } of rows) {
    it(name, () => {
      const e = evidenceOf(given);
      assert.ok(Math.abs(e - want) <= 0.02 * want, `E = ${e}`);
    });
  }

  it('a limit of 100 % can not be exceeded, a limit of 0 % is by one', () => {
    assert.equal(evidenceOf(one(50, 50), binomialTest(1)), 1);
    assert.ok(evidenceOf(one(1, 1000), binomialTest(0)) >= rollBackAt);
  });

  it('the crossing stays, whatever follows', () => {
    const state = after([...one(3, 3), ...one(0, 10_000)]);
    assert.equal(state.crossed?.bad, 3);
    assert.equal(state.crossed?.total, 3);
    assert.ok(logEvidence(five, state) < 0);
  });

  it('a fault that begins late is found, and its part of the counts is known', () => {
    const healthy = Array.from({ length: 300 }, () => one(0, 40)[0] as Counts);
    const { crossed } = after([...healthy, ...one(12, 40), ...one(12, 40)]);
    assert.deepEqual({ ...crossed?.recent }, { bad: 24, total: 80, sinceMs: 300 });
  });

  it('the clean tail of a healthy burst is no fault: 4 time-outs long after 96 good answers', () => {
    const tail = [{ bad: 0, total: 96, undecided: 4 }, ...one(4, 4)];
    assert.ok(evidenceOf(tail) < 1);
    const forgetful = [{ bad: 0, total: 96, undecided: 0 }, ...one(4, 4)];
    assert.ok(evidenceOf(forgetful) > rollBackAt);
  });

  it('limits are clearly kept after about 400 clean requests at 1 %, and not with as many in flight', () => {
    const kept = (total: number, undecided = 0) =>
      fromLog(logKept(0.01, { bad: 0, total, undecided }));
    assert.ok(kept(400) < 20 && kept(500) >= 20);
    assert.ok(kept(500, 5) < 20);
  });
});

describe(`the guard's arithmetic (${numRuns} runs, seed ${seed})`, () => {
  it('equals the definition in exact arithmetic', () => {
    fc.assert(
      fc.property(looks, fc.nat({ max: 4 }), (given, before) => {
        const counted = given.reduce<{ list: Parameters<typeof exactEvidence>[2]; k: number }>(
          ({ list, k }, look) => ({
            list: look.total + look.undecided === 0 ? list : [...list, { ...look, before: k }],
            k: look.undecided,
          }),
          { list: [], k: before },
        );
        if (counted.list.length === 0) return;
        const want = toNumber(exactEvidence(0.05, five.alternatives, counted.list, counted.k));
        const e = evidenceOf(given, five, before);
        assert.ok(Math.abs(e - want) <= 1e-9 * (want + 1e-6), `${e} instead of ${want}`);
      }),
      { numRuns: Math.min(numRuns, 2000), seed },
    );
  });

  it('never expects to grow by a look, for any share up to the limit (n <= 12, exactly)', () => {
    const pasts = [
      [],
      [{ bad: 1, total: 3, before: 0 }],
      [
        { bad: 0, total: 9, before: 0 },
        { bad: 3, total: 4, before: 1 },
      ],
    ];
    for (const past of pasts) {
      const now = past.length === 0 ? ratio(1) : exactEvidence(0.05, five.alternatives, past, 0);
      for (const share of [0.000001, 0.01, 0.025, 0.04, 0.05]) {
        for (let n = 1; n <= 12; n++) {
          let expected = ratio(0);
          for (let bad = 0; bad <= n; bad++) {
            const next = [...past, { bad, total: n, before: 0 }];
            const e = exactEvidence(0.05, five.alternatives, next, 0);
            expected = plus(expected, times(chance(n, bad, share), e));
          }
          assert.ok(isAtMost(expected, now), `share ${share}, n ${n}`);
        }
      }
    }
  });

  it('would grow above the limit: the check above can fail', () => {
    let expected = ratio(0);
    for (let bad = 0; bad <= 12; bad++) {
      const e = exactEvidence(0.05, five.alternatives, [{ bad, total: 12, before: 0 }], 0);
      expected = plus(expected, times(chance(12, bad, 0.06), e));
    }
    assert.ok(!isAtMost(expected, ratio(1)));
  });

  it('never falls when one more request is bad', () => {
    fc.assert(
      fc.property(looks, fc.nat(), (given, at) => {
        const index = at % given.length;
        const worse = given.map((look, i) =>
          i === index && look.bad < look.total ? { ...look, bad: look.bad + 1 } : look,
        );
        assert.ok(evidenceOf(worse) >= evidenceOf(given) * (1 - 1e-12));
      }),
      { numRuns, seed },
    );
  });

  it('looking twice never loses more than the second start weighs', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 11 }), fc.nat(), (given, at, cut) => {
        const index = at % given.length;
        const look = given[index] as Counts;
        const bad = Math.min(look.bad, cut % (look.bad + 1));
        const good = (cut >> 3) % (look.total - look.bad + 1);
        const halves = [
          { bad, total: bad + good, undecided: 0 },
          { ...look, bad: look.bad - bad, total: look.total - bad - good },
        ];
        const split = [...given.slice(0, index), ...halves, ...given.slice(index + 1)];
        // Only for the newest look: further ones would come later in the order of starts and weigh less.
        if (index !== given.length - 1) return;
        const t = after(split).looks;
        const weight = t < 2 ? 0.5 : 1 / (2 * t * (t - 1));
        assert.ok(evidenceOf(split) >= evidenceOf(given) * (1 - 1e-9) - weight);
      }),
      { numRuns, seed },
    );
  });

  it('survives JSON after every look unchanged', () => {
    fc.assert(
      fc.property(looks, (given) => {
        let direct = beginGuard(0);
        let carried = beginGuard(0);
        for (const [atMs, look] of given.entries()) {
          direct = lookAt(five, direct, { ...look, atMs }, rollBackAt);
          carried = JSON.parse(
            JSON.stringify(lookAt(five, carried, { ...look, atMs }, rollBackAt)),
          ) as GuardState;
        }
        assert.deepEqual(carried, direct);
      }),
      { numRuns, seed },
    );
  });

  it('stays finite over a million looks, all bad or all good', () => {
    const million = process.env.SLUICE_TEST_FULL ? 1_000_000 : 100_000;
    for (const bad of [0, 1_000]) {
      let state = beginGuard(0);
      for (let atMs = 0; atMs < million; atMs++) {
        state = lookAt(five, state, { atMs, bad, total: 1_000, undecided: 0 }, rollBackAt);
      }
      const e = fromLog(logEvidence(five, state));
      assert.ok(Number.isFinite(e) && e >= 0);
      assert.ok(state.logS.every(Number.isFinite));
      assert.equal(state.crossed !== null, bad > 0);
    }
  });
});
