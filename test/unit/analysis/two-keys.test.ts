/** Both keys of the comparison with stable: against enumeration, worked examples, and the properties they stand on. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Dispersion } from '../../../src/domain/analysis/dispersion.js';
import {
  addEvidence,
  beginEvidence,
  type EvidenceState,
  logEvidenceOf,
} from '../../../src/domain/analysis/evidence-mixture.js';
import {
  harmMultiples,
  oddsFactors,
  toleratedOddsRatio,
} from '../../../src/domain/analysis/odds-test.js';
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
import {
  betaBinomialLaw,
  chances,
  expectation,
  hypergeometricLaw,
  likelihoodRatios,
} from './exact-comparison.js';
import { isAtMost, toNumber, whole } from './exact-guard.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const numRuns = isFull ? 20_000 : 300;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

const pair = (x: number, n: number, y: number, m: number) => ({
  candidate: { bad: x, requests: n },
  stable: { bad: y, requests: m },
});

function assertClose(seen: number, want: number, name: string): void {
  assert.ok(
    Math.abs(seen - want) <= 1e-9 * Math.max(1, Math.abs(want)),
    `${name}: ${seen}, ${want}`,
  );
}

/** Every way to divide at most 12 requests, and every number of bad ones that tells something. */
function* tables(): Generator<{ n: number; m: number; bad: number }> {
  for (let n = 1; n <= 11; n++) {
    for (let m = 1; m <= 12 - n; m++) {
      for (let bad = 1; bad < n + m; bad++) yield { n, m, bad };
    }
  }
}

describe('the first key, by enumeration of all tables of at most 12 requests', () => {
  it('has the factors of the definition', () => {
    for (const { n, m, bad } of tables()) {
      const law = hypergeometricLaw(n, m, bad);
      const exact = harmMultiples.map((multiple) =>
        likelihoodRatios(law, multiple * toleratedOddsRatio, toleratedOddsRatio),
      );
      for (let i = 0; i < law.weights.length; i++) {
        const x = law.low + i;
        const factors = oddsFactors(pair(x, n, bad - x, m));
        exact.forEach((ratios, j) => {
          const want = ratios[i];
          assert.ok(want);
          assertClose(factors[j] as number, Math.log(toNumber(want)), `${x}/${n}, ${bad}/${m}`);
        });
      }
    }
  });

  it('never expects to grow, exactly, for any odds ratio up to 1.5; it does at 1.6', () => {
    let grown = 0;
    for (const { n, m, bad } of tables()) {
      const law = hypergeometricLaw(n, m, bad);
      for (const multiple of harmMultiples) {
        const e = likelihoodRatios(law, multiple * toleratedOddsRatio, toleratedOddsRatio);
        for (const psi of [0.01, 0.5, 1, 1.25, 1.5]) {
          assert.ok(
            isAtMost(expectation(chances(law, psi), e), whole(1)),
            `${n} ${m} ${bad} ${psi}`,
          );
        }
        if (!isAtMost(expectation(chances(law, 1.6), e), whole(1))) grown++;
      }
    }
    assert.ok(grown > 1000, 'the check above can fail');
  });
});

describe('the second key, by enumeration', () => {
  // Shapes are instances/phi; for whole numbers of them the weights are products of binomial coefficients.
  const worlds = [
    { name: 'equal instances', phi: 1, instances: { candidate: 1, stable: 3 }, n: 10, m: 30 },
    { name: 'phi 1/2', phi: 0.5, instances: { candidate: 1, stable: 2 }, n: 20, m: 40 },
    { name: 'busy candidate', phi: 1, instances: { candidate: 2, stable: 2 }, n: 60, m: 20 },
    { name: 'quiet candidate', phi: 1, instances: { candidate: 2, stable: 3 }, n: 5, m: 90 },
  ];
  for (const { name, phi, instances, n, m } of worlds) {
    const shapes = { a: instances.candidate / phi, b: instances.stable / phi };
    /** p/(1-p) is a side's rate times its requests over its shape; q the quotient of the sides' p. */
    const quotient = (rate: number, multiple: number): number => {
      const odds = { candidate: (multiple * rate * n) / shapes.a, stable: (rate * m) / shapes.b };
      const p = (value: number): number => value / (1 + value);
      return p(odds.candidate) / p(odds.stable);
    };
    const chancesAt = (bad: number, q: number): number[] => {
      const law = betaBinomialLaw(shapes, whole(1), bad);
      const parts = law.weights.map(({ top }, u) => Number(top) * q ** u);
      const sum = parts.reduce((all, part) => all + part, 0);
      return parts.map((part) => part / sum);
    };
    const limit = (bad: number): number => {
      if (n / instances.candidate >= m / instances.stable) return quotient(1e-12, 1);
      const deviation = Math.sqrt(
        bad + (phi * bad ** 2) / (instances.candidate + instances.stable),
      );
      return quotient((bad + 2 * deviation) / (n + m), 1);
    };
    const factorsOf = (x: number, bad: number): number[] =>
      spreadFactors({ ...pair(x, n, bad - x, m), instances }, phi);

    it(`${name}: has the factors of the definition`, () => {
      for (const bad of [1, 2, 5, 12]) {
        const none = chancesAt(bad, limit(bad));
        harmMultiples.forEach((multiple, j) => {
          const q = quotient(bad / (m + multiple * n), multiple);
          const harm = chancesAt(bad, Math.max(q, limit(bad)));
          for (let x = 0; x <= bad; x++) {
            const want = Math.log((harm[x] as number) / (none[x] as number));
            assertClose(factorsOf(x, bad)[j] as number, want, `${x} of ${bad}`);
          }
        });
      }
    });

    it(`${name}: never expects to grow where the rates are equal or the candidate's is lower`, () => {
      let grown = 0;
      const expected = (bad: number, q: number, j: number): number =>
        chancesAt(bad, q).reduce(
          (sum, chance, x) => sum + chance * Math.exp(factorsOf(x, bad)[j] as number),
          0,
        );
      for (const bad of [1, 2, 5, 12]) {
        const rates = [0.1, 0.5, 1].map((part) => (part * bad) / (n + m));
        for (let j = 0; j < harmMultiples.length; j++) {
          for (const rate of rates) {
            for (const multiple of [0.05, 0.5, 1]) {
              const e = expected(bad, quotient(rate, multiple), j);
              assert.ok(e <= 1 + 1e-9, `${bad} bad, rate ${rate} times ${multiple}: ${e}`);
            }
          }
          if (expected(bad, 1.2 * limit(bad), j) > 1 + 1e-6) grown++;
        }
      }
      assert.ok(grown > 10, 'the check above can fail');
    });
  }

  it('without dispersion it is the binomial law of exposures', () => {
    const instances = { candidate: 1, stable: 19 };
    const factors = spreadFactors({ ...pair(3, 10, 0, 190), instances }, 0);
    const want = (multiple: number) => (multiple / ((10 * multiple + 190) / 200)) ** 3;
    harmMultiples.forEach((multiple, j) =>
      assertClose(factors[j] as number, Math.log(want(multiple)), `${multiple}`),
    );
  });

  it('sums with a trough in the middle are whole: phi 4, one instance each', () => {
    // Γ(u+1/4)/u! and its mirror image, by plain products.
    const weights = [1];
    for (let u = 0; u < 6; u++) weights.push(((weights[u] as number) * (u + 0.25)) / (u + 1));
    const sum = (psi: number) =>
      weights.reduce((all, w, u) => all + w * (weights[6 - u] as number) * psi ** u, 0);
    const instances = { candidate: 1, stable: 1 };
    const factors = spreadFactors({ ...pair(4, 50, 2, 50), instances }, 4);
    harmMultiples.forEach((multiple, j) => {
      const load = (4 * 6 * 50) / (50 + multiple * 50);
      const q = (multiple * (1 + load)) / (1 + multiple * load);
      assertClose(factors[j] as number, Math.log((q ** 4 * sum(1)) / sum(q)), 'trough');
    });
  });
});

describe('the mixture over alternatives and starts', () => {
  const law = hypergeometricLaw(5, 7, 4);
  const pasts: (readonly [number, number])[][] = [
    [],
    [[0, 0]],
    [
      [0, 1000],
      [3, 61_000],
    ],
    [
      [4, 1000],
      [0, 1000],
      [1, 500],
    ],
  ];
  const factorsOf = (x: number) => oddsFactors(pair(x, 5, 4 - x, 7));

  function after(past: readonly (readonly [number, number])[]): EvidenceState {
    return past.reduce<EvidenceState>(
      (state, [x, atMs]) => addEvidence(state, factorsOf(x), atMs),
      beginEvidence(),
    );
  }

  function expectedNext(state: EvidenceState, psi: number): number {
    const e = chances(law, psi).map((chance, i) => {
      const next = addEvidence(state, factorsOf(law.low + i), 120_000);
      return toNumber(chance) * Math.exp(logEvidenceOf(next));
    });
    return e.reduce((sum, value) => sum + value, 0);
  }

  it('never expects to grow by a look, from any past, for every odds ratio up to 1.5', () => {
    for (const past of pasts) {
      const state = after(past);
      const now = Math.exp(logEvidenceOf(state));
      for (const psi of [0.1, 0.7, 1, 1.2, 1.5]) {
        const next = expectedNext(state, psi);
        assert.ok(next <= now * (1 + 1e-12), `psi ${psi}: from ${now} to ${next}`);
      }
      assert.ok(expectedNext(state, 1.6) > now, 'the check above can fail');
    }
  });

  it('a fault after an hour of healthy errors needs few of them', () => {
    let state = beginEvidence();
    for (let second = 0; second < 3600; second++) {
      state = addEvidence(
        state,
        oddsFactors(pair(second % 10 === 0 ? 1 : 0, 50, 2, 950)),
        second * 1000,
      );
    }
    assert.ok(logEvidenceOf(state) < 0);
    const late = addEvidence(state, oddsFactors(pair(15, 50, 2, 950)), 3_600_000);
    assert.ok(logEvidenceOf(late) > Math.log(100), `E = ${Math.exp(logEvidenceOf(late))}`);
  });
});

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

describe('large numbers', () => {
  it('10^7 requests a look: the factors of the rare-error limit', () => {
    const factors = oddsFactors(pair(60, 5e6, 40, 5e6));
    harmMultiples.forEach((multiple, j) => {
      const psi = multiple * toleratedOddsRatio;
      const base = (1 + psi) / (1 + toleratedOddsRatio);
      const want = 60 * Math.log(multiple) - 100 * Math.log(base);
      assert.ok(Math.abs((factors[j] as number) - want) < 2e-3, `${factors[j]} and ${want}`);
    });
  });

  it('equals plain rational arithmetic at 600 requests with 80 bad', () => {
    const law = hypergeometricLaw(100, 500, 80);
    for (const j of [0, 3, 6]) {
      const psi = (harmMultiples[j] as number) * toleratedOddsRatio;
      const want = likelihoodRatios(law, psi, toleratedOddsRatio)[20 - law.low];
      assert.ok(want);
      const log = logOfRatio(want);
      assertClose(oddsFactors(pair(20, 100, 60, 500))[j] as number, log, `psi ${psi}`);
    }
  });

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

/** log of a ratio whose parts have thousands of digits. */
function logOfRatio({ top, bottom }: { top: bigint; bottom: bigint }): number {
  const log = (value: bigint): number => {
    const digits = value.toString();
    return Math.log(Number(`0.${digits.slice(0, 17)}`)) + digits.length * Math.LN10;
  };
  return log(top) - log(bottom);
}

describe('rolling back', () => {
  it('takes the key that has seen less, and what it has seen at its highest', () => {
    const bad = { candidate: [{ requests: 40, bad: 12 }], stable: [{ requests: 160, bad: 0 }] };
    const good = { candidate: [{ requests: 40, bad: 0 }], stable: [{ requests: 160, bad: 3 }] };
    const state = run([bad, bad, bad]);
    assert.ok(state.highest.logSpread < state.highest.logOdds);
    assert.equal(agreedLogE(state), state.highest.logSpread);
    assert.equal(agreedLogE(run([bad, bad, bad, good, good])), agreedLogE(state));
  });

  it('12 of 40 on one instance in one look opens the first key, not both: it may be that instance at that time', () => {
    const one = {
      candidate: [{ requests: 40, bad: 12 }],
      stable: [80, 80].map((requests) => ({ requests, bad: 0 })),
    };
    const { logOdds, logSpread } = run([one]).highest;
    assert.ok(logOdds > Math.log(100) && logSpread < Math.log(100));
    assert.ok(agreedLogE(run([one, one])) > Math.log(100));
  });

  it('averages E over edges: one edge with E = 150 among three with none is E = 50', () => {
    const state = beginTwoKeys([prior, prior, prior]);
    const none = { candidate: [], stable: [] };
    const bad = { candidate: [{ requests: 40, bad: 12 }], stable: [{ requests: 160, bad: 0 }] };
    const alone = logKeys(run([bad])).logOdds;
    const { logOdds } = logKeys(lookWithTwoKeys(state, [bad, none, none], 0));
    assertClose(Math.exp(logOdds), (Math.exp(alone) + 2) / 3, 'mean');
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
