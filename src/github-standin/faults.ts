/** What may go wrong on purpose: lags, faults of the next calls, losses of webhooks. All of it off at first. */
import { Problem } from './problem.js';

export interface Lag {
  /** A new item is missing from lists for so long. */
  listMs: number;
  /** How often a pull request is read before its mergeability is known; 1 as at GitHub. */
  mergeableReads: number;
  /** A check or status is missing from reads for so long. */
  statusMs: number;
  /** A new thing answers 404 on its own address for so long. */
  readMs: number;
}

/**
 * One of: the effect happens and the answer is lost; nothing happens; a limit speaks.
 * `errorAfterEffect` answers a status after the work was done (500-but-merged, 502), `errorBeforeEffect` without it;
 * `hangUp` closes the connection after the effect; `wrongTree` lets a merge write another tree and answer 200.
 * Of one field among several of a mutation: `errorInside` does it and says that something went wrong, `cutInside` does
 * it, leaves those after it undone and answers a status, `limitInside` does not do it and says it came too quickly.
 */
export interface Fault {
  /** Operation id (`pulls/merge`), or name of a GraphQL field (`updateRefs`), or `*`. */
  readonly operation: string;
  readonly kind:
    | 'errorAfterEffect'
    | 'errorBeforeEffect'
    | 'hangUp'
    | 'wrongTree'
    | 'gitOnly'
    | 'errorInside'
    | 'cutInside'
    | 'limitInside'
    | 'primaryLimit'
    | 'secondaryLimit';
  /** Of the answer; 502 without. */
  readonly status?: number;
  /** How many calls it meets; 1 without. */
  readonly times?: number;
  /** Calls that go well before. */
  readonly after?: number;
  /** Seconds in `retry-after`; null leaves the header away. */
  readonly retryAfterS?: number | null;
}

export interface HookFaults {
  /** The next so many deliveries get lost and are logged as failed. */
  lose: number;
  /** The next so many are sent twice with one GUID. */
  duplicate: number;
  /** The next so many are kept and sent in reverse order. */
  reorder: number;
  /** An answer that takes longer counts as none; ten seconds at GitHub. */
  answerWithinMs: number;
}

export interface Faults {
  readonly lag: Lag;
  readonly hooks: HookFaults;
  readonly plan: (fault: Fault) => void;
  /** The fault for a call, used up by being taken. */
  readonly take: (operation: string, kinds: readonly Fault['kind'][]) => Fault | null;
  readonly clear: () => void;
}

const noHookFaults: HookFaults = { lose: 0, duplicate: 0, reorder: 0, answerWithinMs: 10_000 };

export function createFaults(): Faults {
  const none: Lag = { listMs: 0, mergeableReads: 1, statusMs: 0, readMs: 0 };
  const lag = { ...none };
  const hooks: HookFaults = { ...noHookFaults };
  let planned: { fault: Fault; left: number; wait: number }[] = [];
  return {
    lag,
    hooks,
    plan: (fault) => planned.push({ fault, left: fault.times ?? 1, wait: fault.after ?? 0 }),
    take: (operation, kinds) => {
      for (const entry of planned) {
        const { fault } = entry;
        if (fault.operation !== operation && fault.operation !== '*') continue;
        if (!kinds.includes(fault.kind)) continue;
        if (entry.wait > 0) {
          entry.wait -= 1;
          continue;
        }
        entry.left -= 1;
        planned = planned.filter(({ left }) => left > 0);
        return fault;
      }
      return null;
    },
    clear: () => {
      planned = [];
      Object.assign(lag, none);
      Object.assign(hooks, noHookFaults);
    },
  };
}

/** The answer of a limit, in the words by which clients tell one from the other. */
export function limitProblem(fault: Fault, resetS: number): Problem {
  const retryAfter =
    fault.retryAfterS === undefined || fault.retryAfterS === null
      ? {}
      : { 'retry-after': String(fault.retryAfterS) };
  const status = fault.status ?? 403;
  if (fault.kind === 'primaryLimit') {
    return new Problem(status, 'API rate limit exceeded for installation ID 1.', {
      headers: {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(resetS),
        ...retryAfter,
      },
      type: 'RATE_LIMITED',
    });
  }
  return new Problem(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    { headers: retryAfter, type: 'SECONDARY' },
  );
}
