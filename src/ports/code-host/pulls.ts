/** Pull requests beyond what they share with issues: files, commits, reviews, merging. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type {
  BranchRules,
  Commit,
  Pull,
  PullFile,
  PullSummary,
  Review,
} from '../../domain/repository/shapes.js';
import type { Creation } from './call.js';

export type MergeOutcome =
  | { readonly kind: 'merged'; readonly sha: string }
  /** The head is another, or the base moved: judge anew. */
  | { readonly kind: 'moved'; readonly reason: string }
  /** Not now: conflicts, missing checks, a draft. */
  | { readonly kind: 'notMergeable'; readonly reason: string }
  /** Never by repetition: the method is not allowed, or we may not. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Pulls {
  /** Null without such a pull request. `isMergeable` may be null: it is worked out after it was asked for. */
  readPull(repository: RepositoryKey, number: number): Promise<Pull | null>;
  listPulls(
    repository: RepositoryKey,
    query: {
      readonly state: 'open' | 'closed' | 'all';
      readonly head?: string;
      readonly base?: string;
    },
  ): Promise<readonly PullSummary[]>;
  /** At most the 3,000 that the host tells of. */
  listFiles(repository: RepositoryKey, number: number): Promise<readonly PullFile[]>;
  listCommits(repository: RepositoryKey, number: number): Promise<readonly Commit[]>;
  listReviews(repository: RepositoryKey, number: number): Promise<readonly Review[]>;
  /** One for a pair of head and base: an open one that is there already is the answer. */
  createPull(
    repository: RepositoryKey,
    pull: {
      readonly title: string;
      readonly body: string;
      readonly head: string;
      readonly base: string;
      readonly isDraft: boolean;
    },
    creation: Creation,
  ): Promise<Pull>;
  editPull(
    repository: RepositoryKey,
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly base?: string },
  ): Promise<Pull>;
  /**
   * Merges exactly this head. After an answer that says nothing (a server error, none at all) the state is read back
   * before anything is sent again, so a pull request is never merged twice. The title of a squash ends with ` (#7)`,
   * which is added where it is missing.
   * @param headSha the lease
   */
  mergePull(
    repository: RepositoryKey,
    number: number,
    merge: {
      readonly headSha: string;
      readonly method: 'merge' | 'squash' | 'rebase';
      readonly title?: string;
      readonly message?: string;
    },
  ): Promise<MergeOutcome>;
  /** Brings the base's commits into the head's branch. @throws Conflict when the head is another by now */
  updateBranch(repository: RepositoryKey, number: number, headSha: string): Promise<void>;
  /** Classic protection and rulesets merged. */
  readRules(repository: RepositoryKey, branch: string): Promise<BranchRules>;
}
