/** Chooses the branches that a sweep hands to workflows: what is due or soon will be, and what was left half done. */
import type { Branch } from '../repository/shapes.js';
import { exemptReason } from './exempt.js';
import type { StaleBranchPolicy } from './schema.js';

export interface KnownIssue {
  readonly number: number;
  readonly isOpen: boolean;
}

export interface Candidate {
  readonly branch: string;
  /** By its last commit alone; pushes and answers are asked about when it is due. */
  readonly dueAtMs: number;
  /** Its cleanup issue; null when there never was one. */
  readonly issue: KnownIssue | null;
}

/**
 * Ascending by due date, those of one instant by name, so that every sweep begins with the same ones.
 * @param aheadMs how long before it is due a branch gets its workflow, so that the day is met exactly
 */
export function chooseCandidates({
  policy,
  branches,
  defaultBranch,
  issues,
  nowMs,
  aheadMs,
}: {
  readonly policy: StaleBranchPolicy;
  readonly branches: readonly Branch[];
  readonly defaultBranch: string;
  /** By branch. */
  readonly issues: ReadonlyMap<string, KnownIssue>;
  readonly nowMs: number;
  readonly aheadMs: number;
}): readonly Candidate[] {
  const due = branches
    .filter((branch) => exemptReason(policy, branch, defaultBranch) === null)
    .map((branch) => candidateOf(branch.name, branch.committedAtMs + policy.after))
    .filter(({ dueAtMs, issue }) => dueAtMs <= nowMs + aheadMs || issue?.isOpen === true);
  const chosen = new Set(due.map(({ branch }) => branch));
  const leftOpen = [...issues]
    .filter(([branch, { isOpen }]) => isOpen && !chosen.has(branch))
    .map(([branch]) => candidateOf(branch, nowMs));
  return [...due, ...leftOpen].sort(
    (a, b) => a.dueAtMs - b.dueAtMs || (a.branch < b.branch ? -1 : 1),
  );

  function candidateOf(branch: string, dueAtMs: number): Candidate {
    return { branch, dueAtMs, issue: issues.get(branch) ?? null };
  }
}
