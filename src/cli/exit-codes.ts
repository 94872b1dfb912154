/** What the command line's exit codes mean: one table for the code, the help page and the tests. */
import type { ProblemCode } from '../api/schemas/problem.js';
import type { ReleaseOutcome } from '../domain/release/release.js';

export const exitCodes = {
  ok: { code: 0, means: 'released, or the command was done' },
  failed: { code: 1, means: 'failed for a reason that has no code of its own' },
  aborted: { code: 2, means: 'cancelled or aborted by a person' },
  rolledBack: { code: 3, means: 'rolled back by its health' },
  notAllowed: { code: 4, means: 'no valid token, or the token may not do this' },
  rejected: { code: 5, means: 'rejected at a gate' },
  superseded: { code: 6, means: 'superseded by a newer release' },
  invalid: { code: 7, means: 'invalid configuration, plan or usage' },
  stillRunning: { code: 8, means: 'still running at the deadline' },
} as const;

export type ExitName = keyof typeof exitCodes;

export function exitOfOutcome(outcome: ReleaseOutcome): ExitName {
  return outcome === 'promoted' ? 'ok' : outcome;
}

const exitByProblem: Partial<Record<ProblemCode, ExitName>> = {
  InvalidInput: 'invalid',
  IdempotencyKeyReused: 'invalid',
  PayloadTooLarge: 'invalid',
  UnsupportedMediaType: 'invalid',
  MethodNotAllowed: 'invalid',
  Unauthenticated: 'notAllowed',
  Forbidden: 'notAllowed',
  DeadlineExceeded: 'stillRunning',
};

export function exitOfProblem(code: ProblemCode): ExitName {
  return exitByProblem[code] ?? 'failed';
}

export function explainExitCodes(): string[] {
  return Object.values(exitCodes).map(({ code, means }) => `  ${code}  ${means}`);
}
