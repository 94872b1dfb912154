/** Turns what GitHub refuses, or leaves unanswered, into failures of this project, without a header of the request. */
import { Failure, type FailureCode, type FailureDetails } from '../../domain/failures.js';

/** A write whose effect is not known: it may have happened. Read back before anything is sent again. */
export class UnknownOutcome extends Failure {
  constructor(asked: string, seen: string | number) {
    super('Unavailable', `GitHub did not say whether it was done: ${asked}`, {
      ...{ where: asked, seen },
      // What was done shows in lists a little later.
      retryAfterMs: 5000,
    });
  }
}

export interface GithubAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** Without `retry-after` and a reset time GitHub wants at least a minute. */
export const usualQuietMs = 60_000;
/** A credential that is mended works for all that waits. */
const refusedCredentialMs = 60_000;

export interface Asked {
  /** `GET /repos/acme/shop/issues/7` */
  readonly name: string;
  readonly isWrite: boolean;
  /** How long to be quiet where GitHub does not say. */
  readonly quietMs?: number;
}

/** What an answer of status 400 or more, or GraphQL's errors, say. */
export function answerFailure(asked: Asked, answer: GithubAnswer): Failure {
  const { status } = answer;
  const said = saidIn(answer.data);
  const details: FailureDetails = { where: asked.name, seen: status };
  const limited = limitFailure(asked, answer);
  if (limited !== null) return limited;
  const isRule = /protected branch|repository rule|GH0(06|13)|cannot (delete|update) this/i;
  switch (status) {
    case 401:
      return new Failure('Unavailable', `GitHub refuses our credential: ${said}`, {
        ...details,
        ...{ retryAfterMs: refusedCredentialMs, next: 'sluice doctor github' },
      });
    case 403:
      if (isRule.test(said)) return new Failure('PolicyDenied', said, details);
      return forbidden(asked, answer, said);
    case 404:
    case 410:
      return new Failure('NotFound', `GitHub has no such thing, or hides it: ${said}`, details);
    case 405:
    case 409:
      return new Failure('Conflict', said, details);
    case 400:
    case 415:
    case 422: {
      if (/no commit found/i.test(said)) return new Failure('NotFound', said, details);
      const code: FailureCode = isRule.test(said) ? 'PolicyDenied' : 'InvalidInput';
      return new Failure(code, said, { ...details, faults: faultsIn(answer.data) });
    }
    case 413:
      return new Failure('PayloadTooLarge', said, details);
    default:
      if (asked.isWrite) return new UnknownOutcome(asked.name, status);
      return new Failure('Unavailable', `GitHub answered ${status}`, details);
  }
}

export function noAnswer(asked: Asked, error: unknown): Failure {
  const seen = networkWord(error);
  if (asked.isWrite && seen !== 'ECONNREFUSED' && seen !== 'ENOTFOUND') {
    return new UnknownOutcome(asked.name, seen);
  }
  return new Failure('Unavailable', `GitHub does not answer (${seen})`, {
    where: asked.name,
    seen,
  });
}

/** `ECONNRESET`, `TimeoutError`: words of the network only, never of the request, which carries the credential. */
function networkWord(error: unknown): string {
  let word = 'unknown';
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as { code?: unknown };
    if (typeof code === 'string') return code;
    word = one.name;
  }
  return word;
}

/** Primary and secondary limits; null when it is none. */
function limitFailure(
  { name, quietMs = usualQuietMs }: Asked,
  { status, headers, data }: GithubAnswer,
): Failure | null {
  const said = wordsIn(data);
  const isSpent = String(headers['x-ratelimit-remaining'] ?? '') === '0';
  // Of one of many creations in a call, or of one alone, in the form of an ordinary refusal.
  const isQuick = /was submitted too quickly/i.test(said);
  const isSecondary = isQuick || /secondary rate|abuse detection/i.test(said);
  const isSaid = errorTypes(data).some((type) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT');
  const after = headers['retry-after'];
  const isLimit =
    isSaid ||
    status === 429 ||
    (status === 422 && isQuick) ||
    (status === 403 && (isSpent || isSecondary || after !== undefined)) ||
    (status === 200 && isSecondary);
  if (!isLimit) return null;
  const kind = isSecondary || (!isSpent && !isSaid) ? 'secondary' : 'primary';
  return new Failure('RateLimited', `GitHub's ${kind} limit is reached`, {
    where: name,
    retryAfterMs: waitMs(headers, quietMs, isSpent || isSaid),
    ...(headers['x-ratelimit-limit'] !== undefined && {
      limit: `${String(headers['x-ratelimit-limit'])} an hour`,
    }),
    next: 'nothing: it is asked again by itself; see docs/github.md, Limits',
  });
}

function waitMs(headers: GithubAnswer['headers'], quietMs: number, isSpent: boolean): number {
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && after >= 0) return after * 1000 + 1000;
  const resetAtMs = Number(headers['x-ratelimit-reset']) * 1000;
  // By the clock that set it, which need not be ours.
  const serverMs = Date.parse(String(headers['date'] ?? ''));
  const leftMs = resetAtMs - serverMs;
  return isSpent && Number.isFinite(leftMs) ? Math.max(leftMs, 0) + 1000 : quietMs;
}

function forbidden({ name }: Asked, { headers }: GithubAnswer, said: string): Failure {
  const needed = headers['x-accepted-github-permissions'] ?? headers['x-accepted-oauth-scopes'];
  const hasNeeded = needed !== undefined && needed !== '';
  return new Failure('Forbidden', `GitHub does not let us: ${said}`, {
    ...{ where: name, seen: 403 },
    ...(hasNeeded && { limit: `needs ${String(needed)}` }),
    next: 'sluice doctor github',
  });
}

export interface GraphqlError {
  readonly type?: string;
  readonly message?: string;
  readonly path?: readonly (string | number)[];
}

export function graphqlErrors(data: unknown): readonly GraphqlError[] {
  const errors = (data as { errors?: unknown } | null)?.errors;
  return Array.isArray(errors) ? (errors as GraphqlError[]) : [];
}

/** Whether what failed are parts, each with its place, of an answer that is there. */
export function isOfParts(answer: unknown): boolean {
  const { data } = (answer ?? {}) as { data?: unknown };
  const isThere = typeof data === 'object' && data !== null;
  return isThere && graphqlErrors(answer).every(({ path }) => (path?.length ?? 0) > 0);
}

function errorTypes(data: unknown): readonly (string | undefined)[] {
  return graphqlErrors(data).map(({ type }) => type);
}

function saidIn(data: unknown): string {
  return wordsIn(data).slice(0, 500) || 'it does not say why';
}

function wordsIn(data: unknown): string {
  const { message } = (data ?? {}) as { message?: unknown };
  const faults = graphqlErrors(data).map((error) =>
    typeof error === 'string' ? error : (error?.message ?? ''),
  );
  const said = [typeof message === 'string' ? message : '', ...faults].filter((one) => one !== '');
  return said.join('; ');
}

function faultsIn(data: unknown): FailureDetails['faults'] & object {
  return graphqlErrors(data).flatMap((error) => {
    const { field, code, message } = error as { field?: string; code?: string; message?: string };
    return field === undefined ? [] : [{ where: field, message: message ?? code ?? 'not valid' }];
  });
}

/** What the errors of a GraphQL answer mean; the whole answer counts as none. */
export function graphqlFailure(asked: Asked, answer: GithubAnswer): Failure {
  const limited = limitFailure(asked, answer);
  if (limited !== null) return limited;
  const [first] = graphqlErrors(answer.data);
  const said = saidIn(answer.data);
  const details: FailureDetails = { where: asked.name, seen: first?.type ?? 'no type' };
  switch (first?.type) {
    case 'NOT_FOUND':
      return new Failure('NotFound', said, details);
    case 'FORBIDDEN':
    case 'INSUFFICIENT_SCOPES':
      return forbidden(asked, answer, said);
    case 'STALE_DATA':
      return new Failure('Conflict', said, details);
    case 'UNPROCESSABLE':
    case 'BAD_USER_INPUT':
    case 'argumentLiteralsIncompatible':
      return new Failure('InvalidInput', said, details);
    default:
      // "Something went wrong while executing your query" comes without a type, before or after the effect.
      if (asked.isWrite) return new UnknownOutcome(asked.name, first?.type ?? 'no type');
      return new Failure('Unavailable', said, details);
  }
}
