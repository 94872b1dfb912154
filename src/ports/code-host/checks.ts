/** Check runs and commit statuses. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { CheckConclusion, CheckResult, CheckRun } from '../../domain/repository/shapes.js';

export interface CheckReport {
  readonly name: string;
  readonly sha: string;
  /** What makes it the same report when it is sent again: pull request, head and version of the rules. */
  readonly externalId: string;
  /** Null while it runs. */
  readonly conclusion: CheckConclusion | null;
  readonly title: string;
  /** Markdown, at most 65,535 characters; longer is cut with a word about it. */
  readonly summary: string;
  readonly detailsUrl?: string;
  readonly annotations?: readonly {
    readonly path: string;
    readonly line: number;
    readonly level: 'notice' | 'warning' | 'failure';
    readonly message: string;
  }[];
}

export interface Checks {
  /** The newest result of every check and status on the commit. */
  listResults(repository: RepositoryKey, sha: string): Promise<readonly CheckResult[]>;
  /** Runs of ours on the commit. */
  listRuns(repository: RepositoryKey, sha: string): Promise<readonly CheckRun[]>;
  /** Creates the run, or changes the one with the same name, commit and external id; an equal one is left alone. */
  report(
    repository: RepositoryKey,
    check: CheckReport,
  ): Promise<CheckRun & { readonly isChanged: boolean }>;
  /** As {@link report} for several runs of one commit, which are looked for in one go. */
  reportAll(
    repository: RepositoryKey,
    sha: string,
    checks: readonly CheckReport[],
  ): Promise<readonly (CheckRun & { readonly isChanged: boolean })[]>;
  /** For what only understands statuses. */
  setStatus(
    repository: RepositoryKey,
    status: {
      readonly sha: string;
      readonly context: string;
      readonly state: 'pending' | 'success' | 'failure' | 'error';
      readonly description: string;
      readonly url?: string;
    },
  ): Promise<void>;
}
