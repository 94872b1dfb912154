/** Decides what becomes of a branch: a pure function of what is known, what was told and the time. */
import type { BranchFacts, HeardActivity, Keep, Notice } from './facts.js';
import type { StaleBranchPolicy } from './schema.js';

export interface BranchQuestion {
  readonly policy: Pick<StaleBranchPolicy, 'enabled' | 'after' | 'grace' | 'keepLabel'>;
  readonly facts: BranchFacts;
  /** Null: nobody has been told yet. */
  readonly notice: Notice | null;
  readonly heard: HeardActivity | null;
  readonly keep: Keep | null;
  /** A person ordered it: age and grace do not matter, exemptions do. */
  readonly isOrdered: boolean;
  readonly nowMs: number;
}

export type BranchDecision =
  | { readonly kind: 'gone' }
  /** Not by this policy, whatever time passes. */
  | { readonly kind: 'exempt'; readonly reason: string }
  /** Until then nothing is to be done. */
  | { readonly kind: 'active'; readonly untilMs: number; readonly reason: string }
  /** Null: as long as the label or the word stands. */
  | { readonly kind: 'kept'; readonly untilMs: number | null; readonly reason: string }
  /** Tell everybody. */
  | { readonly kind: 'stale'; readonly sha: string; readonly sinceMs: number }
  | { readonly kind: 'grace'; readonly untilMs: number }
  | { readonly kind: 'archive'; readonly sha: string };

/**
 * Examples with after 30 d and grace 7 d: last commit 29 d ago → active for one day more; 31 d ago → stale; told 6 d ago →
 * grace for one day more; told 8 d ago and nobody answered → archive; told 8 d ago and a person commented 2 d ago → active.
 */
export function decideBranch(question: BranchQuestion): BranchDecision {
  const { policy, facts, notice, keep, nowMs } = question;
  const { branch } = facts;
  if (branch === null) return { kind: 'gone' };
  if (!policy.enabled) return { kind: 'exempt', reason: 'the policy is switched off' };
  if (facts.exempt !== null) return { kind: 'exempt', reason: facts.exempt };
  if (question.isOrdered) return { kind: 'archive', sha: branch.sha };
  if (facts.hasKeepLabel) {
    const reason = `its cleanup issue carries the label ${policy.keepLabel}`;
    return { kind: 'kept', untilMs: null, reason };
  }
  if (keep !== null && (keep.untilMs === null || keep.untilMs > nowMs)) {
    const reason = `${keep.actor} keeps it: ${keep.reason}`;
    return { kind: 'kept', untilMs: keep.untilMs, reason };
  }
  if (notice !== null && facts.isIssueGone) {
    return { kind: 'active', untilMs: nowMs, reason: 'its cleanup issue is gone' };
  }
  const last = lastActivity(question);
  const staleAtMs = last.atMs + policy.after;
  const cancels = notice !== null && last.atMs >= wholeSecond(notice.hostAtMs);
  if (cancels || staleAtMs > nowMs) {
    return { kind: 'active', untilMs: Math.max(staleAtMs, nowMs), reason: last.reason };
  }
  if (notice === null) return { kind: 'stale', sha: branch.sha, sinceMs: staleAtMs };
  if (nowMs < notice.graceEndsAtMs) return { kind: 'grace', untilMs: notice.graceEndsAtMs };
  return { kind: 'archive', sha: notice.sha };
}

/** The newest sign of life. A tip other than the one that was announced is one, however old its commit. */
function lastActivity({ facts, notice, heard, nowMs }: BranchQuestion): HeardActivity {
  const { branch, pushedAtMs, answer } = facts;
  const signs: HeardActivity[] = heard === null ? [] : [heard];
  if (branch !== null) {
    // A commit of tomorrow comes from a clock that is wrong: the push is what is known of it.
    const isFuture = branch.committedAtMs > nowMs;
    const atMs = isFuture ? (pushedAtMs ?? nowMs) : branch.committedAtMs;
    signs.push({ atMs, reason: 'its last commit is young' });
    if (notice !== null && branch.sha !== notice.sha) {
      signs.push({
        atMs: Math.max(pushedAtMs ?? nowMs, notice.hostAtMs),
        reason: 'it was pushed to',
      });
    }
  }
  if (pushedAtMs !== null) signs.push({ atMs: pushedAtMs, reason: 'it was pushed to' });
  if (answer !== null) signs.push({ atMs: answer.atMs, reason: describeAnswer(answer) });
  return signs.reduce((newest, sign) => (sign.atMs >= newest.atMs ? sign : newest), {
    atMs: Number.NEGATIVE_INFINITY,
    reason: 'nothing is known of it',
  });
}

function describeAnswer({ kind, login }: NonNullable<BranchFacts['answer']>): string {
  if (kind === 'comment') return `${login} commented on its cleanup issue`;
  return `${login} ${kind} its cleanup issue`;
}

/** The host tells whole seconds: an answer within the second of the ping bears that second's time. */
function wholeSecond(atMs: number): number {
  return Math.floor(atMs / 1000) * 1000;
}
