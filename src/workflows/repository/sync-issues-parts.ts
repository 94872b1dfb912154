/** The commits that a pass is made in: so many issues go into each. */
import type { SyncAnswer, SyncItem } from '../../domain/issue-sync/pass.js';

/** All of them are in memory then. */
const inOneCommit = 1_000;

export interface Part {
  readonly items: readonly SyncItem[];
  readonly isLast: boolean;
}

/** Commits of a pass: one at least, which notes what was looked at. */
export function partsOf(items: readonly SyncItem[]): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from === 0 || from < items.length; from += inOneCommit) {
    const isLast = from + inOneCommit >= items.length;
    parts.push({ items: items.slice(from, from + inOneCommit), isLast });
  }
  return parts;
}

/** Of which nobody knows what they were given to: nothing was looked at before. */
export function answersTo(
  base: string | null,
  answers: readonly SyncAnswer[],
): readonly SyncAnswer[] {
  return base === null ? answers : answers.map((answer) => ({ base, ...answer }));
}
