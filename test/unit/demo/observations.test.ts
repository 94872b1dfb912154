/** What the demo's users saw: counted by release, exposure by revision, and requests that nobody answers for. */
import assert from 'node:assert/strict';
import { type Answer, createObservations } from '../../../src/cli/demo/observations.js';

const story = {
  badBy: new Map([
    ['1.2.0', (answer: Answer) => answer.failed],
    ['1.3.0', (answer: Answer) => answer.latencyMs > 1000],
  ]),
  condemned: new Set(['1.2.0']),
};

const base: Answer = {
  environment: 'production',
  during: '1.2.0',
  revision: '1.2.0-0123abcd',
  failed: false,
  latencyMs: 5,
  answeredAtMs: 10_000,
};

function seen(...answers: Partial<Answer>[]) {
  const observations = createObservations(story);
  for (const answer of answers) observations.record({ ...base, ...answer });
  return observations;
}

describe('observations of the demo', () => {
  it('measures exposure from the first bad answer to the last of any kind', () => {
    const observations = seen(
      { answeredAtMs: 10_000 },
      { answeredAtMs: 10_500, failed: true },
      { answeredAtMs: 11_000, failed: true },
      { answeredAtMs: 12_000 },
      { answeredAtMs: 15_000, revision: '1.1.0-0123abcd' },
    );
    assert.equal(observations.tally('1.2.0').exposureS, 1.5);
  });

  it('does not depend on the order in which answers are told', () => {
    const observations = seen(
      { answeredAtMs: 12_000, failed: true },
      { answeredAtMs: 10_500, failed: true },
    );
    assert.equal(observations.tally('1.2.0').exposureS, 1.5);
  });

  it('has no exposure without a bad answer', () => {
    assert.equal(seen({}, { answeredAtMs: 20_000 }).tally('1.2.0').exposureS, null);
    assert.equal(seen().tally('1.2.0').exposureS, null);
  });

  it('takes slow answers for bad where the story says so, and not for failed', () => {
    const slow = { revision: '1.3.0-0123abcd', during: '1.3.0' };
    const observations = seen(
      { ...slow, latencyMs: 1500, answeredAtMs: 1000 },
      { ...slow, latencyMs: 900, answeredAtMs: 3000 },
    );
    assert.deepEqual(observations.tally('1.3.0'), { requests: 2, failedRequests: 0, exposureS: 2 });
  });

  it('counts requests for the release that was on its way when they were sent', () => {
    const observations = seen(
      { revision: '1.1.0-0123abcd' },
      { failed: true },
      { during: '1.3.0', failed: true },
      { during: null },
    );
    assert.deepEqual(observations.tally('1.2.0'), { requests: 2, failedRequests: 1, exposureS: 0 });
    assert.equal(observations.totals.requests, 4);
  });

  it('calls a failure lost unless a condemned version answered', () => {
    const observations = seen(
      { failed: true },
      { failed: true, revision: '1.1.0-0123abcd' },
      { failed: true, revision: null },
    );
    assert.deepEqual(observations.totals, { requests: 3, failed: 3, lost: 2 });
  });
});
