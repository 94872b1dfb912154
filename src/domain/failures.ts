/** Every way to fail: its code, whether asking again may help, its HTTP status, and the next command for the reader. */

interface FailureRule {
  /** May the same request succeed later without anyone changing it? */
  readonly retry: 'never' | 'backoff' | 'soon';
  readonly status: number;
  /** Title of the failure for people, without values. */
  readonly title: string;
  /** Expected in normal operation: logged quietly, never alarmed on. */
  readonly expected?: true;
}

/** One table for all translations: activities (retry), HTTP (status, title), CLI (exit and text). */
export const failureRules = {
  InvalidInput: { retry: 'never', status: 400, title: 'The request is not valid' },
  Unauthenticated: { retry: 'never', status: 401, title: 'A valid token is needed' },
  Forbidden: { retry: 'never', status: 403, title: 'The token may not do this' },
  NotFound: { retry: 'never', status: 404, title: 'There is no such thing' },
  MethodNotAllowed: { retry: 'never', status: 405, title: 'The path does not take this method' },
  Conflict: { retry: 'never', status: 409, title: 'The world moved meanwhile' },
  StaleWrite: {
    retry: 'never',
    status: 409,
    title: 'A newer decision already holds',
    expected: true,
  },
  DigestMismatch: { retry: 'never', status: 409, title: 'The artifact is not the one promised' },
  AlreadyPromoted: {
    retry: 'never',
    status: 409,
    title: 'This release is already promoted',
    expected: true,
  },
  SameDigestRunning: {
    retry: 'never',
    status: 409,
    title: 'This artifact already runs there',
    expected: true,
  },
  OlderVersion: {
    retry: 'never',
    status: 409,
    title: 'An older version may not replace a newer one',
    expected: true,
  },
  TargetLocked: { retry: 'never', status: 409, title: 'The target is locked', expected: true },
  TargetBusy: {
    retry: 'never',
    status: 409,
    title: 'Another rollout runs at the target',
    expected: true,
  },
  CommandRejected: {
    retry: 'never',
    status: 409,
    title: 'The command does not fit the present state',
    expected: true,
  },
  CandidateUnhealthy: {
    retry: 'never',
    status: 409,
    title: 'The candidate does not get fit for traffic',
    expected: true,
  },
  PreflightFailed: {
    retry: 'never',
    status: 409,
    title: 'The platform could not run the candidate, so nothing was deployed',
    expected: true,
  },
  MigrationFailed: {
    retry: 'never',
    status: 409,
    title: 'The migration before the candidate failed',
    expected: true,
  },
  HistoryNotReplayed: {
    retry: 'never',
    status: 409,
    title: 'A workflow that is under way would not survive this build',
    expected: true,
  },
  PolicyDenied: { retry: 'never', status: 409, title: 'A rule said no', expected: true },
  UnsupportedMediaType: { retry: 'never', status: 415, title: 'Only JSON is understood here' },
  PayloadTooLarge: { retry: 'never', status: 413, title: 'The request is too large' },
  IdempotencyKeyReused: {
    retry: 'never',
    status: 422,
    title: 'The idempotency key was used with another body',
  },
  RateLimited: { retry: 'backoff', status: 429, title: 'Too many requests' },
  NotReady: { retry: 'soon', status: 503, title: 'Not ready yet', expected: true },
  Unavailable: { retry: 'backoff', status: 503, title: 'A system behind this one does not answer' },
  DeadlineExceeded: { retry: 'never', status: 504, title: 'The deadline passed' },
} as const satisfies Record<string, FailureRule>;

export type FailureCode = keyof typeof failureRules;

/** What a reader needs beside the code: where, the value seen, the limit, and what to do next. */
export interface FailureDetails {
  /** Field, file:line:column, URL or id the failure is about. */
  readonly where?: string;
  readonly seen?: string | number;
  readonly limit?: string | number;
  /** The next command or act, ready to be typed. */
  readonly next?: string;
  /** Wait this long before asking again, milliseconds. */
  readonly retryAfterMs?: number;
  /** Further faults of the same request, so that all are seen at once. */
  readonly faults?: readonly Fault[];
}

export interface Fault {
  readonly where: string;
  readonly message: string;
}

/** A failure that was foreseen. Anything else that is thrown is a bug. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly details: FailureDetails;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.code = code;
    this.details = details;
  }
}

/** `seen 31 %, limit 5 %` — the numbers of a failure as people read them; empty when there are none. */
export function describeNumbers(details: FailureDetails): string {
  const parts: string[] = [];
  if (details.seen !== undefined) parts.push(`seen ${details.seen}`);
  if (details.limit !== undefined) parts.push(`limit ${details.limit}`);
  return parts.join(', ');
}

/** What the last words of a process say: message, numbers, place, every fault, and the next command. */
export function explainFailure({ message, details }: Failure): string {
  const { where, next, faults = [] } = details;
  const numbers = describeNumbers(details);
  return [
    `${message}${numbers ? ` (${numbers})` : ''}${where ? `, at ${where}` : ''}`,
    ...faults.map((fault) => `  ${fault.where}: ${fault.message}`),
    ...(next ? [`next: ${next}`] : []),
  ].join('\n');
}
