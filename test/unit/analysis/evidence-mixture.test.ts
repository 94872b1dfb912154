/** The mixture over alternatives and starts: no look is expected to raise it, and a late fault is still seen. */
import assert from 'node:assert/strict';
import {
  addEvidence,
  beginEvidence,
  type EvidenceState,
  logEvidenceOf,
} from '../../../src/domain/analysis/evidence-mixture.js';
import { oddsFactors } from '../../../src/domain/analysis/odds-test.js';
import { chances, hypergeometricLaw, pair } from './exact-comparison.js';
import { toNumber } from './exact-guard.js';

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
