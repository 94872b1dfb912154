/** Every error as problem details: foreseen failures with all they know, bugs with nothing but a request id. */
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { explainIssues } from '../config/explain-issues.js';
import { Failure, failureRules } from '../domain/failures.js';
import { soon } from './retry-after.js';
import { scrubSecrets } from '../domain/secret-text.js';
import type { Problem } from './schemas/problem.js';
import { aboutOf } from './trace-requests.js';

export const problemContentType = 'application/problem+json';

/** Where the codes are explained; relative, so that it holds wherever the API is reached. */
function typeOf(code: Problem['code']): string {
  return `/docs#problem-${code}`;
}

export function problemOf(failure: Failure, requestId?: string): Problem {
  const { where, seen, limit, next, faults } = failure.details;
  const { status, title } = failureRules[failure.code];
  return {
    type: typeOf(failure.code),
    title,
    status,
    code: failure.code,
    detail: failure.message,
    ...(where === undefined ? {} : { where }),
    ...(seen === undefined ? {} : { seen }),
    ...(limit === undefined ? {} : { limit }),
    ...(next === undefined ? {} : { hint: next }),
    ...(faults === undefined ? {} : { errors: faults.map(placeOf) }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** `/service` is a pointer into the body, `?limit` a parameter, everything else a place of its own. */
function placeOf({ where, message }: { readonly where: string; readonly message: string }) {
  if (where.startsWith('/') || where === '') return { pointer: where, message };
  if (where.startsWith('?')) return { parameter: where.slice(1), message };
  return { where, message };
}

/** A bug: its cause goes to the log only. */
export function internalProblem(requestId?: string): Problem {
  return {
    type: typeOf('Internal'),
    title: 'A fault of the server',
    status: 500,
    code: 'Internal',
    detail: 'The server met something it did not foresee',
    hint: 'look for the request id in the logs of the API',
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** All faults of a body or of parameters at once, each with what was seen and what is allowed. */
export function invalidInput(
  error: z.ZodError,
  schema: z.ZodType,
  input: unknown,
  place: 'body' | 'parameters',
): Failure {
  const faults = explainIssues(error.issues, schema, input).map(({ path, message }) => ({
    where: whereOf(path.map(String), place),
    message: path.length === 0 ? message.replace('the file', 'the body') : message,
  }));
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new Failure('InvalidInput', `${first?.message}${more}`, {
    ...(first === undefined ? {} : { where: first.where }),
    next: 'see what is expected: GET /docs',
    faults,
  });
}

function whereOf(path: readonly string[], place: 'body' | 'parameters'): string {
  if (place === 'parameters') return `?${path.join('.')}`;
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Failures of the body reader, which have a `type`, and of the path decoder. */
function failureOfExpress(error: unknown): Failure | null {
  if (!(error instanceof Error)) return null;
  const { type, status, limit, length } = error as Error & {
    type?: string;
    status?: number;
    limit?: number;
    length?: number;
  };
  switch (type) {
    case 'entity.too.large':
      return new Failure('PayloadTooLarge', 'The body is too large', {
        ...(length === undefined ? {} : { seen: `${length} bytes` }),
        ...(limit === undefined ? {} : { limit: `${limit} bytes` }),
      });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Failure('UnsupportedMediaType', 'The body must be UTF-8 JSON', {
        next: 'send Content-Type: application/json; charset=utf-8',
      });
    default:
      if (status === undefined || status < 400 || status > 499) return null;
      return new Failure('InvalidInput', 'The request cannot be read as JSON', {
        ...(type === undefined ? { where: 'path' } : { where: 'body' }),
        next: 'check the JSON with: jq . < file',
      });
  }
}

export function answerProblems(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const requestId = response.locals.requestId as string | undefined;
    const about = { requestId, ...aboutOf(response) };
    // Half an answer is out, as of a stream: it is cut off, so that nobody takes it for a whole one.
    if (response.headersSent) {
      logger.error({ err: error, ...about }, 'unforeseen fault in an answer that had begun');
      return void response.destroy();
    }
    const failure = error instanceof Failure ? error : failureOfExpress(error);
    if (failure === null) logger.error({ err: error, ...about }, 'unforeseen fault');
    else response.locals.failure = failure.code;
    const problem = failure ? problemOf(failure, requestId) : internalProblem(requestId);
    if (failure?.code === 'Unauthenticated') {
      response.set('WWW-Authenticate', 'Bearer realm="sluice"');
    }
    if (failure?.code === 'Forbidden' && typeof failure.details.limit === 'string') {
      response.set('WWW-Authenticate', 'Bearer realm="sluice", error="insufficient_scope"');
    }
    const retryAfterMs = retryAfterOf(failure);
    if (retryAfterMs !== null) response.set('Retry-After', `${Math.ceil(retryAfterMs / 1000)}`);
    response
      .status(problem.status)
      .type(problemContentType)
      .send(scrubSecrets(JSON.stringify(problem)));
  };
}

/** Milliseconds after which asking again makes sense; null when it never does. */
function retryAfterOf(failure: Failure | null): number | null {
  if (failure === null || failureRules[failure.code].retry === 'never') return null;
  return soon(failure.details.retryAfterMs ?? 2000);
}
