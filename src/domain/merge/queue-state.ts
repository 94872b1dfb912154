/** The merge queue of one base branch as a value: what is tried now, who is suspected, who was sent away. */

export interface Member {
  readonly number: number;
  /** The lease: another head is another change, which has not been tried. */
  readonly headSha: string;
}

/** Pull requests merged one after the other onto the base, on a branch of their own, for the checks to judge. */
export interface Trial {
  readonly n: number;
  readonly baseSha: string;
  /** In the order in which they are merged. */
  readonly members: readonly Member[];
  readonly startedAtMs: number;
  /** Null when the only member's head is the merged state already. */
  readonly branch: string | null;
  /** What the checks judge. */
  readonly sha: string;
}

/** Together, in this order and on this base, they have failed. */
export interface Suspects {
  readonly baseSha: string;
  readonly members: readonly Member[];
}

export interface QueueState {
  readonly trial: Trial | null;
  readonly suspects: Suspects | null;
  readonly nextTrial: number;
}

export const emptyQueue: QueueState = { trial: null, suspects: null, nextTrial: 1 };

/** Ready to be merged but for having been tried on the newest base. */
export interface Candidate extends Member {
  /** 0: the most urgent. */
  readonly priority: number;
  readonly enteredAtMs: number;
}

/** What is seen of the world at one moment. */
export interface QueueSight {
  readonly baseSha: string;
  readonly candidates: readonly Candidate[];
  /** Of the trial under way; null without one. */
  readonly verdict:
    | { readonly kind: 'passed' }
    | { readonly kind: 'pending'; readonly reason: string }
    | { readonly kind: 'failed'; readonly reason: string }
    | null;
  readonly nowMs: number;
}

export interface QueueLimits {
  readonly batch: number;
  readonly maxWaitMs: number;
  readonly checkTimeoutMs: number;
}

export function isSame(a: Member, b: Member): boolean {
  return a.number === b.number && a.headSha === b.headSha;
}
