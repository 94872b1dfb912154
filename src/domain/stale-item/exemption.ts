/** Whether the rules leave an item alone, rule by rule, so that every answer can be explained by the same table. */
import { type ItemFacts, includesName } from './facts.js';
import type { StaleItemPolicy } from './policy.js';

export interface RuleAnswer {
  /** As it is written in `sluice.yaml`, below `repository.stale.items`. */
  readonly rule: string;
  /** What was looked at, as it is. */
  readonly seen: string;
  /** Why the item is left alone; null: this rule does not stand in the way. */
  readonly exempts: string | null;
}

/** Every rule that says something, in the order in which it is asked. */
export function askRules(facts: ItemFacts, policy: StaleItemPolicy): readonly RuleAnswer[] {
  const { labels, assignees, milestone, type } = facts;
  const { exempt, only } = policy;
  const answers: RuleAnswer[] = [];
  const ask = (rule: string, seen: string, exempts: string | null): void => {
    answers.push({ rule, seen, exempts });
  };
  const labelled = named(labels);
  if (facts.isLocked) ask('locked', 'locked', 'it is locked, so nobody could answer');
  if (policy.startAtMs !== null) {
    const isBefore = facts.createdAtMs < policy.startAtMs;
    const seen = new Date(facts.createdAtMs).toISOString();
    ask('startDate', seen, isBefore ? 'it was created before the start date' : null);
  }
  if (only.assigned) {
    ask('only.assigned', named(assignees), assignees.length === 0 ? 'nobody is assigned' : null);
  }
  if (only.types.length > 0 && !facts.isPull) {
    const fits = type !== null && includesName(only.types, type);
    ask('only.types', type ?? 'none', fits ? null : 'it is of another type');
  }
  if (only.labels.length > 0) {
    const missing = only.labels.find((label) => !includesName(labels, label));
    ask('only.labels', labelled, missing === undefined ? null : `it lacks the label ${missing}`);
  }
  if (only.anyLabels.length > 0) {
    const fits = only.anyLabels.some((label) => includesName(labels, label));
    ask('only.anyLabels', labelled, fits ? null : `it has none of ${only.anyLabels.join(', ')}`);
  }
  if (exempt.labels.length > 0) {
    const found = exempt.labels.find((label) => includesName(labels, label));
    ask('exempt.labels', labelled, found === undefined ? null : `it has the label ${found}`);
  }
  if (exempt.milestones === 'all' || exempt.milestones.length > 0) {
    const isIn =
      milestone !== null &&
      (exempt.milestones === 'all' || includesName(exempt.milestones, milestone));
    ask('exempt.milestones', milestone ?? 'none', isIn ? `it is in milestone ${milestone}` : null);
  }
  if (exempt.assignees === 'all' || exempt.assignees.length > 0) {
    const { assignees: wanted } = exempt;
    const found = assignees.find((login) => wanted === 'all' || includesName(wanted, login));
    ask('exempt.assignees', named(assignees), found === undefined ? null : `${found} is assigned`);
  }
  if (exempt.drafts && facts.isPull) {
    const seen = facts.isDraft ? 'a draft' : 'no draft';
    ask('exempt.drafts', seen, facts.isDraft ? 'it is a draft' : null);
  }
  return answers;
}

/** The first reason to leave it alone. */
export function exemption(facts: ItemFacts, policy: StaleItemPolicy): string | null {
  return askRules(facts, policy).find(({ exempts }) => exempts !== null)?.exempts ?? null;
}

function named(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
