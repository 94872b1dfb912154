/** Input and result of the sweep over a repository; the result of one is where the next begins. */
import type { RepositoryKey } from '../../domain/repository/names.js';

export interface SweepRepositoryInput {
  readonly repository: RepositoryKey;
}

export interface RepositorySweep {
  /** Greatest time of change that was told. */
  readonly untilMs: number;
  readonly startedAtMs: number;
  readonly items: number;
  readonly told: number;
  readonly begun: number;
  /** Flows that were begun because none lived. */
  readonly flows: readonly string[];
  readonly releases: readonly string[];
  /** Refs that triggers look at; null while there are no such triggers. */
  readonly refs: Readonly<Record<string, string>> | null;
  /** Keys of the times at which releases are started. */
  readonly times: readonly string[];
  /** When stale branches were last looked for. */
  readonly branchesAtMs: number;
  readonly trouble: string | null;
}
