/** Every failure as a problem: status, numbers, hint, and nothing of the server's inside. */
import assert from 'node:assert/strict';
import { ActivityFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import {
  ApplicationFailure,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { z } from 'zod';
import { internalProblem, invalidInput, problemOf } from '../../../src/api/problem.js';
import { problemSchema } from '../../../src/api/schemas/problem.js';
import { failureOf } from '../../../src/api/temporal.js';
import { Failure, type FailureCode, failureRules } from '../../../src/domain/failures.js';

const codes = Object.keys(failureRules) as FailureCode[];

describe('problems', () => {
  for (const code of codes) {
    it(`${code} keeps its status, numbers and next command`, () => {
      const details = { where: 'x', seen: 31, limit: '5 %', next: 'sluice why' };
      const problem = problemSchema.parse(problemOf(new Failure(code, 'it went wrong', details)));
      assert.equal(problem.status, failureRules[code].status);
      assert.deepEqual(
        [problem.code, problem.detail, problem.seen, problem.limit, problem.hint],
        [code, 'it went wrong', 31, '5 %', 'sluice why'],
      );
      assert.equal(problem.type, `/docs#problem-${code}`);
    });
  }

  it('a bug tells nothing but the request id', () => {
    const problem = problemSchema.parse(internalProblem('r-1'));
    assert.deepEqual([problem.status, problem.code, problem.requestId], [500, 'Internal', 'r-1']);
    assert.doesNotMatch(JSON.stringify(problem), /at |\.ts|node_modules/);
  });

  it('names every fault of a body by pointer and of parameters by name', () => {
    const schema = z.strictObject({ a: z.string(), list: z.array(z.int()) });
    const input = { list: [1, 'x'], 'b/~': 1 };
    const { error } = schema.safeParse(input);
    assert.ok(error);
    const problem = problemOf(invalidInput(error, schema, input, 'body'));
    const pointers = problem.errors?.map(({ pointer }) => pointer).sort();
    assert.deepEqual(pointers, ['/a', '/b~1~0', '/list/1']);
    const parameters = problemOf(invalidInput(error, schema, input, 'parameters')).errors ?? [];
    assert.ok(parameters.some(({ parameter }) => parameter === 'list.1'));
  });
});

function grpcError(code: number): ServiceError {
  const cause = Object.assign(new Error('grpc'), { code, details: 'd', metadata: {} });
  return new ServiceError('failed', { cause });
}

/** As it comes out of a workflow that asked an activity and let its failure through. */
function inActivity(cause: Error): ActivityFailure {
  const retry = RetryState.NON_RETRYABLE_FAILURE;
  return new ActivityFailure('Activity task failed', 'ask', '1', retry, 'worker', cause);
}

describe('what Temporal throws', () => {
  const table: readonly {
    readonly name: string;
    readonly given: unknown;
    readonly want: FailureCode;
    readonly says?: RegExp;
  }[] = [
    { name: 'no such workflow', given: new WorkflowNotFoundError('', 'x', ''), want: 'NotFound' },
    {
      name: 'a validator’s refusal',
      given: new WorkflowUpdateFailedError(
        'failed',
        ApplicationFailure.create({ type: 'TargetLocked', message: 'locked by ann' }),
      ),
      want: 'TargetLocked',
      says: /locked by ann/,
    },
    {
      name: 'a refusal of what an activity asked',
      given: new WorkflowUpdateFailedError(
        'failed',
        inActivity(ApplicationFailure.create({ type: 'NotFound', message: 'not installed' })),
      ),
      want: 'NotFound',
      says: /^not installed$/,
    },
    {
      name: 'an activity that took too long',
      given: new WorkflowUpdateFailedError(
        'failed',
        inActivity(new TimeoutFailure('late', undefined, 'START_TO_CLOSE')),
      ),
      want: 'Unavailable',
    },
    {
      name: 'silence',
      given: new WorkflowUpdateRPCTimeoutOrCancelledError('timeout'),
      want: 'Unavailable',
    },
    { name: 'deadline exceeded', given: grpcError(4), want: 'Unavailable' },
    { name: 'resource exhausted', given: grpcError(8), want: 'Unavailable' },
    { name: 'unavailable', given: grpcError(14), want: 'Unavailable' },
  ];
  for (const { name, given, want, says = /./ } of table) {
    it(`${name} is ${want} with a next command`, () => {
      const failure = failureOf(given, 'release:checkout:1.0.0');
      assert.equal(failure.code, want);
      assert.match(failure.message, says);
      assert.match(failure.details.next ?? '', /sluice|again/);
    });
  }

  it('a refusal keeps the numbers and the hint that the workflow gave', () => {
    const details = [{ seen: 1, limit: 2, next: 'do this', stack: 'secret' }];
    const cause = ApplicationFailure.create({ type: 'PolicyDenied', message: 'no', details });
    const failure = failureOf(new WorkflowUpdateFailedError('failed', cause), 'release:a:1.0.0');
    assert.deepEqual(failure.details, {
      where: 'release:a:1.0.0',
      seen: 1,
      limit: 2,
      next: 'do this',
    });
  });

  it('a bug in a workflow or an unknown status stays a bug', () => {
    const bug = ApplicationFailure.create({ type: 'TypeError', message: 'x is undefined' });
    for (const error of [
      new WorkflowUpdateFailedError('failed', bug),
      new WorkflowUpdateFailedError('failed', inActivity(bug)),
      grpcError(13),
    ]) {
      assert.throws(
        () => failureOf(error, 'release:a:1.0.0'),
        (thrown) => thrown === error,
      );
    }
  });
});
