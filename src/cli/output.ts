/** Where a command's answer goes: one JSON object, or lines for people; errors with value, limit and next command. */
import type { Readable, Writable } from 'node:stream';
import type { Problem } from '../api/schemas/problem.js';
import { Failure, type FailureDetails, failureRules } from '../domain/failures.js';
import { ApiProblem } from './client.js';
import type { Environment } from './connection.js';
import type { ExitName } from './exit-codes.js';

/** Where a person can be asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** What the commands have of their process and of the world. */
export interface CliIo {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** All of stdin, to its end. */
  readonly readInput: () => Promise<string>;
  readonly env: Environment;
  /** Absolute path of the working folder, and of the user's own. */
  readonly folder: string;
  readonly home: string;
  /** Null where nobody can be asked: in a pipe, in CI. */
  readonly terminal: Terminal | null;
  /** Output goes to a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: () => number;
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Aborted by Ctrl-C, SIGTERM or a closed terminal: end in order. */
  readonly interrupted: AbortSignal;
  /** How to exit once the command has returned. */
  readonly exit: (name: ExitName) => void;
}

export interface Answers {
  readonly json: boolean;
  /** The one answer of the command. */
  answer(value: unknown, lines: readonly string[]): void;
}

export function createAnswers(io: CliIo, json: boolean): Answers {
  return {
    json,
    answer(value, lines) {
      io.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
    },
  };
}

/** Whatever was thrown, as the problem it is; null for a bug. */
export function problemFrom(error: unknown): Problem | null {
  if (error instanceof ApiProblem) return error.problem;
  if (!(error instanceof Failure)) return null;
  const { title, status } = failureRules[error.code];
  return {
    type: `/docs#problem-${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    ...detailsOf(error.details),
  };
}

function detailsOf({ where, seen, limit, next, faults }: FailureDetails): Partial<Problem> {
  return {
    ...(where === undefined ? {} : { where }),
    ...(seen === undefined ? {} : { seen }),
    ...(limit === undefined ? {} : { limit }),
    ...(next === undefined ? {} : { hint: next }),
    ...(faults === undefined ? {} : { errors: faults.map((fault) => ({ ...fault })) }),
  };
}

/** Code and cause, where, the value seen and its limit, every fault, and what to do next. */
export function describeProblem(problem: Problem): string[] {
  const lines = [`error ${problem.code}: ${problem.detail}`];
  if (problem.where !== undefined) lines.push(`  at     ${problem.where}`);
  if (problem.seen !== undefined) lines.push(`  seen   ${problem.seen}`);
  if (problem.limit !== undefined) lines.push(`  limit  ${problem.limit}`);
  for (const { pointer, parameter, where, message } of problem.errors ?? []) {
    lines.push(`  ${pointer ?? parameter ?? where ?? ''}: ${message}`);
  }
  if (problem.requestId !== undefined) lines.push(`  request ${problem.requestId}`);
  if (problem.hint !== undefined) lines.push(`  next   ${problem.hint}`);
  return lines;
}
