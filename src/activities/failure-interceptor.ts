/** Turns our failures into Temporal's: retryability is set here, from the one table, and nowhere else. */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { describeNumbers, Failure, failureRules } from '../domain/failures.js';

const soonMs = 300;

export function failureInterceptor(): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          throw error instanceof Failure ? toApplicationFailure(error) : error;
        }
      },
    },
  };
}

/** The failure's code becomes the type, its details the first detail. */
function toApplicationFailure(failure: Failure): ApplicationFailure {
  const rule = failureRules[failure.code];
  const numbers = describeNumbers(failure.details);
  const nextRetryDelay =
    failure.details.retryAfterMs ?? (rule.retry === 'soon' ? soonMs : undefined);
  return ApplicationFailure.create({
    type: failure.code,
    message: numbers ? `${failure.message} (${numbers})` : failure.message,
    nonRetryable: rule.retry === 'never',
    details: [failure.details],
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
    ...('expected' in rule ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}
