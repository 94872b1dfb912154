/** What the server is told of a failure: whether, and when, the next attempt is due. */
import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { failureInterceptor } from '../../../src/activities/failure-interceptor.js';
import { Failure } from '../../../src/domain/failures.js';

async function told(failure: unknown): Promise<ApplicationFailure> {
  const { inbound } = failureInterceptor();
  const input = { args: [], headers: {} } satisfies ActivityExecuteInput;
  const thrown = await inbound
    ?.execute?.(input, async () => {
      throw failure;
    })
    .then(
      () => null,
      (error: unknown) => error,
    );
  assert.ok(thrown instanceof ApplicationFailure);
  return thrown;
}

describe('failures of activities', () => {
  it('make a limit of the code host the delay of the next attempt, and hold no slot meanwhile', async () => {
    const limit = new Failure('RateLimited', 'limit', { where: 'GET /x', retryAfterMs: 31_000 });
    const { type, nonRetryable, nextRetryDelay, details } = await told(limit);
    assert.deepEqual([type, nonRetryable, nextRetryDelay], ['RateLimited', false, 31_000]);
    assert.deepEqual(details, [limit.details]);
  });

  it('leave the delay to the retry policy where nothing is known, and end what no repetition helps', async () => {
    const unavailable = await told(new Failure('Unavailable', 'no answer'));
    assert.deepEqual([unavailable.nonRetryable, unavailable.nextRetryDelay], [false, undefined]);
    assert.equal((await told(new Failure('Forbidden', 'no'))).nonRetryable, true);
  });
});
