/** When a pass waits for approval. */
import assert from 'node:assert/strict';
import { type HoldQuestion, whyHeld } from '../../../src/domain/issue-sync/hold.js';

const question: HoldQuestion = {
  policy: { firstPass: 'ask', rewritten: 'ask', guard: { issues: 25, share: 0.2 } },
  ...{ isFirst: false, isRewritten: false, writes: 1, fromFiles: 1, made: 0, count: 100 },
};
const kindOf = (change: Partial<HoldQuestion>) => whyHeld({ ...question, ...change })?.kind ?? null;
const { policy } = question;

describe('a pass', () => {
  it('is held when it is the first one and does anything', () => {
    assert.equal(kindOf({ isFirst: true }), 'firstPass');
    assert.equal(kindOf({ isFirst: true, writes: 0 }), null);
    assert.equal(kindOf({ isFirst: true, policy: { ...policy, firstPass: 'go' } }), null);
    assert.equal(kindOf({}), null);
  });

  it('is held after the branch was rewritten, if its files would change issues', () => {
    assert.equal(kindOf({ isRewritten: true }), 'rewritten');
    assert.equal(kindOf({ isRewritten: true, fromFiles: 0 }), null);
    assert.equal(kindOf({ isRewritten: true, policy: { ...policy, rewritten: 'edit' } }), null);
  });

  it('is held when files change many issues, or a large share of more than a few', () => {
    assert.equal(kindOf({ fromFiles: 25, count: 1000 }), null);
    assert.equal(kindOf({ fromFiles: 26, count: 1000 }), 'mass');
    assert.equal(kindOf({ fromFiles: 20, count: 100 }), null);
    assert.equal(kindOf({ fromFiles: 21, count: 100 }), 'mass');
    assert.equal(kindOf({ fromFiles: 5, count: 5 }), null);
    assert.equal(kindOf({ fromFiles: 6, count: 6 }), 'mass');
    assert.equal(kindOf({ fromFiles: 0, made: 25, count: 6 }), null);
    assert.equal(kindOf({ fromFiles: 0, made: 26, count: 6 }), 'mass');
  });
});
