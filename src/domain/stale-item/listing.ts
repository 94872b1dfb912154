/** Goes through a list of items, oldest first, and says what is due, without looking at those that are too young. */
import { decideStaleItem } from './decide.js';
import { type ItemFacts, includesName } from './facts.js';
import { type StaleItemPolicies, policyOf } from './policy.js';
import type { DueItem } from './schedule.js';

export interface StaleListing {
  /** To be marked, at most as many as asked for. */
  readonly due: readonly DueItem[];
  /** There may be more that are due. */
  readonly isCut: boolean;
  /** When the next one falls due, as far as the list was read; null: nothing will by itself. */
  readonly nextDueAtMs: number | null;
  readonly looked: number;
  /** Reason → how many. */
  readonly exempt: Readonly<Record<string, number>>;
}

type Ages = Pick<ItemFacts, 'createdAtMs' | 'updatedAtMs'>;

/** By creation where changes do not count: nothing is due earlier than so long after it was made. */
export function listingOrder({ issues, pulls }: StaleItemPolicies) {
  return issues.ignoreUpdates || pulls.ignoreUpdates ? 'createdAscending' : 'updatedAscending';
}

/** One for each walk along the list: `take` until it says that nothing further can be due. */
export function createStaleWalk(policies: StaleItemPolicies, nowMs: number, limit: number) {
  const order = listingOrder(policies);
  const after = [policies.issues.afterMs, policies.pulls.afterMs].filter((ms) => ms !== null);
  const soonestMs = after.length === 0 ? null : Math.min(...after);
  const due: DueItem[] = [];
  const exempt: Record<string, number> = {};
  let nextDueAtMs: number | null = null;
  let looked = 0;
  let isCut = false;

  const willBeDue = (atMs: number): void => {
    nextDueAtMs = nextDueAtMs === null ? atMs : Math.min(nextDueAtMs, atMs);
  };

  const isYoung = (facts: Ages): boolean => {
    const ageFromMs = order === 'createdAscending' ? facts.createdAtMs : facts.updatedAtMs;
    return soonestMs === null || ageFromMs + soonestMs > nowMs;
  };

  return {
    /** False: nothing is ever marked. */
    isWorthwhile: soonestMs !== null,
    /** Too young to be due, as is everything behind it. */
    isYoung,
    /** @returns whether the next one may matter */
    take(facts: ItemFacts): boolean {
      if (isYoung(facts)) {
        const ageFromMs = order === 'createdAscending' ? facts.createdAtMs : facts.updatedAtMs;
        willBeDue(ageFromMs + (soonestMs ?? 0));
        return false;
      }
      looked += 1;
      const policy = policyOf(policies, facts.isPull);
      // Those that are marked have a workflow of their own.
      if (includesName(facts.labels, policy.label)) return true;
      const decision = decideStaleItem(facts, policy, nowMs);
      if (decision.kind === 'exempt') exempt[decision.reason] = (exempt[decision.reason] ?? 0) + 1;
      if (decision.kind === 'leave' && decision.dueAtMs !== null) willBeDue(decision.dueAtMs);
      if (decision.kind !== 'mark') return true;
      if (due.length === limit) {
        isCut = true;
        return false;
      }
      const { number, isPull, updatedAtMs } = facts;
      const { dueAtMs, reason } = decision;
      due.push({ number, isPull, updatedAtMs, dueAtMs, reason });
      return true;
    },
    end(): StaleListing {
      return { due, isCut, nextDueAtMs, looked, exempt };
    },
  };
}
