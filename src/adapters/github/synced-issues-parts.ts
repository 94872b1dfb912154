/** How the parts of a mutation ended. */
import { Failure } from '../../domain/failures.js';
import type { GraphqlError } from './answer-failure.js';

/** By the alias of the part that failed. */
export function errorsByPart(errors: readonly GraphqlError[]): ReadonlyMap<string, GraphqlError> {
  return new Map(errors.map((error) => [String(error.path?.[0] ?? ''), error]));
}

/** A permission that is missing is missing for all. */
export function throwIfForbidden(errors: readonly GraphqlError[], parts: number): void {
  const [first] = errors;
  const isAll = errors.length >= parts && errors.every(({ type }) => type === 'FORBIDDEN');
  if (first === undefined || !isAll) return;
  throw new Failure('Forbidden', `GitHub does not let us: ${first.message ?? ''}`, {
    ...{ where: 'POST /graphql', seen: 'FORBIDDEN', limit: 'needs issues=write' },
    next: 'sluice doctor github',
  });
}
