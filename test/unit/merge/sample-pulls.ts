/** Pull requests, rules and policies for the tests of merging, short to write. */
import { type MergePolicy, mergePolicySchema } from '../../../src/domain/merge/schema.js';
import type {
  BranchRules,
  CheckResult,
  Pull,
  Review,
} from '../../../src/domain/repository/shapes.js';

export const head = 'a'.repeat(40);
export const base = 'b'.repeat(40);

export function aPull(change: Partial<Pull> = {}): Pull {
  return {
    ...{ number: 7, nodeId: 'PR_7', isPull: true, isDraft: false, title: 'fix: it', body: '' },
    ...{ state: 'open', stateReason: null, labels: ['automerge'], assignees: [], milestone: null },
    author: { login: 'ann', kind: 'person' },
    ...{ createdAtMs: 0, updatedAtMs: 0, closedAtMs: null, url: 'https://host/acme/shop/pull/7' },
    head: { ref: 'fix', sha: head, repository: { owner: 'acme', name: 'shop' } },
    base: { ref: 'main', sha: base },
    ...{ isMerged: false, isMergeable: true, mergeState: 'clean', mergeSha: null },
    ...{ additions: 1, deletions: 0, changedFiles: 1, commits: 1, isLocked: false, type: null },
    ...change,
  };
}

export function rules(change: Partial<BranchRules> = {}): BranchRules {
  return {
    requiredChecks: [{ name: 'build', appId: null }],
    requiresUpToDate: false,
    requiredApprovals: 0,
    mergeMethods: ['merge', 'squash', 'rebase'],
    usesMergeQueue: false,
    ...change,
  };
}

export function result(
  name: string,
  conclusion: CheckResult['conclusion'],
  more: Partial<CheckResult> = {},
): CheckResult {
  return { name, source: 'check', appId: 1, conclusion, url: null, ...more };
}

export function review(login: string, state: Review['state'], atMs = 1): Review {
  return { author: { login, kind: 'person' }, state, sha: head, atMs };
}

export function policy(written: Record<string, unknown> = {}): MergePolicy {
  return mergePolicySchema.parse(written);
}
