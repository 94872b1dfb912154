/** What the merge queue does next, in the order of Tide's decisions, with bisection where Tide gives up the batch. */
import {
  type Candidate,
  isSame,
  type Member,
  type QueueLimits,
  type QueueSight,
  type QueueState,
  type Trial,
} from './queue-state.js';

export type QueueAction =
  /** It passed on the newest base: its members are merged in order. */
  | { readonly kind: 'merge'; readonly trial: Trial }
  /** It judges a world that is gone. */
  | { readonly kind: 'discard'; readonly trial: Trial; readonly reason: string }
  /** Several failed together. */
  | { readonly kind: 'bisect'; readonly trial: Trial; readonly reason: string }
  | { readonly kind: 'eject'; readonly member: Member; readonly reason: string }
  | { readonly kind: 'try'; readonly members: readonly Member[]; readonly baseSha: string }
  /** `untilMs`: something is due then; null: only an event changes anything. */
  | { readonly kind: 'wait'; readonly reason: string; readonly untilMs: number | null };

/** @see prow pkg/tide/tide.go takeAction: merge what passed, then try, else wait */
export function nextQueueAction(
  state: QueueState,
  sight: QueueSight,
  limits: QueueLimits,
): QueueAction {
  if (state.trial !== null) return aboutTrial(state.trial, sight, limits);
  const suspected = aboutSuspects(state, sight);
  if (suspected !== null) return suspected;
  const overdue = sight.candidates.find(
    ({ enteredAtMs }) => sight.nowMs - enteredAtMs >= limits.maxWaitMs,
  );
  if (overdue) {
    const member = memberOf(overdue);
    return { kind: 'eject', member, reason: 'it has been in the queue for too long' };
  }
  const members = nextBatch(sight, limits);
  if (members.length > 0) return { kind: 'try', members, baseSha: sight.baseSha };
  return { kind: 'wait', reason: 'no pull request is ready', untilMs: null };
}

function aboutTrial(trial: Trial, sight: QueueSight, limits: QueueLimits): QueueAction {
  const gone = trial.members.find(
    (member) => !sight.candidates.some((candidate) => isSame(candidate, member)),
  );
  if (gone) {
    const reason = `#${gone.number} changed or is no longer ready`;
    return { kind: 'discard', trial, reason };
  }
  if (trial.baseSha !== sight.baseSha) {
    return { kind: 'discard', trial, reason: 'the base has moved' };
  }
  const verdict = sight.verdict ?? { kind: 'pending', reason: 'nothing is known yet' };
  if (verdict.kind === 'passed') return { kind: 'merge', trial };
  const endsAtMs = trial.startedAtMs + limits.checkTimeoutMs;
  if (verdict.kind === 'pending' && sight.nowMs < endsAtMs) {
    return { kind: 'wait', reason: verdict.reason, untilMs: endsAtMs };
  }
  const reason =
    verdict.kind === 'failed' ? verdict.reason : `${verdict.reason} after all the time it has`;
  const [only, ...others] = trial.members;
  if (only && others.length === 0) return { kind: 'eject', member: only, reason };
  return { kind: 'bisect', trial, reason };
}

/** Whoever is known to fail with others is parted before anything new is tried. */
function aboutSuspects({ suspects }: QueueState, sight: QueueSight): QueueAction | null {
  if (suspects === null || suspects.baseSha !== sight.baseSha) return null;
  const areAllThere = suspects.members.every((member) =>
    sight.candidates.some((candidate) => isSame(candidate, member)),
  );
  if (!areAllThere) return null;
  const [only, ...others] = suspects.members;
  if (!only) return null;
  if (others.length === 0) {
    // What it would be tried as is the very tree that has failed already.
    const reason = 'the others passed without it, and all failed with it';
    return { kind: 'eject', member: only, reason };
  }
  const members = suspects.members.slice(0, Math.ceil(suspects.members.length / 2));
  return { kind: 'try', members, baseSha: sight.baseSha };
}

/** The urgent first, then the oldest number; who has waited for half of the time comes before all, so nobody starves. */
function nextBatch({ candidates, nowMs }: QueueSight, limits: QueueLimits): readonly Member[] {
  const rank = ({ enteredAtMs, priority }: Candidate): number =>
    nowMs - enteredAtMs >= limits.maxWaitMs / 2 ? -1 : priority;
  return candidates
    .toSorted((a, b) => rank(a) - rank(b) || a.number - b.number)
    .slice(0, limits.batch)
    .map(memberOf);
}

function memberOf({ number, headSha }: Member): Member {
  return { number, headSha };
}
