/** Why an item is, or is not, marked or closed: every rule that was asked, what it saw, and what follows. */
import { decideStaleItem, describeActivity, type StaleDecision } from './decide.js';
import { askRules } from './exemption.js';
import { includesName, type ItemFacts } from './facts.js';
import type { StaleItemPolicy } from './policy.js';
import { formatDuration } from '../time.js';

export interface StaleReason {
  /** As written in `sluice.yaml`, below `repository.stale.items`; empty for what no rule says. */
  readonly rule: string;
  readonly seen: string;
  /** What follows from it. */
  readonly means: string;
}

export interface StaleExplanation {
  readonly decision: StaleDecision;
  /** One sentence. */
  readonly summary: string;
  readonly reasons: readonly StaleReason[];
}

export function explainStaleItem(
  facts: ItemFacts,
  policy: StaleItemPolicy,
  nowMs: number,
): StaleExplanation {
  const decision = decideStaleItem(facts, policy, nowMs);
  const reasons: StaleReason[] = askRules(facts, policy).map(({ rule, seen, exempts }) => ({
    rule,
    seen,
    means: exempts ?? 'does not stand in the way',
  }));
  reasons.push(...(includesName(facts.labels, policy.label) ? marked : unmarked)(facts, policy));
  return { decision, summary: summaryOf(decision), reasons };
}

function unmarked(facts: ItemFacts, policy: StaleItemPolicy): StaleReason[] {
  const after =
    policy.afterMs === null ? 'never marked' : `due ${formatDuration(policy.afterMs)} after`;
  const rule = policy.ignoreUpdates ? 'after, ignoreUpdates' : 'after';
  const seen = policy.ignoreUpdates
    ? `created ${instant(facts.createdAtMs)}`
    : `last changed ${instant(facts.updatedAtMs)}`;
  return [{ rule, seen, means: after }];
}

function marked(facts: ItemFacts, policy: StaleItemPolicy): StaleReason[] {
  const { mark = null, activity = null } = facts.history ?? {};
  if (mark === null)
    return [{ rule: 'label', seen: policy.label, means: 'its history is not known' }];
  const by = mark.by === null ? '' : ` by ${mark.by}`;
  const end = policy.closeAfterMs === null ? 'never' : formatDuration(policy.closeAfterMs);
  return [
    {
      rule: 'label',
      seen: `${policy.label}, put on ${instant(mark.atMs)}${by}`,
      means: 'it is marked',
    },
    {
      rule: 'removeWhenUpdated',
      seen: activity === null ? 'no activity since' : describeActivity(activity),
      means: activityMeans(activity !== null, policy),
    },
    {
      rule: 'closeAfter',
      seen: end,
      means: end === 'never' ? 'it stays open' : 'then it is closed',
    },
  ];
}

function activityMeans(isActive: boolean, { removeWhenUpdated }: StaleItemPolicy): string {
  if (!isActive) return 'the mark stays';
  return removeWhenUpdated ? 'the mark goes' : 'the time until it is closed begins anew';
}

function summaryOf(decision: StaleDecision): string {
  const { reason } = decision;
  switch (decision.kind) {
    case 'leave':
      return decision.dueAtMs === null
        ? `nothing is due: ${reason}`
        : `next on ${instant(decision.dueAtMs)}: ${reason}`;
    case 'mark':
      return `to be marked since ${instant(decision.dueAtMs)}: ${reason}`;
    case 'unmark':
      return `the mark is to go: ${reason}`;
    case 'close':
      return `to be closed since ${instant(decision.dueAtMs)}: ${reason}`;
    case 'exempt':
      return `left alone: ${reason}`;
    case 'unknown':
      return `nothing is done: ${reason}`;
  }
}

function instant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
