/** Issues and pull requests for tests, quiet since their creation unless told otherwise. */
import { type ItemFacts, type ItemHistory } from '../../../src/domain/stale-item/facts.js';
import {
  type StaleItemPolicies,
  staleItemPolicies,
} from '../../../src/domain/stale-item/policy.js';
import { staleItemsSchema } from '../../../src/domain/stale-item/schema.js';
import type { Comment, ItemEvent } from '../../../src/domain/repository/shapes.js';

export const dayMs = 86_400_000;
/** Creation of every sample. */
export const bornMs = Date.UTC(2026, 0, 1);
export const day = (n: number): number => bornMs + n * dayMs;

export function anItem(more: Partial<ItemFacts> = {}): ItemFacts {
  return {
    number: 7,
    isPull: false,
    isDraft: false,
    isLocked: false,
    state: 'open',
    labels: [],
    assignees: [],
    milestone: null,
    type: null,
    createdAtMs: bornMs,
    updatedAtMs: bornMs,
    history: null,
    ...more,
  };
}

export function markedItem(
  history: Partial<ItemHistory>,
  more: Partial<ItemFacts> = {},
): ItemFacts {
  return anItem({
    labels: ['Stale'],
    updatedAtMs: day(60),
    history: {
      mark: { atMs: day(60), by: 'sluice[bot]' },
      activity: null,
      unmarkedAtMs: null,
      ...history,
    },
    ...more,
  });
}

/** As people write it. */
export function policiesOf(written: unknown = {}): StaleItemPolicies {
  return staleItemPolicies(staleItemsSchema.parse(written));
}

export const own = { login: 'sluice[bot]', kind: 'bot' } as const;
export const bot = { login: 'renovate[bot]', kind: 'bot' } as const;
export const ann = { login: 'ann', kind: 'person' } as const;

let ids = 0;

export function aComment(
  atMs: number,
  author: Comment['author'] = ann,
  body = 'still here',
): Comment {
  return { id: ++ids, author, body, createdAtMs: atMs, updatedAtMs: atMs };
}

export function anEvent(
  kind: string,
  atMs: number,
  actor: ItemEvent['actor'] = ann,
  label: string | null = null,
): ItemEvent {
  return { id: String(++ids), kind, actor, atMs, label };
}
