/** The smallest harm that a step finds: beside simulated steps, and as its conditions change. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginGuard,
  binomialTest,
  lookAt,
  rollBackAt,
} from '../../../src/domain/analysis/binomial-guard.js';
import { type HarmQuestion, smallestHarm } from '../../../src/domain/analysis/smallest-harm.js';
import {
  agreedLogE,
  beginTwoKeys,
  lookWithTwoKeys,
} from '../../../src/domain/analysis/two-keys.js';
import { poisson, type Random, randomFrom } from './seeded-random.js';

const usual: HarmQuestion = {
  ...{ durationMs: 300_000, beforeMs: 0, intervalMs: 1000 },
  ...{ requestsPerS: 40, weight: 20, errorShare: 0.002 },
  instances: { candidate: 1, stable: 3 },
  ...{ phi: 0, logLimit: Math.log(200), rollBackAbove: 0.05 },
};

function shareOf(given: Partial<HarmQuestion>): number {
  return smallestHarm({ ...usual, ...given })?.share ?? Infinity;
}

function instancesOf(requests: number, count: number, share: number, random: Random) {
  return Array.from({ length: count }, () => {
    const sent = poisson(requests / count, random);
    return { requests: sent, bad: Math.min(sent, poisson(sent * share, random)) };
  });
}

/** Share of simulated steps in which a candidate that fails so often is found by the comparison. */
function foundByComparison(question: HarmQuestion, share: number, runs: number): number {
  const { requestsPerS, weight, intervalMs, durationMs, instances, errorShare, phi } = question;
  const random = randomFrom(7 + Math.round(share * 1e6));
  const looked = (requestsPerS * intervalMs) / 1000;
  let found = 0;
  for (let run = 0; run < runs; run++) {
    let state = beginTwoKeys([{ phi, source: 'saved', because: null }]);
    for (let atMs = 0; atMs < durationMs; atMs += intervalMs) {
      const look = {
        candidate: instancesOf((looked * weight) / 100, instances.candidate, share, random),
        stable: instancesOf((looked * (100 - weight)) / 100, instances.stable, errorShare, random),
      };
      state = lookWithTwoKeys(state, [look], atMs);
      if (agreedLogE(state) < question.logLimit) continue;
      found++;
      break;
    }
  }
  return found / runs;
}

describe('smallest harm of a step', () => {
  it('is found in most simulated steps, and a third of it in few', () => {
    const question = fc.record({
      durationMs: fc.constantFrom(60_000, 120_000, 300_000),
      intervalMs: fc.constantFrom(1000, 5000),
      requestsPerS: fc.constantFrom(20, 60, 200, 600),
      weight: fc.constantFrom(5, 20, 50),
      errorShare: fc.constantFrom(0.002, 0.01, 0.03),
      instances: fc.record({ candidate: fc.integer({ min: 1, max: 3 }), stable: fc.constant(4) }),
      phi: fc.constantFrom(0, 0.3, 1),
    });
    let compared = 0;
    fc.assert(
      fc.property(question, (given) => {
        const asked = { ...usual, ...given };
        const harm = smallestHarm(asked);
        if (harm?.by !== 'comparison' || harm.share > 0.5) return;
        compared++;
        const told = JSON.stringify({ ...given, harm });
        assert.ok(foundByComparison(asked, harm.share, 30) >= 0.7, told);
        assert.ok(foundByComparison(asked, harm.share / 3, 30) <= 0.5, told);
      }),
      { seed: 11, numRuns: 16 },
    );
    assert.ok(compared >= 8, `only ${compared}`);
  });

  it('by the limit alone, it is found in most simulated steps too', () => {
    const asked = { ...usual, logLimit: Infinity };
    const harm = smallestHarm(asked);
    assert.equal(harm?.by, 'limit');
    const random = randomFrom(3);
    const test = binomialTest(asked.rollBackAbove);
    const shareFound = (share: number): number => {
      let found = 0;
      for (let run = 0; run < 100; run++) {
        let state = beginGuard(0);
        for (let n = 0; n < 300; n++) {
          const [sent = { requests: 0, bad: 0 }] = instancesOf(8, 1, share, random);
          const look = { atMs: n * 1000, bad: sent.bad, total: sent.requests, undecided: 0 };
          state = lookAt(test, state, look, rollBackAt);
        }
        if (state.crossed) found++;
      }
      return found / 100;
    };
    assert.ok(shareFound(harm.share) >= 0.8);
    assert.ok(shareFound(0.055) <= 0.3);
  });

  it('shrinks with traffic, weight and time, and grows with the dispersion and with late steps', () => {
    const rows = [
      [shareOf({ requestsPerS: 400 }), shareOf({})],
      [shareOf({ durationMs: 1_800_000 }), shareOf({})],
      [shareOf({ weight: 50 }), shareOf({ weight: 2 })],
      [shareOf({}), shareOf({ beforeMs: 3_600_000 })],
      [
        shareOf({ requestsPerS: 5000, phi: 0 }),
        shareOf({ requestsPerS: 5000, phi: 5, errorShare: 0.01, durationMs: 30_000 }),
      ],
    ];
    for (const [small = 0, large = 0] of rows) assert.ok(small < large, `${small} < ${large}`);
  });

  it('at so little traffic that most looks have nobody on one side, only the limit is left', () => {
    assert.equal(smallestHarm({ ...usual, requestsPerS: 1 })?.by, 'limit');
  });

  it('says nothing where nothing can be found', () => {
    assert.equal(smallestHarm({ ...usual, requestsPerS: 0 }), null);
    assert.equal(smallestHarm({ ...usual, requestsPerS: 1, durationMs: 5_000 }), null);
    assert.equal(smallestHarm({ ...usual, durationMs: 0 }), null);
  });

  it('beside a stable that never fails it is a share, and at 100 % it is for the limit to find', () => {
    const clean = smallestHarm({ ...usual, errorShare: 0 });
    assert.equal(clean?.by, 'comparison');
    assert.ok(clean.share > 0 && clean.share < 0.02);
    assert.equal(smallestHarm({ ...usual, weight: 100 })?.by, 'limit');
  });
});
