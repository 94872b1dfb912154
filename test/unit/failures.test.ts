/** The table of failures, and what a failure carries. */
import assert from 'node:assert/strict';
import { describeNumbers, Failure, failureRules } from '../../src/domain/failures.js';

describe('failures', () => {
  for (const [code, rule] of Object.entries(failureRules)) {
    it(`${code}: a client or server error, retried only when the world may change by itself`, () => {
      assert.ok(rule.status >= 400 && rule.status <= 504);
      assert.match(rule.title, /^[A-Z].*[^.]$/);
      if (rule.retry !== 'never') assert.ok(rule.status === 429 || rule.status === 503);
    });
  }

  it('carry code, details and cause', () => {
    const cause = new Error('socket hang up');
    const failure = new Failure(
      'Unavailable',
      'the platform does not answer',
      { where: 'http://x' },
      cause,
    );
    assert.ok(failure instanceof Error);
    assert.deepEqual(
      [failure.name, failure.code, failure.details, failure.cause],
      ['Failure', 'Unavailable', { where: 'http://x' }, cause],
    );
    assert.ok(!('cause' in new Failure('NotFound', 'no')));
  });

  it('say their numbers as people read them', () => {
    assert.equal(describeNumbers({ seen: '31 %', limit: '5 %' }), 'seen 31 %, limit 5 %');
    assert.equal(describeNumbers({ limit: 0 }), 'limit 0');
    assert.equal(describeNumbers({}), '');
  });
});
