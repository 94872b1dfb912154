/** How a target's memory changes as rollouts begin and end, revisions retire and locks lapse. */
import type { TargetKey } from '../names.js';
import type { Fence } from '../rollout/fence.js';
import { type Revision, sameRevision } from '../rollout/revision.js';
import type { RolloutResult } from '../rollout/view.js';
import type { QueuedRollout, Retirement, TargetState } from './state.js';

const keptHistory = 50;

export function emptyTarget(target: TargetKey, platform: string): TargetState {
  return {
    target,
    platform,
    stable: null,
    stableWorkload: null,
    previous: null,
    nextN: 1,
    fence: { rollout: 0, sequence: 0 },
    current: null,
    queue: [],
    lock: null,
    retirements: [],
    history: [],
    seen: [],
    url: null,
    repaired: null,
    lastFailed: null,
  };
}

/** Takes the first of the queue as the current one; null when nothing waits. */
export function beginNext(
  state: TargetState,
): { state: TargetState; queued: QueuedRollout } | null {
  const [queued, ...queue] = state.queue;
  if (!queued || state.current) return null;
  // A candidate that was to be retired is wanted again.
  const retirements = state.retirements.filter(
    (retirement) => !sameRevision(retirement.revision, queued.request.candidate),
  );
  const fence: Fence = { rollout: queued.n, sequence: 0 };
  return { state: { ...state, current: queued, queue, retirements, fence }, queued };
}

/**
 * @example promoted   → the candidate is stable; the former stable is previous, warm for `keepWarmMs`, then retired
 * @example rolledBack → stable stays; the candidate retires after `abortScaleDownDelayMs`
 */
export function finishCurrent(
  state: TargetState,
  result: RolloutResult,
  nowMs: number,
): TargetState {
  const ended = state.current;
  if (!ended) return state;
  const { candidate, strategy, workload } = ended.request;
  const entry = {
    n: ended.n,
    version: candidate.version,
    digest: candidate.digest,
    outcome: result.outcome,
    reason: result.reason,
    endedAtMs: nowMs,
  };
  const after: TargetState = {
    ...state,
    current: null,
    fence: { rollout: ended.n, sequence: result.lastSequence },
    history: [entry, ...state.history].slice(0, keptHistory),
    ...(result.dispersion ? { dispersion: result.dispersion } : {}),
  };
  if (result.outcome !== 'promoted') {
    const leavesAt = nowMs + strategy.timing.abortScaleDownDelayMs;
    // Going back was given up: the way back stays as warm as it was promised.
    const { previous } = state;
    const promisedMs =
      previous && sameRevision(previous.revision, candidate) ? previous.warmUntilMs : leavesAt;
    const retirements = retire(after, candidate, Math.max(leavesAt, promisedMs));
    return { ...after, retirements, lastFailed: ended };
  }
  if (!state.stable || sameRevision(state.stable, candidate)) {
    return { ...after, stable: candidate, stableWorkload: workload, lastFailed: null };
  }
  // After going back the revision left behind is the faulty one: it is not kept as a place to return to.
  const forward = ended.kind === 'rollout';
  const leaves =
    nowMs + (forward ? strategy.timing.keepWarmMs : strategy.timing.abortScaleDownDelayMs);
  const older =
    state.previous && !sameRevision(state.previous.revision, candidate)
      ? state.previous.revision
      : null;
  const withOlder =
    older && forward ? { ...after, retirements: retire(after, older, nowMs) } : after;
  return {
    ...withOlder,
    stable: candidate,
    stableWorkload: workload,
    previous: forward
      ? // An adopted stable revision came without its workload: the service's own is the best guess.
        { revision: state.stable, workload: state.stableWorkload ?? workload, warmUntilMs: leaves }
      : null,
    retirements: retire({ ...withOlder, stable: candidate }, state.stable, leaves),
    lastFailed: null,
  };
}

/** One retirement a revision, the later wish wins; the stable one never retires. */
function retire(state: TargetState, revision: Revision, atMs: number): readonly Retirement[] {
  const others = state.retirements.filter(
    (retirement) => !sameRevision(retirement.revision, revision),
  );
  return sameRevision(state.stable, revision) ? others : [...others, { revision, atMs }];
}

/** Revisions whose time is over, never the stable one nor one that runs or waits as a candidate. */
export function dueRetirements(state: TargetState, nowMs: number): readonly Retirement[] {
  return possibleRetirements(state).filter((retirement) => retirement.atMs <= nowMs);
}

function possibleRetirements(state: TargetState): readonly Retirement[] {
  const waiting = state.queue.map((queued) => queued.request.candidate);
  const inUse = [state.stable, state.current?.request.candidate, ...waiting];
  return state.retirements.filter(
    ({ revision }) => !inUse.some((other) => sameRevision(other, revision)),
  );
}

/** The revision is stopped. It can still be gone back to: then it is started anew. */
export function forgetRetired(state: TargetState, revision: Revision): TargetState {
  const retirements = state.retirements.filter(
    (retirement) => !sameRevision(retirement.revision, revision),
  );
  return { ...state, retirements };
}

/** True when instances of the revision may still be there from an earlier rollout, with what they counted then. */
export function hasRun(state: TargetState, revision: Revision): boolean {
  const kept = state.retirements.map((entry) => entry.revision);
  const known = [state.stable, state.previous?.revision, ...kept, ...state.history];
  return known.some((other) => sameRevision(other, revision));
}

/** When something happens here by itself, epoch milliseconds; null: never. */
export function nextDeadline(state: TargetState): number | null {
  // A revision in use does not retire: to wait for its time, which passes without effect, would never end.
  const times = possibleRetirements(state).map((retirement) => retirement.atMs);
  const lapsesAtMs = state.lock?.expiresAtMs ?? null;
  if (lapsesAtMs !== null) times.push(lapsesAtMs);
  return times.length === 0 ? null : Math.min(...times);
}

export function dropLapsedLock(state: TargetState, nowMs: number): TargetState {
  const lapsed = state.lock?.expiresAtMs != null && state.lock.expiresAtMs <= nowMs;
  return lapsed ? { ...state, lock: null } : state;
}
