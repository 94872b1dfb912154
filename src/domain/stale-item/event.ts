/** What an event of the repository means for one item that is marked or about to be. */
import type { RepositoryEvent } from '../webhook/event.js';
import { type Activity, isSameName } from './facts.js';

export type StaleEvent =
  /** A person did something. */
  | { readonly kind: 'activity'; readonly activity: Activity }
  /** Closed, merged, deleted or moved away. */
  | { readonly kind: 'ended' }
  /** Somebody took the mark off. */
  | { readonly kind: 'unlabelled'; readonly by: string | null }
  /** It may fall under other rules now: read it anew. */
  | { readonly kind: 'changed' };

export interface WatchedItem {
  readonly number: number;
  readonly label: string;
  /** Under which we write. */
  readonly ownLogin: string;
}

/** Null: it says nothing about the item, or it is our own doing or a bot's. */
export function readStaleEvent(event: RepositoryEvent, item: WatchedItem): StaleEvent | null {
  if (!('number' in event) || event.kind === 'milestone' || event.number !== item.number) {
    return null;
  }
  const { actor, atMs } = event;
  const isOwn = actor !== null && isSameName(actor.login, item.ownLogin);
  const activity = (kind: string): StaleEvent | null => {
    if (actor === null) return { kind: 'changed' };
    if (actor.kind === 'bot') return null;
    return { kind: 'activity', activity: { kind, by: actor.login, atMs } };
  };
  switch (event.kind) {
    case 'comment':
      if (event.action === 'deleted') return null;
      // Under a personal token its owner speaks by the same login: only what carries a marker is ours.
      return isOwn && event.body.includes('<!-- sluice:') ? null : activity('comment');
    case 'review':
      return isOwn ? null : activity('review');
    case 'issue':
    case 'pull': {
      if (event.action === 'closed' || event.action === 'deleted' || event.action === 'transferred')
        return { kind: 'ended' };
      const isMark = event.label !== null && isSameName(event.label, item.label);
      if (isMark && event.action === 'unlabeled' && !isOwn) {
        return { kind: 'unlabelled', by: actor?.login ?? null };
      }
      if (isMark || isOwn) return null;
      const done = activity(event.action === 'synchronize' ? 'push' : event.action);
      // A bot's label or milestone may exempt it; its other doings change nothing.
      return done ?? (changesRules.includes(event.action) ? { kind: 'changed' } : null);
    }
  }
}

const changesRules: readonly string[] = [
  'labeled',
  'unlabeled',
  'assigned',
  'unassigned',
  'milestoned',
  'demilestoned',
  'convertedToDraft',
  'readyForReview',
];
