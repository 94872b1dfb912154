/** Refusals of commands: our failures as Temporal carries them to the caller. */
import { ApplicationFailure } from '@temporalio/workflow';
import { Failure, failureRules } from '../domain/failures.js';

/** The failure as an ApplicationFailure: type is the code, the first detail holds numbers and the next command. */
export function asApplicationFailure(failure: Failure): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.code,
    message: failure.message,
    nonRetryable: failureRules[failure.code].retry === 'never',
    details: [failure.details],
  });
}

/** The result of a decision; a Failure it throws becomes the refusal of the update. */
export function orRefuse<T>(decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    throw error instanceof Failure ? asApplicationFailure(error) : error;
  }
}

/** As {@link orRefuse}, for validators: those must not be async and answer nothing. */
export function rejecting(check: () => void): void {
  orRefuse(check);
}

/** Every command says who and why. */
export function requireActorAndReason(command: {
  readonly actor?: unknown;
  readonly reason?: unknown;
}): void {
  for (const field of ['actor', 'reason'] as const) {
    const value = command?.[field];
    if (typeof value === 'string' && value.trim() !== '') continue;
    throw new Failure('InvalidInput', `"${field}" is missing`, {
      where: field,
      next: 'send one JSON object such as {"actor": "ann", "reason": "error budget is spent"}',
    });
  }
}
