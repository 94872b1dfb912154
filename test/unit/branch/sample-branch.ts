/** Branches, policies and facts for tests, ordinary until said otherwise. */
import type { BranchFacts } from '../../../src/domain/branch/facts.js';
import { type StaleBranchPolicy, staleBranchesSchema } from '../../../src/domain/branch/schema.js';
import type { Branch } from '../../../src/domain/repository/shapes.js';

export const aDayMs = 86_400_000;
export const nowMs = Date.parse('2026-06-01T12:00:00Z');
export const repository = { owner: 'acme', name: 'shop' };

/** As written in `sluice.yaml`. */
export function aPolicy(written: object = {}): StaleBranchPolicy {
  return staleBranchesSchema.parse(written);
}

export function aBranch(change: Partial<Branch> = {}): Branch {
  return {
    name: 'feature/old',
    sha: 'a'.repeat(40),
    committedAtMs: nowMs - 40 * aDayMs,
    author: { login: 'ann', name: 'Ann' },
    isProtected: false,
    openPulls: [],
    ...change,
  };
}

export function theFacts(change: Partial<BranchFacts> = {}): BranchFacts {
  return {
    branch: aBranch(),
    exempt: null,
    pushedAtMs: null,
    answer: null,
    hasKeepLabel: false,
    isIssueGone: false,
    ...change,
  };
}
