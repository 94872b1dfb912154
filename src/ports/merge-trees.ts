/** What merging yields, worked out by ourselves from the commits, without the code host's word for it. */
import type { RepositoryKey } from '../domain/repository/names.js';

export interface MergeHead {
  /** Of the pull request. */
  readonly number: number;
  readonly sha: string;
}

export type TreeMerge =
  | { readonly number: number; readonly kind: 'merged'; readonly tree: string }
  | { readonly number: number; readonly kind: 'conflicts'; readonly paths: readonly string[] };

/** A commit for checks to judge: heads squashed one after the other onto a base. */
export interface TrialCommit {
  readonly sha: string;
  /** In order; one that conflicts is left out of those after it. */
  readonly merges: readonly TreeMerge[];
  /** The only head holds the whole base: it is the merged state itself, and nothing was pushed. */
  readonly isHead: boolean;
}

/** All fail with Unavailable when the commits cannot be had, Conflict when a ref is not where it was said to be. */
export interface MergeTrees {
  /** The tree that merging `head` into `base` yields, as git works it out here. Both are SHAs. */
  mergeTree(repository: RepositoryKey, base: string, head: MergeHead): Promise<TreeMerge>;
  /**
   * Makes the commit and puts the branch there, whatever it was before; the same input makes the same commit.
   * @param trial `atMs` stands in the commits, epoch milliseconds
   * @returns null when every head conflicts with the base
   */
  pushTrial(
    repository: RepositoryKey,
    trial: {
      readonly branch: string;
      readonly baseSha: string;
      readonly heads: readonly MergeHead[];
      readonly atMs: number;
    },
  ): Promise<TrialCommit | null>;
}
