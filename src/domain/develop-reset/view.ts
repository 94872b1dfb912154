/** A reset as operators see it, the same in query, API and CLI. */
import type { Phase } from '../phase.js';
import type { Approval } from '../release/view.js';
import type { RepositoryKey } from '../repository/names.js';
import type { ResetPlan } from './plan.js';

export type ResetOutcome = 'reset' | 'idle' | 'rejected' | 'expired' | 'refused';

export interface ResetView {
  readonly resetId: string;
  readonly repository: RepositoryKey;
  readonly branch: string;
  readonly phase: Phase;
  /** Null before it is made. */
  readonly plan: ResetPlan | null;
  readonly approvals: readonly Approval[];
  readonly approvalsRequired: number;
  /** How often the remote had moved, and was planned anew. */
  readonly moved: number;
  readonly issue: number | null;
  /** Where the lost commits are; null before the reset. */
  readonly backup: string | null;
  readonly outcome: ResetOutcome | null;
  readonly reason: string | null;
  readonly requestedBy: string;
  readonly deadlineMs: number | null;
  readonly commands: readonly string[];
}

export interface ResetResult {
  readonly outcome: ResetOutcome | 'planned';
  /** One sentence. */
  readonly reason: string;
  readonly plan: ResetPlan | null;
  readonly backup: string | null;
}
