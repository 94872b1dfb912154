/** Decides whether a target takes a request, and what becomes of what runs and waits there. */
import compare from 'semver/functions/compare.js';
import { Failure } from '../failures.js';
import { environmentPath, rolloutWorkflowId, targetPath } from '../names.js';
import type { RolloutReceipt, RolloutRequest } from '../rollout/request.js';
import { sameRevision } from '../rollout/revision.js';
import { requireNotHandingBack } from './eject.js';
import type { QueuedRollout, TargetState } from './state.js';

const rememberedRequests = 500;

export interface Admission {
  readonly state: TargetState;
  readonly receipt: RolloutReceipt;
  /** Requests that will not run any more because this one takes their place; their releases must be told. */
  readonly superseded: readonly QueuedRollout[];
  /** The running rollout must turn back for this one. */
  readonly supersedesCurrent: boolean;
}

/** The answer given before to the same request; null for a new one. */
export function earlierReceipt(state: TargetState, requestId: string): RolloutReceipt | null {
  return state.seen.find((entry) => entry.requestId === requestId)?.receipt ?? null;
}

/**
 * Refuses what must not run here.
 * @throws TargetLocked, SameDigestRunning, DigestMismatch, OlderVersion, TargetBusy
 */
export function requireAdmissible(
  state: TargetState,
  request: RolloutRequest,
  nowMs: number,
): void {
  if (earlierReceipt(state, request.requestId)) return;
  const where = targetPath(state.target);
  const { candidate } = request;
  const { stable } = state;
  requireNotHandingBack({ target: state.target, handingBack: state.handingBack });
  requireUnlocked(state, request.requestedBy, nowMs);
  if (stable && state.current === null && sameRevision(stable, candidate)) {
    throw new Failure('SameDigestRunning', `${stable.version} already runs at ${where}`, {
      where,
      seen: candidate.digest,
    });
  }
  if (stable && stable.version === candidate.version && stable.digest !== candidate.digest) {
    throw new Failure('DigestMismatch', `${where} runs ${stable.version} with another digest`, {
      where,
      seen: candidate.digest,
      limit: stable.digest,
      next: 'release a rebuilt artifact under a new version',
    });
  }
  if (stable && !request.allowOlder && compare(candidate.version, stable.version) < 0) {
    throw new Failure('OlderVersion', `${where} runs ${stable.version}, which is newer`, {
      where,
      seen: candidate.version,
      limit: stable.version,
      next: `to go back: sluice rollback ${state.target.service}/${environmentPath(state.target)} --reason "…"`,
    });
  }
  // Wanting what is stable while another is on its way is a wish to go back, which nothing refuses.
  if (sameRevision(candidate, stable)) return;
  const running = state.current?.request.candidate;
  const overtakes = request.queuePolicy === 'latestWins';
  if (
    running &&
    overtakes &&
    !request.allowOlder &&
    compare(candidate.version, running.version) < 0
  ) {
    throw new Failure(
      'OlderVersion',
      `${running.version}, which is newer, is on its way at ${where}`,
      {
        where,
        seen: candidate.version,
        limit: running.version,
      },
    );
  }
  const busy = state.current ?? state.queue[0];
  if (busy && request.queuePolicy === 'reject') {
    throw new Failure(
      'TargetBusy',
      `rollout ${busy.n} of ${busy.request.candidate.version} runs at ${where}`,
      {
        where,
        next: `wait for it: sluice watch ${state.target.service}/${environmentPath(state.target)}#${busy.n}`,
      },
    );
  }
}

/** False while somebody else's lock holds. Rollbacks do not ask. */
export function isOpenTo(state: TargetState, person: string, nowMs: number): boolean {
  const { lock } = state;
  if (!lock || lock.owner === person) return true;
  return lock.expiresAtMs !== null && lock.expiresAtMs <= nowMs;
}

function requireUnlocked(state: TargetState, person: string, nowMs: number): void {
  const { lock } = state;
  if (!lock || isOpenTo(state, person, nowMs)) return;
  const where = targetPath(state.target);
  const until =
    lock.expiresAtMs === null
      ? 'until it is unlocked'
      : `until ${new Date(lock.expiresAtMs).toISOString()}`;
  throw new Failure(
    'TargetLocked',
    `${where} is locked by ${lock.owner} ${until}: ${lock.reason}`,
    {
      where,
      seen: lock.owner,
      next: `sluice unlock ${state.target.service}/${environmentPath(state.target)} --reason "…"`,
    },
  );
}

/**
 * Takes an admissible request in. The same request again gets the same receipt.
 * @example idle                          → position 0
 * @example running, policy queue         → position 1, behind it
 * @example running, policy latestWins    → what waits is dropped, what runs turns back, position 0
 * @example running, stable asked for     → what runs turns back, whatever the policy
 */
export function admit(state: TargetState, request: RolloutRequest): Admission {
  const earlier = earlierReceipt(state, request.requestId);
  if (earlier) return { state, receipt: earlier, superseded: [], supersedesCurrent: false };
  const latestWins = request.queuePolicy === 'latestWins';
  const kept = latestWins
    ? state.queue.filter((queued) => queued.kind === 'switchBack')
    : state.queue;
  const superseded = latestWins ? state.queue.filter((queued) => queued.kind !== 'switchBack') : [];
  const reapplied = sameRevision(state.stable, request.candidate);
  const supersedesCurrent = (latestWins || reapplied) && state.current?.kind === 'rollout';
  const waiting = state.current && !supersedesCurrent ? 1 : 0;
  const queued: QueuedRollout = { n: state.nextN, request, kind: 'rollout' };
  const receipt = receiptOf(state, queued.n, kept.length + waiting);
  return {
    state: remember(
      { ...state, nextN: state.nextN + 1, queue: [...kept, queued] },
      request.requestId,
      receipt,
    ),
    receipt,
    superseded,
    supersedesCurrent,
  };
}

/**
 * Takes in a switch back to the previous revision. What waits is dropped: nothing may go forward right after somebody
 * went back, and its number, given out earlier, would be refused by the fence.
 */
export function admitSwitchBack(state: TargetState, request: RolloutRequest): Admission {
  const earlier = earlierReceipt(state, request.requestId);
  if (earlier) return { state, receipt: earlier, superseded: [], supersedesCurrent: false };
  const queued: QueuedRollout = { n: state.nextN, request, kind: 'switchBack' };
  const receipt = receiptOf(state, queued.n, state.current ? 1 : 0);
  return {
    state: remember(
      { ...state, nextN: state.nextN + 1, queue: [queued] },
      request.requestId,
      receipt,
    ),
    receipt,
    superseded: state.queue,
    supersedesCurrent: false,
  };
}

function receiptOf(state: TargetState, n: number, position: number): RolloutReceipt {
  return { rolloutId: rolloutWorkflowId({ target: state.target, n }), position };
}

function remember(state: TargetState, requestId: string, receipt: RolloutReceipt): TargetState {
  return { ...state, seen: [{ requestId, receipt }, ...state.seen].slice(0, rememberedRequests) };
}
