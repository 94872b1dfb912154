/** The fence of a write: a platform refuses any write that was decided before the one it last took. */

/**
 * `rollout` is the number that the target issued, `sequence` counts the writes decided inside that rollout.
 * A delayed attempt of an older decision therefore can never undo a rollback.
 */
export interface Fence {
  readonly rollout: number;
  readonly sequence: number;
}

/** Negative when `a` was decided before `b`, zero when it is the same decision, positive when after. */
export function compareFences(a: Fence, b: Fence): number {
  return a.rollout === b.rollout ? a.sequence - b.sequence : a.rollout - b.rollout;
}

/** `12.3`, for messages and intent keys. */
export function formatFence(fence: Fence): string {
  return `${fence.rollout}.${fence.sequence}`;
}
