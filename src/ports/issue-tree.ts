/** The files that are kept the same as issues: a branch and the base ref beside it, read at commits and moved together. */
import type { RepositoryKey } from '../domain/repository/names.js';

/** Where the base records lie, in every repository. */
export const baseRef = 'refs/sync/issues';

export interface TreeHeads {
  /** Commit of the branch that people work on. */
  readonly head: string;
  /** Commit of `refs/sync/issues`; null before the first pass. */
  readonly base: string | null;
}

export interface ChangedFile {
  readonly path: string;
  /** Where it was before, for what was renamed; null for what is new. */
  readonly previousPath: string | null;
  readonly change: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Of the commit that changed it last, as far as it is known, else of the newer of both; logins are not known to git. */
  readonly author: {
    readonly name: string;
    readonly email: string;
    readonly atMs: number;
    readonly commit: string;
  };
}

export interface FileWrite {
  readonly path: string;
  /** Null deletes. */
  readonly text: string | null;
  /** Marks of {@link commitMark} in the text stand for commits before this one in the same push. */
  readonly namesCommits?: true;
}

/** Stands for the name of the commit at that place of a push, which nobody knows before it is made. */
export function commitMark(place: number): string {
  return `{{commit ${place}}}`;
}

/** @param shas of the commits made so far */
export function withNames(
  { text, namesCommits }: FileWrite,
  shas: readonly string[],
): string | null {
  if (text === null || namesCommits !== true) return text;
  return shas.reduce((named, sha, place) => named.replaceAll(commitMark(place), sha), text);
}

export interface TreeCommit {
  /** Full name. */
  readonly ref: string;
  /** The lease: where it must be now; null: it must not exist. */
  readonly before: string | null;
  /** The commit's parent and the tree the writes apply to; null: a first commit. Another than `before` rewrites the ref. */
  readonly parent: string | null;
  readonly writes: readonly FileWrite[];
  /** With its trailers. */
  readonly message: string;
  /** Null: ourselves. Ours is always the committer. */
  readonly author: { readonly name: string; readonly email: string } | null;
  readonly atMs: number;
}

export type TreePush =
  | { readonly kind: 'pushed'; readonly shas: readonly string[] }
  /** Somebody was quicker: nothing was moved. */
  | { readonly kind: 'moved'; readonly ref: string; readonly now: string | null }
  /** The host lets nobody push there, or not us. */
  | { readonly kind: 'denied'; readonly ref: string; readonly reason: string };

/** All fail with Unavailable, RateLimited, Forbidden as code-host/call.ts says. */
export interface IssueTree {
  readHeads(repository: RepositoryKey, branch: string): Promise<TreeHeads>;
  /** Is `ancestor` in the history of `head`? False too for a commit that is nowhere any more. */
  isAncestor(repository: RepositoryKey, ancestor: string, head: string): Promise<boolean>;
  /** Under the folder, `.md` only, between two commits; `from` null: all files at `to`. Cost goes with what changed. */
  changedFiles(
    repository: RepositoryKey,
    from: string | null,
    to: string,
    folder: string,
  ): Promise<readonly ChangedFile[]>;
  /** Whole paths of all files under the folder. */
  listFiles(repository: RepositoryKey, commit: string, folder: string): Promise<readonly string[]>;
  /** Texts by path, in one go; null where there is none or it is not UTF-8 text of 2 MiB at most. */
  readFiles(
    repository: RepositoryKey,
    commit: string,
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, string | null>>;
  /** Messages of the ref's log, newest first. */
  readLog(
    repository: RepositoryKey,
    commit: string,
    query: { readonly path: string | null; readonly atMost: number },
  ): Promise<readonly { readonly sha: string; readonly atMs: number; readonly message: string }[]>;
  /** All or none. What was pushed by an attempt whose answer was lost is recognised by its commits, which are the same. */
  push(repository: RepositoryKey, commits: readonly TreeCommit[]): Promise<TreePush>;
}
