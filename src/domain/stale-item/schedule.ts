/** In which order and how fast due items are handled, so that the host's limit on new content is never met. */
import type { StaleItemPolicy } from './policy.js';

export interface DueItem {
  readonly number: number;
  readonly isPull: boolean;
  readonly dueAtMs: number;
  /** It is written only while the item is still as it was seen. */
  readonly updatedAtMs: number;
  readonly reason: string;
}

export interface SlottedItem extends DueItem {
  /** Not before. */
  readonly slotAtMs: number;
}

/** Writes that marking takes: the comment, the label, and labels that give way to it. */
export function writesToMark({ message, relabel }: StaleItemPolicy): number {
  return 1 + (message === null ? 0 : 1) + relabel.removeWhenMarked.length;
}

export function writesToClose(policy: StaleItemPolicy): number {
  const { closeMessage, closeLabel, deleteBranch } = policy;
  return (
    1 + (closeMessage === null ? 0 : 1) + (closeLabel === null ? 0 : 1) + (deleteBranch ? 1 : 0)
  );
}

/**
 * Longest due first, one after the other in even steps: no burst, and what is closed a week later comes in the same
 * steps again. Every write counts, though GitHub counts only some, because nobody says which.
 * @param fromMs the first slot
 * @example 450 writes an hour and two for each item: one item in 16 s, 5,400 a day
 */
export function slotItems(
  due: readonly DueItem[],
  writesFor: (item: DueItem) => number,
  { fromMs, writesPerHour }: { readonly fromMs: number; readonly writesPerHour: number },
): readonly SlottedItem[] {
  const stepMs = 3_600_000 / writesPerHour;
  let slotAtMs = fromMs;
  return due
    .toSorted((a, b) => a.dueAtMs - b.dueAtMs || a.number - b.number)
    .map((item) => {
      const slotted = { ...item, slotAtMs: Math.ceil(slotAtMs) };
      slotAtMs += stepMs * writesFor(item);
      return slotted;
    });
}

/** When the next slot after these is free. */
export function slotsEndMs(
  slotted: readonly SlottedItem[],
  writesFor: (item: DueItem) => number,
  { fromMs, writesPerHour }: { readonly fromMs: number; readonly writesPerHour: number },
): number {
  const last = slotted.at(-1);
  if (last === undefined) return fromMs;
  return Math.ceil(last.slotAtMs + (3_600_000 / writesPerHour) * writesFor(last));
}
