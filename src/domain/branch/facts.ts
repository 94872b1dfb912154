/** What is known of a branch at one moment: all that the decision asks about it. */
import type { Branch } from '../repository/shapes.js';

export interface BranchFacts {
  /** Null: there is no such branch (any more). */
  readonly branch: Branch | null;
  /** Why the policy never touches it; null when it may. */
  readonly exempt: string | null;
  /** Last push by the host's own log; null when the log does not say. */
  readonly pushedAtMs: number | null;
  /** What people did on the cleanup issue, newest; null: nothing, or there is no such issue. */
  readonly answer: Answer | null;
  /** The label that keeps a branch is on its cleanup issue. */
  readonly hasKeepLabel: boolean;
  /** There was a cleanup issue, and it is deleted or hidden from us: nobody can know what people said there. */
  readonly isIssueGone: boolean;
}

/** A person's comment on the cleanup issue, or a person closing or reopening it. Never ours, never a bot's. */
export interface Answer {
  readonly kind: 'comment' | 'closed' | 'reopened';
  readonly login: string;
  /** By the host's clock. */
  readonly atMs: number;
}

/** That the branch will be archived was told to everybody. */
export interface Notice {
  /** Tip that was judged: the lease of the archive. */
  readonly sha: string;
  /** By the host's clock: answers since then count, whatever ours says. */
  readonly hostAtMs: number;
  readonly graceEndsAtMs: number;
}

/** Activity that was told to us by an event; it counts though reads may lag behind it. */
export interface HeardActivity {
  readonly atMs: number;
  readonly reason: string;
}

/** A person's word that it stays. */
export interface Keep {
  readonly actor: string;
  readonly reason: string;
  /** Null: until it is taken back. */
  readonly untilMs: number | null;
}
