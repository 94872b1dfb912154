/** Branches, tags and other refs, moved only where they still are what was judged. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Branch, Commit } from '../../domain/repository/shapes.js';

export interface RefUpdate {
  /** Full name: `refs/heads/develop`. */
  readonly ref: string;
  /** The lease: where it must be now; null: it must not exist. */
  readonly before: string | null;
  /** Null deletes. */
  readonly after: string | null;
  /** May leave commits behind. */
  readonly force: boolean;
}

export interface Refs {
  readRepository(repository: RepositoryKey): Promise<{
    readonly defaultBranch: string;
    readonly isArchived: boolean;
    readonly nodeId: string;
  }>;
  /** All of them, with what the stale policy asks about each: one call for a hundred. */
  listBranches(repository: RepositoryKey): Promise<readonly Branch[]>;
  /** Null without such a branch. */
  readBranch(repository: RepositoryKey, name: string): Promise<Branch | null>;
  /**
   * When it was last pushed to, made, or made again, by the host's own log of it: the date of a commit says nothing
   * about that. Null when the log does not say.
   */
  readPushedAt(repository: RepositoryKey, branch: string): Promise<number | null>;
  /** @param ref full name @returns SHA-1 or SHA-256 of its commit; null without such a ref */
  readRef(repository: RepositoryKey, ref: string): Promise<string | null>;
  /** By full prefix, `refs/archive/`. */
  listRefs(
    repository: RepositoryKey,
    prefix: string,
  ): Promise<readonly { readonly ref: string; readonly sha: string }[]>;
  /**
   * All or none, in one call. What already is as wanted (every `after` holds) is success, so a repetition is one.
   * @throws Conflict naming the ref whose lease is broken and where it is now; PolicyDenied naming the protected ref;
   *   InvalidInput when the host takes no such namespace
   */
  updateRefs(repository: RepositoryKey, updates: readonly RefUpdate[]): Promise<void>;
  /**
   * Commits of `head` that `base` does not have, oldest first, at most 250.
   * @param base ref or SHA @param head ref or SHA
   */
  compare(
    repository: RepositoryKey,
    base: string,
    head: string,
  ): Promise<{
    readonly aheadBy: number;
    readonly behindBy: number;
    readonly mergeBase: string;
    readonly commits: readonly Commit[];
  }>;
  readCommit(repository: RepositoryKey, sha: string): Promise<Commit>;
  /**
   * A branch that the issue knows as its own. One that exists at a descendant of `sha` or at it is success.
   * @throws Conflict when the name is taken by something else
   */
  createLinkedBranch(
    repository: RepositoryKey,
    branch: { readonly issueNodeId: string; readonly name: string; readonly sha: string },
  ): Promise<void>;
}
