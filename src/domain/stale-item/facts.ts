/** What a decision about an issue or pull request rests on, as the code host told it. */
import type { Item } from '../repository/shapes.js';

/** Something a person did, or something that nobody can be named for. */
export interface Activity {
  /** `comment`, the kind of the timeline's event, or `change`: it changed, and no line of its history says how. */
  readonly kind: string;
  /** Null where the host does not say. */
  readonly by: string | null;
  readonly atMs: number;
}

export interface Mark {
  /** Activity counts from here on. */
  readonly atMs: number;
  /** Null where no event tells of it: then the last change stands for the mark. */
  readonly by: string | null;
}

export interface ItemHistory {
  /** Null: the label is not there. */
  readonly mark: Mark | null;
  /** Newest after the mark; without a mark, the newest of all. */
  readonly activity: Activity | null;
  /** When the label was last taken off. */
  readonly unmarkedAtMs: number | null;
}

export interface ItemFacts {
  readonly number: number;
  readonly isPull: boolean;
  readonly isDraft: boolean;
  readonly isLocked: boolean;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly milestone: string | null;
  readonly type: string | null;
  readonly createdAtMs: number;
  /** By anybody, bots and us too: nothing newer has happened than this. */
  readonly updatedAtMs: number;
  /** Null: not asked for. */
  readonly history: ItemHistory | null;
}

/** What a list tells. */
export function factsOf(item: Item, history: ItemHistory | null = null): ItemFacts {
  const { number, isPull, isDraft, isLocked, state, labels, assignees, type } = item;
  const { createdAtMs, updatedAtMs } = item;
  const milestone = item.milestone?.title ?? null;
  return {
    ...{ number, isPull, isDraft, isLocked, state, labels, assignees, milestone, type },
    ...{ createdAtMs, updatedAtMs, history },
  };
}

/** Marks above letters, as they stand alone after decomposition. */
const accents = /[\u0300-\u036f]/g;

/** Labels, logins and titles that differ in case or accents only are the same. */
export function isSameName(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

export function includesName(names: readonly string[], name: string): boolean {
  return names.some((each) => isSameName(each, name));
}

function folded(text: string): string {
  return text.normalize('NFD').replace(accents, '').toLowerCase();
}
