/** The second key of the comparison: small numbers by enumeration, and worked examples. */
import assert from 'node:assert/strict';
import { harmMultiples } from '../../../src/domain/analysis/odds-test.js';
import { spreadFactors } from '../../../src/domain/analysis/spread-test.js';
import { assertClose, betaBinomialLaw, pair } from './exact-comparison.js';
import { whole } from './exact-guard.js';

describe('the second key, with thousands of failures', () => {
  it('knows harm from a candidate that has a little more traffic on each instance', () => {
    const instances = { candidate: 2, stable: 3 };
    const counts = { ...pair(1324, 33_100, 0, 33_300), instances };
    const factors = spreadFactors(counts, 1);
    assert.ok(Math.max(...factors) > 5, factors.join());
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
      const deviation = Math.sqrt(1 / bad + phi / (instances.candidate + instances.stable));
      const isBusy = n / instances.candidate >= m / instances.stable;
      const times = isBusy ? (1 + 2 * deviation) ** -3 : 1 + 2 * deviation;
      return quotient((times * bad) / (n + m), 1);
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
