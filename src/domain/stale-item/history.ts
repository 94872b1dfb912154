/** Reads an item's comments and timeline: when it was marked, and what people did since. */
import type { Actor, Comment, Item, ItemEvent } from '../repository/shapes.js';
import { type Activity, includesName, isSameName, type ItemHistory, type Mark } from './facts.js';

export interface HistorySources {
  readonly item: Pick<Item, 'labels' | 'createdAtMs' | 'updatedAtMs'>;
  /** All of them. */
  readonly events: readonly ItemEvent[];
  /** All from {@link commentsSinceMs} on. */
  readonly comments: readonly Comment[];
  readonly label: string;
  /** Under which we write. */
  readonly ownLogin: string;
}

/** Hosts write a change down some seconds around the event that made it. */
const skewMs = 15_000;
/** A mark is a comment and a label, and a crash may lie between. */
const markingMs = 86_400_000;

/** These come about by being spoken to, also by a bot, and not by doing something. */
const passive = ['mentioned', 'subscribed', 'unsubscribed'];

/** Comments older than this do not matter. */
export function commentsSinceMs(events: readonly ItemEvent[], label: string): number {
  const labeled = lastOf(events, 'labeled', label);
  return labeled === null ? 0 : Math.max(0, labeled.atMs - markingMs);
}

export function readHistory(sources: HistorySources): ItemHistory {
  const { item, events, label } = sources;
  const unmarked = lastOf(events, 'unlabeled', label);
  const unmarkedAtMs = unmarked?.atMs ?? null;
  const isMarked = includesName(item.labels, label);
  const { mark, afterMs } = isMarked ? markOf(sources, unmarkedAtMs) : { mark: null, afterMs: 0 };
  const since = activities(sources).filter(({ atMs }) => atMs > afterMs);
  const unseen = unexplained(sources, mark?.atMs ?? 0);
  return { mark, activity: newest(unseen === null ? since : [...since, unseen]), unmarkedAtMs };
}

/** Begins with our comment where there is one, because people may have answered before the label came. */
function markOf(
  { item, events, comments, label, ownLogin }: HistorySources,
  unmarkedAtMs: number | null,
): { readonly mark: Mark; readonly afterMs: number } {
  const labeled = lastOf(events, 'labeled', label);
  if (labeled === null) {
    return { mark: { atMs: item.updatedAtMs, by: null }, afterMs: item.updatedAtMs };
  }
  const by = labeled.actor?.login ?? null;
  const mark = { atMs: labeled.atMs, by };
  // Somebody who puts the label on by hand may have said so in a comment just before.
  if (by === null || !isSameName(by, ownLogin)) return { mark, afterMs: mark.atMs };
  const said = comments.filter(
    (comment) =>
      isOwn(comment, ownLogin) &&
      comment.createdAtMs <= labeled.atMs + skewMs &&
      comment.createdAtMs > (unmarkedAtMs ?? 0),
  );
  const first = Math.min(labeled.atMs, ...said.map(({ createdAtMs }) => createdAtMs));
  // What came just before was not seen when it was marked: reads lag behind writes.
  return { mark, afterMs: Math.max(first - skewMs, unmarkedAtMs ?? 0) };
}

/** Everything that a person did, or that nobody can be named for. */
function activities({ events, comments, label, ownLogin }: HistorySources): Activity[] {
  const said = comments
    .filter((comment) => !isOwn(comment, ownLogin) && isPerson(comment.author))
    .map(({ author, createdAtMs, updatedAtMs }) => ({
      kind: 'comment',
      by: author.login,
      atMs: Math.max(createdAtMs, updatedAtMs),
    }));
  const done = events
    .filter(({ kind, actor, label: named }) => {
      if (kind === 'commented' || passive.includes(kind)) return false;
      const isMark = kind === 'labeled' && named !== null && isSameName(named, label);
      if (isMark || (actor !== null && isSameName(actor.login, ownLogin))) return false;
      return actor === null || isPerson(actor);
    })
    .map(({ kind, actor, atMs }) => ({ kind, by: actor?.login ?? null, atMs }));
  return [...said, ...done];
}

/**
 * A change that no event and no comment accounts for: an edited text, a push of old commits. Nobody
 * knows who made it, so it counts.
 */
function unexplained(
  { item, events, comments }: HistorySources,
  markedAtMs: number,
): Activity | null {
  const told = [
    markedAtMs,
    item.createdAtMs,
    ...events.map(({ atMs }) => atMs),
    ...comments.map(({ createdAtMs, updatedAtMs }) => Math.max(createdAtMs, updatedAtMs)),
  ];
  const last = told.reduce((a, b) => Math.max(a, b));
  if (item.updatedAtMs <= last + skewMs) return null;
  return { kind: 'change', by: null, atMs: item.updatedAtMs };
}

function lastOf(events: readonly ItemEvent[], kind: string, label: string): ItemEvent | null {
  let last: ItemEvent | null = null;
  for (const event of events) {
    if (event.kind !== kind || event.label === null || !isSameName(event.label, label)) continue;
    if (last === null || event.atMs >= last.atMs) last = event;
  }
  return last;
}

/** By our login and with a marker: under a personal token its owner speaks by the same login. */
function isOwn({ author, body }: Comment, ownLogin: string): boolean {
  return isSameName(author.login, ownLogin) && body.includes('<!-- sluice:');
}

function isPerson({ kind }: Actor): boolean {
  return kind === 'person';
}

function newest(found: readonly Activity[]): Activity | null {
  return found.reduce<Activity | null>(
    (best, each) => (best === null || each.atMs > best.atMs ? each : best),
    null,
  );
}
