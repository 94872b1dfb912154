/** Merging into one base branch as operators see it: every pull request with why it is or is not merged. */
import type { Phase } from '../phase.js';
import type { RepositoryKey } from '../repository/names.js';
import type { MergeDecision } from './decide.js';
import type { QueueState, Suspects, Trial } from './queue-state.js';

/** A pull request that somebody said may be merged. */
export interface SurveyedPull {
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly headSha: string;
  /** Index into the queue's priorities; their number without one of those labels. */
  readonly priority: number;
  readonly kind: MergeDecision['kind'];
  /** The host is still working something out: soon it knows. */
  readonly isSettling: boolean;
  /** One sentence. */
  readonly why: string;
  /** What somebody can do. */
  readonly next: readonly string[];
}

export interface MergeSurvey {
  readonly baseSha: string;
  /** By number. */
  readonly pulls: readonly SurveyedPull[];
  /** Of the trial that was asked about; null without one. */
  readonly verdict:
    | { readonly kind: 'passed' }
    | { readonly kind: 'pending'; readonly reason: string }
    | { readonly kind: 'failed'; readonly reason: string }
    | null;
}

/** Nothing is merged until a person says `resume`. */
export interface Freeze {
  readonly reason: string;
  readonly atMs: number;
  /** Who stopped it; null: a check of ours. */
  readonly by: string | null;
  readonly issue: number | null;
}

export interface MergeView {
  readonly repository: RepositoryKey;
  readonly base: string;
  readonly phase: Phase;
  readonly now: string;
  readonly pulls: readonly (SurveyedPull & { readonly sinceMs: number })[];
  readonly trial: Trial | null;
  readonly suspects: Suspects | null;
  readonly freeze: Freeze | null;
  /** What is waited for at the moment, whose it is to care, and until when; null between two waits. */
  readonly wait: {
    readonly what: string;
    readonly owner: string;
    readonly untilMs: number;
  } | null;
  /** Why nothing can be decided; null when all could be read. */
  readonly trouble: string | null;
  /** The newest 50. */
  readonly story: readonly { readonly atMs: number; readonly text: string }[];
  readonly commands: readonly string[];
}

/** Taken along when the workflow goes on under a fresh history. */
export interface MergeMemory {
  readonly queue: QueueState;
  readonly freeze: Freeze | null;
  readonly seen: readonly SeenPull[];
}

/** Since when a pull request with this head waits. */
export interface SeenPull {
  readonly number: number;
  readonly headSha: string;
  readonly sinceMs: number;
  /** Somebody was told that it waits for too long. */
  readonly isTold: boolean;
  /** So often the host would not merge what was ready. */
  readonly balked: number;
  /** Git holds its merge, whatever the host shows; null: not merged by us. */
  readonly mergedSha: string | null;
}

export interface MergeResult {
  /** What a dry run would do now, one clause each; empty after a real run. */
  readonly steps: readonly string[];
  readonly merged: number;
}
