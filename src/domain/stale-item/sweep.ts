/** What one pass over a repository begins: which items, in which order, and when each has its turn. */
import type { StaleDecision } from './decide.js';
import type { StaleListing } from './listing.js';
import { policyOf, type StaleItemPolicies } from './policy.js';
import { type DueItem, slotItems, slotsEndMs, writesToClose, writesToMark } from './schedule.js';

export interface MarkedItem {
  readonly number: number;
  readonly isPull: boolean;
  readonly updatedAtMs: number;
}

export interface PassItem {
  readonly number: number;
  readonly isPull: boolean;
  readonly slotAtMs: number;
  /** As the list alone tells it. */
  readonly decision: StaleDecision;
  /** Null: it carries the mark already, put there by whomever. */
  readonly marking: {
    readonly dueAtMs: number;
    readonly updatedAtMs: number;
    readonly reason: string;
  } | null;
}

export interface PlannedPass {
  readonly items: readonly PassItem[];
  /** There is more than one pass takes. */
  readonly isCut: boolean;
  /** Some of it carries the mark already. */
  readonly hasMoreStrays: boolean;
  readonly looked: number;
  readonly exempt: Readonly<Record<string, number>>;
  /** When the last turn of this pass is over. */
  readonly endMs: number;
  readonly nextDueAtMs: number | null;
}

export interface Strays {
  readonly items: readonly DueItem[];
  readonly isCut: boolean;
}

const aDayMs = 86_400_000;

/**
 * Marked ones that nobody watches, by our memory: put there by a person or an earlier tool; and those that should have
 * been closed a day ago, whatever we remember.
 */
export function adoptable(
  marked: readonly MarkedItem[],
  policies: StaleItemPolicies,
  { watched, nowMs, limit }: { watched: readonly number[]; nowMs: number; limit: number },
): Strays {
  const known = new Set(watched);
  const strays = marked.flatMap(({ number, isPull, updatedAtMs }) => {
    const { closeAfterMs } = policyOf(policies, isPull);
    const dueAtMs = updatedAtMs + (closeAfterMs ?? 0);
    const isOverdue = closeAfterMs !== null && dueAtMs + aDayMs <= nowMs;
    if (known.has(number) && !isOverdue) return [];
    return [{ number, isPull, updatedAtMs, dueAtMs, reason: 'it carries the mark already' }];
  });
  const items = strays.toSorted((a, b) => a.dueAtMs - b.dueAtMs).slice(0, limit);
  return { items, isCut: strays.length > items.length };
}

export function planPass(
  listing: StaleListing,
  strays: Strays,
  policies: StaleItemPolicies,
  nowMs: number,
): PlannedPass {
  const carried = new Set(strays.items.map(({ number }) => number));
  const writesFor = ({ number, isPull }: DueItem): number => {
    const policy = policyOf(policies, isPull);
    return carried.has(number) ? writesToClose(policy) : writesToMark(policy);
  };
  const pace = { fromMs: nowMs, writesPerHour: policies.writesPerHour };
  const slotted = slotItems([...listing.due, ...strays.items], writesFor, pace);
  const items = slotted.map(({ number, isPull, slotAtMs, dueAtMs, updatedAtMs, reason }) =>
    carried.has(number)
      ? {
          ...{ number, isPull, slotAtMs, marking: null },
          decision: { kind: 'leave', dueAtMs, reason } as const,
        }
      : {
          ...{ number, isPull, slotAtMs, marking: { dueAtMs, updatedAtMs, reason } },
          decision: { kind: 'mark', dueAtMs, reason } as const,
        },
  );
  return {
    items,
    isCut: listing.isCut || strays.isCut,
    hasMoreStrays: strays.isCut,
    looked: listing.looked,
    exempt: listing.exempt,
    endMs: slotsEndMs(slotted, writesFor, pace),
    nextDueAtMs: listing.nextDueAtMs,
  };
}
