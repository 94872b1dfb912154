/** What becomes of an answer of the API server that is a refusal. */
import assert from 'node:assert/strict';
import { apiFailure } from '../../../src/adapters/kubernetes/api-failure.js';

describe('refusals of the API server', () => {
  const codes: readonly [number, string][] = [
    [400, 'InvalidInput'],
    [401, 'Unavailable'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [422, 'InvalidInput'],
    [429, 'Unavailable'],
    [500, 'Unavailable'],
    [504, 'Unavailable'],
  ];
  for (const [status, code] of codes) {
    it(`${status}: ${code}`, () => {
      const failure = apiFailure('GET /x', status, '{"message":"said so"}');
      assert.equal(failure.code, code);
      assert.match(failure.message, /said so$/);
      assert.equal(failure.details.where, 'GET /x');
    });
  }

  it('keep the fields that the server found wrong', () => {
    const causes = [{ field: 'spec.replicas', message: 'must be greater than 0' }];
    const failure = apiFailure('PATCH /x', 422, JSON.stringify({ details: { causes } }));
    assert.deepEqual(failure.details.faults, [
      { where: 'spec.replicas', message: 'must be greater than 0' },
    ]);
  });

  it('say how long the server wants to be left alone', () => {
    const body = JSON.stringify({ details: { retryAfterSeconds: 2 } });
    assert.equal(apiFailure('GET /x', 429, body).details.retryAfterMs, 2000);
  });

  it('may come from something in between that speaks no JSON', () => {
    const failure = apiFailure('GET /x', 502, `<html>${'x'.repeat(1000)}`);
    assert.equal(failure.code, 'Unavailable');
    assert.ok(failure.message.length < 300);
  });
});
