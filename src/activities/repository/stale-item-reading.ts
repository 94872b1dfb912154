/** Reads what decisions about an issue or pull request rest on: as little as the rules need, all of it or nothing. */
import {
  commentsSinceMs,
  type HistorySources,
  readHistory,
} from '../../domain/stale-item/history.js';
import { factsOf, includesName, type ItemFacts } from '../../domain/stale-item/facts.js';
import type { StaleItemPolicy } from '../../domain/stale-item/policy.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Item } from '../../domain/repository/shapes.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';

export interface StaleItemReading {
  /** Null when it is deleted, moved away or hidden. */
  readonly facts: ItemFacts | null;
  readonly ownLogin: string;
}

export async function readStaleFacts(
  host: CodeHost,
  repository: RepositoryKey,
  number: number,
  policy: StaleItemPolicy,
): Promise<StaleItemReading> {
  const [item, ownLogin] = await Promise.all([
    host.items.readItem(repository, number),
    host.ownLogin(),
  ]);
  if (item === null) return { facts: null, ownLogin };
  return { facts: await withHistory(host, repository, item, policy), ownLogin };
}

/** The timeline tells nothing that matters about an item without the mark, unless its age counts from that. */
export async function withHistory(
  host: CodeHost,
  repository: RepositoryKey,
  item: Item,
  policy: StaleItemPolicy,
): Promise<ItemFacts> {
  const isMarked = includesName(item.labels, policy.label);
  if (!isMarked && !policy.ignoreUpdates) return factsOf(item);
  const { number } = item;
  const [events, ownLogin] = await Promise.all([
    host.items.listEvents(repository, number),
    host.ownLogin(),
  ]);
  const comments = isMarked
    ? await host.items.listComments(repository, number, commentsSinceMs(events, policy.label))
    : [];
  const sources: HistorySources = { item, events, comments, label: policy.label, ownLogin };
  return factsOf(item, readHistory(sources));
}
