/** Both keys together: the properties they stand on, and when they roll back. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Dispersion } from '../../../src/domain/analysis/dispersion.js';
import {
  addEvidence,
  beginEvidence,
  type EvidenceState,
  logEvidenceOf,
} from '../../../src/domain/analysis/evidence-mixture.js';
import { oddsFactors } from '../../../src/domain/analysis/odds-test.js';
import { spreadFactors } from '../../../src/domain/analysis/spread-test.js';
import {
  agreedLogE,
  beginTwoKeys,
  type InstancePair,
  logKeys,
  lookWithTwoKeys,
  shareAlarms,
  type TwoKeyState,
} from '../../../src/domain/analysis/two-keys.js';
import { assertClose, pair } from './exact-comparison.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const numRuns = isFull ? 20_000 : 300;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

const prior: Dispersion = { phi: 1, source: 'prior', because: 'too short' };
const count = fc
  .record({ requests: fc.nat({ max: 40 }), bad: fc.nat({ max: 6 }) })
  .map(({ requests, bad }) => ({ requests, bad: Math.min(bad, requests) }));
const side = fc.array(count, { minLength: 1, maxLength: 4 });
const look = fc.record({ candidate: side, stable: side });
const looks = fc.array(look, { minLength: 1, maxLength: 8 });

function run(given: readonly InstancePair[]): TwoKeyState {
  return given.reduce<TwoKeyState>(
    (state, one, index) => lookWithTwoKeys(state, [one], index * 1000),
    beginTwoKeys([prior]),
  );
}

describe(`properties of both keys (${numRuns} runs, seed ${seed})`, () => {
  const options = { numRuns, seed };

  it('the order of instances changes nothing', () => {
    const reversed = (one: InstancePair): InstancePair => ({
      candidate: [...one.candidate].reverse(),
      stable: [...one.stable].reverse(),
    });
    fc.assert(
      fc.property(looks, (given) => assert.deepEqual(run(given.map(reversed)), run(given))),
      options,
    );
  });

  it('the state goes through JSON after every look unchanged', () => {
    fc.assert(
      fc.property(looks, (given) => {
        let carried = beginTwoKeys([prior]);
        for (const [index, one] of given.entries()) {
          const next = lookWithTwoKeys(carried, [one], index * 1000);
          carried = JSON.parse(JSON.stringify(next)) as TwoKeyState;
        }
        assert.deepEqual(carried, run(given));
      }),
      options,
    );
  });

  it('a look in two halves, one of them empty, changes nothing', () => {
    const factorsAt = (state: EvidenceState, factors: readonly number[], atMs: number) =>
      addEvidence(state, factors, atMs);
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 999 }), (given, cut) => {
        const factors = given.map(({ candidate, stable }) =>
          oddsFactors({ candidate: total(candidate), stable: total(stable) }),
        );
        let whole = beginEvidence();
        let halves = beginEvidence();
        factors.forEach((one, index) => {
          const nothing = one.map(() => 0);
          whole = factorsAt(whole, one, index * 1000);
          if (index > 0) halves = factorsAt(halves, nothing, index * 1000 - cut);
          halves = factorsAt(halves, one, index * 1000);
        });
        assertClose(logEvidenceOf(halves), logEvidenceOf(whole), 'log E');
      }),
      options,
    );
  });

  it('a look in two halves of rare errors changes log E by less than errors squared over requests', () => {
    const rare = fc.record({
      x: fc.nat({ max: 4 }),
      y: fc.nat({ max: 4 }),
      cut: fc.nat({ max: 4 }),
    });
    fc.assert(
      fc.property(rare, ({ x, y, cut }) => {
        const [n, m] = [10_000, 90_000];
        const first = Math.min(cut, x);
        const second = Math.min(cut, y);
        const one = oddsFactors(pair(x, n, y, m));
        const a = oddsFactors(pair(first, n / 2, second, m / 2));
        const b = oddsFactors(pair(x - first, n / 2, y - second, m / 2));
        one.forEach((log, j) => {
          const apart = Math.abs(log - (a[j] as number) - (b[j] as number));
          assert.ok(apart <= (x + y) ** 2 / n + 1e-9, `${apart} for ${x} and ${y}`);
        });
      }),
      options,
    );
  });

  it("E never falls when a bad request was the candidate's instead of stable's", () => {
    fc.assert(
      fc.property(fc.nat({ max: 30 }), fc.nat({ max: 30 }), fc.nat(9), fc.nat(9), (n, m, x, y) => {
        const [bad, other] = [Math.min(x, n), Math.min(y, m)];
        const instances = { candidate: 1, stable: 3 };
        const odds = (a: number, b: number) => oddsFactors(pair(a, n + 1, b, m + 1));
        const spread = (a: number, b: number) =>
          spreadFactors({ ...pair(a, n + 1, b, m + 1), instances }, 0.5);
        const assertNotLess = (more: readonly number[], now: readonly number[]) =>
          more.forEach((log, j) => assert.ok(log >= (now[j] as number) - 1e-9));
        for (const factors of [odds, spread]) {
          assertNotLess(factors(bad + 1, other), factors(bad, other + 1));
        }
        // The first key alone knows a rate of neither side, so one more on the candidate's is never good news.
        assertNotLess(odds(bad + 1, other), odds(bad, other));
        assertNotLess(odds(bad, other), odds(bad, other + 1));
      }),
      options,
    );
  });

  it('repeats bit for bit', () => {
    fc.assert(
      fc.property(looks, (given) => assert.deepEqual(run(given), run(given))),
      options,
    );
  });
});

const total = (side: InstancePair['stable']) => ({
  requests: side.reduce((sum, { requests }) => sum + requests, 0),
  bad: side.reduce((sum, { bad }) => sum + bad, 0),
});

describe('many looks', () => {
  it('stays finite and small over very many looks, all bad or all good', () => {
    const state = (bad: number) => {
      let now = beginTwoKeys([prior]);
      const one = {
        candidate: [{ requests: 1e6, bad }],
        stable: [{ requests: 9e6, bad: 30 }],
      };
      for (let second = 0; second < (isFull ? 100_000 : 2_000); second++) {
        now = lookWithTwoKeys(now, [one], second * 1000);
      }
      return now;
    };
    for (const bad of [0, 300]) {
      const { logOdds, logSpread } = logKeys(state(bad));
      assert.ok(Number.isFinite(logOdds) && Number.isFinite(logSpread));
      assert.ok(JSON.stringify(state(bad)).length < 1200);
      assert.equal(Math.min(logOdds, logSpread) > Math.log(100), bad > 0);
    }
  });
});

describe('rolling back', () => {
  it('takes the key that has seen less, and what it has seen at its highest', () => {
    const bad = { candidate: [{ requests: 40, bad: 12 }], stable: [{ requests: 160, bad: 0 }] };
    const good = { candidate: [{ requests: 40, bad: 0 }], stable: [{ requests: 160, bad: 3 }] };
    const state = run([bad, bad, bad]);
    assert.ok(state.highest.logSpread < state.highest.logOdds);
    assert.equal(agreedLogE(state), state.highest.logSpread);
    assert.equal(agreedLogE(run([bad, bad, bad, good, good])), agreedLogE(state));
  });

  it('12 of 40 on one instance within ten seconds opens the first key, not both: it may be that instance at that time', () => {
    const one = {
      candidate: [{ requests: 40, bad: 12 }],
      stable: [80, 80].map((requests) => ({ requests, bad: 0 })),
    };
    const { logOdds, logSpread } = run([one]).highest;
    assert.ok(logOdds > Math.log(100) && logSpread < Math.log(100));
    assert.ok(agreedLogE(run([one, one])) < Math.log(100), 'a second later');
    const later = lookWithTwoKeys(run([one]), [one], 11_000);
    assert.ok(agreedLogE(later) > Math.log(100), 'ten seconds later');
  });

  it('averages E over edges: one edge with E = 150 among three with none is E = 50', () => {
    const state = beginTwoKeys([prior, prior, prior]);
    const none = { candidate: [], stable: [] };
    const bad = { candidate: [{ requests: 40, bad: 12 }], stable: [{ requests: 160, bad: 0 }] };
    const alone = logKeys(run([bad]));
    const mean = logKeys(lookWithTwoKeys(state, [bad, none, none], 0));
    for (const key of ['logOdds', 'logSpread'] as const) {
      assertClose(Math.exp(mean[key]), (Math.exp(alone[key]) + 2) / 3, key);
    }
  });

  it('shares the alarms by weight', () => {
    const metric = (name: string, weight: number, e: number) => {
      return { metric: name, weight, logE: Math.log(e) };
    };
    const found = shareAlarms([metric('errors', 3, 134), metric('latency', 1, 399)]);
    const limits = found.map(({ logLimit }) => Math.round(Math.exp(logLimit)));
    assert.deepEqual(limits, [133, 400]);
    assert.deepEqual(
      found.map(({ isHarm }) => isHarm),
      [true, false],
    );
    assert.equal(shareAlarms([metric('errors', 1, 99)])[0]?.isHarm, false);
    assert.equal(shareAlarms([metric('errors', 1, 100.1)])[0]?.isHarm, true);
  });
});
