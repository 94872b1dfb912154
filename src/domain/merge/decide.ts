/** Whether a pull request may be merged now, and if not, everything that is in the way. */
import type { BranchRules, Pull, Review } from '../repository/shapes.js';
import {
  checksVerdict,
  describeTrouble,
  judgeChecks,
  requiredChecks,
  type ResultsAt,
} from './judge-checks.js';
import type { MergePolicy } from './schema.js';

export interface MergeReason {
  readonly code:
    | 'closed'
    | 'merged'
    | 'labelMissing'
    | 'labelBlocks'
    | 'draft'
    | 'conflicts'
    | 'mergeableUnknown'
    | 'checkMissing'
    | 'checkPending'
    | 'checkNotSuccess'
    | 'nothingRequired'
    | 'approvalsMissing'
    | 'changesRequested'
    | 'methodNotAllowed'
    | 'hostQueue'
    | 'staleResults'
    | 'behind';
  /** One clause. */
  readonly text: string;
  /** What to do; null where it ends by itself. */
  readonly next: string | null;
}

export type MergeDecision =
  | { readonly kind: 'ready' }
  /** Ends by itself: checks that run, an answer that is being worked out. */
  | { readonly kind: 'waits'; readonly reasons: readonly MergeReason[] }
  /** All is well but for the base, which has moved on, and protection wants its newest commit in the head. */
  | { readonly kind: 'behind'; readonly reasons: readonly MergeReason[] }
  /** Somebody must do something. */
  | { readonly kind: 'blocked'; readonly reasons: readonly MergeReason[] }
  /** Closed or merged: no longer ours. */
  | { readonly kind: 'over'; readonly reasons: readonly MergeReason[] };

const endsByItself: readonly MergeReason['code'][] = [
  ...(['mergeableUnknown', 'checkMissing', 'checkPending', 'staleResults'] as const),
];

/**
 * @param results of the head as it was read; those of any other commit count for nothing
 * @example a draft with a running check → blocked: [draft, checkPending]
 * @example all required checks succeeded, approved, labelled → ready
 */
export function decideMerge(
  pull: Pull,
  rules: BranchRules,
  results: ResultsAt,
  reviews: readonly Review[],
  policy: MergePolicy,
): MergeDecision {
  if (pull.isMerged) return over('merged', 'it is merged');
  if (pull.state === 'closed') return over('closed', 'it is closed');
  const reasons = [
    ...labelReasons(pull, policy),
    ...stateReasons(pull),
    ...methodReasons(rules, policy),
    ...checkReasons(pull, rules, results, policy),
    ...reviewReasons(pull, rules, reviews, policy),
  ];
  if (reasons.length === 0) {
    if (!rules.requiresUpToDate || pull.mergeState !== 'behind') return { kind: 'ready' };
    const text = `its head does not hold the newest commit of ${pull.base.ref}`;
    return { kind: 'behind', reasons: [{ code: 'behind', text, next: null }] };
  }
  const waits = reasons.every(({ code }) => endsByItself.includes(code));
  return { kind: waits ? 'waits' : 'blocked', reasons };
}

function over(code: 'closed' | 'merged', text: string): MergeDecision {
  return { kind: 'over', reasons: [{ code, text, next: null }] };
}

function labelReasons(pull: Pull, { requires, blocks }: MergePolicy): MergeReason[] {
  const has = new Set(pull.labels.map((label) => label.toLowerCase()));
  const holds = (label: string): boolean => has.has(label.toLowerCase());
  return [
    ...requires.labels
      .filter((label) => !holds(label))
      .map((label) => ({
        code: 'labelMissing' as const,
        text: `the label ${label} is missing`,
        next: `add the label ${label} when it may be merged`,
      })),
    ...blocks.labels.filter(holds).map((label) => ({
      code: 'labelBlocks' as const,
      text: `the label ${label} keeps it`,
      next: `take the label ${label} away`,
    })),
  ];
}

function stateReasons(pull: Pull): MergeReason[] {
  const reasons: MergeReason[] = [];
  if (pull.isDraft) {
    reasons.push({ code: 'draft', text: 'it is a draft', next: 'mark it ready for review' });
  }
  if (pull.isMergeable === false) {
    const text = `it conflicts with ${pull.base.ref}`;
    reasons.push({ code: 'conflicts', text, next: `merge ${pull.base.ref} into it and resolve` });
  } else if (pull.isMergeable === null) {
    const text = 'the host has not worked out whether it conflicts';
    reasons.push({ code: 'mergeableUnknown', text, next: null });
  }
  return reasons;
}

function methodReasons(rules: BranchRules, { method }: MergePolicy): MergeReason[] {
  const reasons: MergeReason[] = [];
  if (!rules.mergeMethods.includes(method)) {
    reasons.push({
      code: 'methodNotAllowed',
      text: `the repository does not allow ${method} merges`,
      next: `allow ${method} merging, or set repository.merge.method`,
    });
  }
  if (rules.usesMergeQueue) {
    reasons.push({
      code: 'hostQueue',
      text: "the branch has the host's own merge queue",
      next: 'use one of the two: turn that queue off, or take repository.merge away',
    });
  }
  return reasons;
}

function checkReasons(
  pull: Pull,
  rules: BranchRules,
  results: ResultsAt,
  policy: MergePolicy,
): MergeReason[] {
  if (results.sha !== pull.head.sha) {
    const text = 'the results are of another commit than its head';
    return [{ code: 'staleResults', text, next: null }];
  }
  const required = requiredChecks(rules, policy.requires.checks);
  if (required.length === 0 && policy.queue !== undefined) {
    // A trial that nothing judges would let everything pass.
    const text = 'no check is required, so a trial in the queue would tell nothing';
    const next = 'name checks in repository.merge.requires.checks or in the branch protection';
    return [{ code: 'nothingRequired', text, next }];
  }
  return judgeChecks(required, results).map((trouble) => {
    const text = describeTrouble(trouble);
    switch (trouble.kind) {
      case 'missing':
        return { code: 'checkMissing', text, next: null };
      case 'pending':
        return { code: 'checkPending', text, next: null };
      case 'notSuccess':
        return { code: 'checkNotSuccess', text, next: `make ${trouble.name} succeed` };
    }
  });
}

/** The last word of each reviewer counts; comments are no word, and nobody approves their own. */
function reviewReasons(
  pull: Pull,
  rules: BranchRules,
  reviews: readonly Review[],
  policy: MergePolicy,
): MergeReason[] {
  const words = new Map<string, Review>();
  for (const review of reviews.toSorted((a, b) => a.atMs - b.atMs)) {
    if (review.state === 'commented' || review.state === 'pending') continue;
    if (review.author.login === pull.author.login) continue;
    words.set(review.author.login, review);
  }
  const against = [...words.values()].filter(({ state }) => state === 'changes_requested');
  const approvals = [...words.values()].filter(({ state }) => state === 'approved').length;
  const needed = Math.max(rules.requiredApprovals, policy.requires.approvals);
  const reasons: MergeReason[] = against.map(({ author }) => ({
    code: 'changesRequested',
    text: `${author.login} asked for changes`,
    next: `ask ${author.login} for another review`,
  }));
  if (approvals < needed) {
    const text = `${approvals} of ${needed} approvals`;
    reasons.push({ code: 'approvalsMissing', text, next: 'ask for a review' });
  }
  return reasons;
}

/** How the required checks stand at a commit that was made to try pull requests together. */
export function judgeTrial(rules: BranchRules, results: ResultsAt, policy: MergePolicy) {
  return checksVerdict(judgeChecks(requiredChecks(rules, policy.requires.checks), results));
}
