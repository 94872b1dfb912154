/** The first key of the comparison: every small table in rational arithmetic, and large numbers against exact sums. */
import assert from 'node:assert/strict';
import {
  harmMultiples,
  oddsFactors,
  toleratedOddsRatio,
} from '../../../src/domain/analysis/odds-test.js';
import {
  assertClose,
  chances,
  expectation,
  hypergeometricLaw,
  likelihoodRatios,
  pair,
  tables,
} from './exact-comparison.js';
import { isAtMost, type Ratio, toNumber, whole } from './exact-guard.js';

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

  it('rises with the bad requests of the candidate, so that its expectation rises with the odds ratio', () => {
    // Among tables of one total the chances of a larger odds ratio lie higher: of all up to 1.5, 1.5 expects the most.
    for (const { n, m, bad } of tables()) {
      const law = hypergeometricLaw(n, m, bad);
      for (const multiple of harmMultiples) {
        const e = likelihoodRatios(law, multiple * toleratedOddsRatio, toleratedOddsRatio);
        const rises = e.every((value, i) => i === 0 || isAtMost(e[i - 1] as Ratio, value));
        assert.ok(rises, `${n} ${m} ${bad}`);
        const atEdge = expectation(chances(law, toleratedOddsRatio), e);
        assert.equal(atEdge.top, atEdge.bottom);
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

/** log of a large whole number. */
function logOf(value: bigint): number {
  const digits = value.toString(16);
  return Math.log(Number(`0x${digits.slice(0, 13)}`)) + (digits.length - 13) * Math.log(16);
}

/** C(n,0) to C(n,high). */
function chooseUpTo(n: number, high: number): bigint[] {
  const all = [1n];
  for (let u = 0; u < high; u++) {
    all.push(((all[u] as bigint) * BigInt(n - u)) / BigInt(u + 1));
  }
  return all;
}

describe('the first key at large numbers', () => {
  const rows = [
    { name: '10 million requests, 100 bad', table: [60, 5e6, 40, 5e6] },
    { name: '10 million, 20 bad, weight 1 %', table: [1, 1e5, 19, 9.9e6] },
    { name: '10 million, 2500 bad', table: [300, 1e6, 2200, 9e6] },
    { name: '200, nearly all of them bad', table: [99, 100, 96, 100] },
    { name: '600, 80 bad', table: [20, 100, 60, 500] },
  ] as const;
  for (const { name, table } of rows) {
    it(`${name}: equals the whole sum in whole numbers to 1e-9`, () => {
      const [x, n, y, m] = table;
      const bad = x + y;
      const ofCandidate = chooseUpTo(n, bad);
      const ofStable = chooseUpTo(m, bad);
      const ways = ofCandidate.map((of, u) => of * (ofStable[bad - u] as bigint));
      // Odds ratios are whole quarters here.
      const logSum = (oddsRatio: number): number => {
        let sum = 0n;
        for (let u = bad; u >= 0; u--) {
          sum = sum * BigInt(4 * oddsRatio) + ((ways[u] as bigint) << BigInt(2 * (bad - u)));
        }
        return logOf(sum);
      };
      const none = logSum(toleratedOddsRatio);
      const factors = oddsFactors(pair(x, n, y, m));
      harmMultiples.forEach((multiple, j) => {
        const want = x * Math.log(multiple) + none - logSum(multiple * toleratedOddsRatio);
        assertClose(factors[j] as number, want, `multiple ${multiple}`);
      });
    });
  }

  it('10 million requests: the factors of the rare-error limit', () => {
    const factors = oddsFactors(pair(60, 5e6, 40, 5e6));
    harmMultiples.forEach((multiple, j) => {
      const psi = multiple * toleratedOddsRatio;
      const base = (1 + psi) / (1 + toleratedOddsRatio);
      const want = 60 * Math.log(multiple) - 100 * Math.log(base);
      assert.ok(Math.abs((factors[j] as number) - want) < 2e-3, `${factors[j]} and ${want}`);
    });
  });
});
