/** A branch on its way to the archive as operators see it. */
import type { RepositoryKey } from '../repository/names.js';
import type { Keep } from './facts.js';
import type { PlannedStep } from './plan.js';

export type BranchStage =
  | 'watched'
  | 'stale'
  | 'pinged'
  | 'grace'
  | 'archiving'
  | 'archived'
  | 'cancelled'
  | 'planned';

export interface BranchStory {
  readonly atMs: number;
  readonly text: string;
}

export interface BranchView {
  readonly repository: RepositoryKey;
  readonly branch: string;
  readonly stage: BranchStage;
  /** Why it is so. */
  readonly reason: string;
  /** When it goes on by itself; null: by an event or a command only. */
  readonly nextAtMs: number | null;
  /** Tip that is or was judged. */
  readonly sha: string | null;
  readonly issue: number | null;
  readonly keep: Keep | null;
  readonly isDryRun: boolean;
  /** Made when it was found stale. */
  readonly plan: readonly PlannedStep[];
  /** Where it lies now. */
  readonly archivedAs: string | null;
  /** What cannot be done at the moment; it is tried again. */
  readonly trouble: string | null;
  /** Oldest first, the newest 50. */
  readonly story: readonly BranchStory[];
  /** Would be accepted now. */
  readonly commands: readonly string[];
}

export interface RetirementResult {
  readonly outcome: 'archived' | 'cancelled' | 'planned';
  readonly reason: string;
  readonly archivedAs: string | null;
  readonly sha: string | null;
  readonly issue: number | null;
}
