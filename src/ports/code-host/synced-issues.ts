/** Issues by the hundred: read, written and answered for in few calls, for whoever keeps them the same elsewhere. */
import type { HostChange, HostCreation } from '../../domain/issue-sync/issue-plan.js';
import type {
  FieldName,
  HostIssue,
  HostState,
  IssueHistory,
  IssueComment,
} from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';

/** How one of many ended; a failure of one does not stop the others. */
export type WriteOutcome =
  | {
      readonly kind: 'written';
      /** As it is after the write, by the host's own answer. */
      readonly issue: HostIssue;
      /** What it remembers of the time near the write: somebody may have written between our read and our write. */
      readonly history: IssueHistory;
      /** What of it the host did not take, by field: such a login or milestone there is not. */
      readonly refused: readonly { readonly field: FieldName; readonly reason: string }[];
    }
  | { readonly kind: 'gone'; readonly state: HostState }
  /** Said no to as a whole, for a reason that repeating does not mend. */
  | { readonly kind: 'refused'; readonly number: number | null; readonly reason: string };

export interface SyncedIssues {
  /**
   * Issues (no pull requests) changed at or after that time, oldest change first; null: all. Conditional: where nothing
   * has changed, the host is asked once and answers without counting it.
   */
  changedIssues(repository: RepositoryKey, sinceMs: number | null): AsyncIterable<HostIssue>;
  /** Of all issues of the repository together, changed at or after that time; null: all. Comments on pull requests are left out. */
  changedComments(
    repository: RepositoryKey,
    sinceMs: number | null,
  ): AsyncIterable<IssueComment & { readonly number: number }>;
  /** One call for a hundred. In the order asked. */
  readIssues(repository: RepositoryKey, numbers: readonly number[]): Promise<readonly HostState[]>;
  readComments(repository: RepositoryKey, number: number): Promise<readonly IssueComment[]>;
  /** Of the newest changes, more than come with a write. */
  readHistory(repository: RepositoryKey, number: number): Promise<IssueHistory>;
  /**
   * Twenty in a call. What already is as wanted is success. Labels that do not exist are made; a milestone or login that
   * does not exist is refused by name while the rest of that write is done.
   * @throws Unavailable when nobody knows what became of some, RateLimited also when some are done: work it out anew
   */
  writeIssues(
    repository: RepositoryKey,
    writes: readonly HostChange[],
  ): Promise<readonly WriteOutcome[]>;
  /**
   * Twenty in a call.
   * @param retriedSinceMs as `Creation`: what an earlier attempt may have made is looked for by its marker first
   * @throws as {@link writeIssues}: then some may be made, which the next attempt finds
   */
  createIssues(
    repository: RepositoryKey,
    issues: readonly HostCreation[],
    retriedSinceMs: number | null,
  ): Promise<readonly WriteOutcome[]>;
}
