/** Requests are dealt out exactly, and evenly at every moment. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deal } from '../../../src/playground/share.js';

function dealt(weight: number, requests: number): boolean[] {
  let owed = 0;
  return Array.from({ length: requests }, () => {
    const next = deal(weight, owed);
    owed = next.owed;
    return next.toCandidate;
  });
}

describe('share of the candidate', () => {
  it('is the weight in every hundred requests, wherever the hundred begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.nat(300), (weight, from) => {
        const hundred = dealt(weight, from + 100).slice(from);
        assert.equal(hundred.filter(Boolean).length, weight);
      }),
    );
  });

  it('is never more than one request away from the exact part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.nat(500), (weight, requests) => {
        const got = dealt(weight, requests).filter(Boolean).length;
        assert.ok(Math.abs(got - (requests * weight) / 100) < 1);
      }),
    );
  });

  it('alternates at half', () => {
    assert.deepEqual(dealt(50, 4), [false, true, false, true]);
  });
});
