/** How the merge queue stands after each of its acts. */
import { isSame, type Member, type QueueState, type Trial } from './queue-state.js';

export function trialBegan(state: QueueState, trial: Trial): QueueState {
  return { ...state, trial, nextTrial: Math.max(state.nextTrial, trial.n + 1) };
}

export function trialDiscarded(state: QueueState): QueueState {
  return { ...state, trial: null };
}

/** The members stay together, now suspected; whoever was suspected with them goes back to the others. */
export function trialFailed(state: QueueState, trial: Trial): QueueState {
  const { baseSha, members } = trial;
  return { ...state, trial: null, suspects: { baseSha, members } };
}

/**
 * The first members of a trial are merged. Suspects that are left are still known to fail: base and merged ones
 * together are the same tree as before.
 * @param count so many of the trial's members
 * @param baseSha of the base after the last of them, with nothing of anybody else in between; null: with something
 */
export function membersMerged(
  state: QueueState,
  trial: Trial,
  count: number,
  baseSha: string | null,
): QueueState {
  const { suspects } = state;
  const merged = trial.members.slice(0, count);
  const isPrefix =
    suspects?.baseSha === trial.baseSha &&
    merged.every((member, n) => {
      const suspect = suspects.members[n];
      return suspect !== undefined && isSame(suspect, member);
    });
  const left = isPrefix ? suspects.members.slice(count) : [];
  const isKnown = baseSha !== null && left.length > 0;
  return { ...state, trial: null, suspects: isKnown ? { baseSha, members: left } : null };
}

/** Somebody left the queue: what was known of those tried together says nothing about the others. */
export function memberLeft(state: QueueState, member: Member): QueueState {
  const holds = (members: readonly Member[] | undefined): boolean =>
    members?.some((each) => isSame(each, member)) ?? false;
  return {
    ...state,
    trial: holds(state.trial?.members) ? null : state.trial,
    suspects: holds(state.suspects?.members) ? null : state.suspects,
  };
}
