/** All issues and pull requests, none of them missed while others change and move within the list. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Item } from '../../domain/repository/shapes.js';
import type { ItemQuery } from '../../ports/code-host/items.js';
import type { GithubClient } from './client.js';
import { toItem } from './item-shape.js';

const pageSize = 100;

/**
 * GitHub counts pages from the beginning: an item that changes goes to the end, all after it move up, and the first of
 * the next page would never be seen. So each page begins where the last one ended, by time of change.
 */
export async function* listItems(
  client: GithubClient,
  repository: RepositoryKey,
  query: ItemQuery,
): AsyncGenerator<Item> {
  if (query.order === 'updatedAscending') {
    yield* byChange(client, repository, query);
    return;
  }
  // No list of GitHub's can be continued by time of creation, so it is put in order here.
  const all: Item[] = [];
  for await (const item of byChange(client, repository, query)) all.push(item);
  yield* all.sort((a, b) => a.createdAtMs - b.createdAtMs || a.number - b.number);
}

async function* byChange(
  client: GithubClient,
  repository: RepositoryKey,
  { state, labels = [], updatedSinceMs }: ItemQuery,
): AsyncGenerator<Item> {
  const { issues } = client.as(repository, 'readItems').rest;
  const seen = new Set<number>();
  let sinceMs = updatedSinceMs ?? null;
  for (let page = 1; ; ) {
    const { data } = await issues.listForRepo({
      ...{ owner: repository.owner, repo: repository.name, state, page, per_page: pageSize },
      ...{ sort: 'updated', direction: 'asc' },
      ...(labels.length > 0 && { labels: labels.join(',') }),
      // Whether the moment itself is part of the answer is told both ways.
      ...(sinceMs !== null && { since: new Date(sinceMs - 1000).toISOString() }),
    });
    const items = data.map(toItem);
    for (const item of items) {
      const isOld = updatedSinceMs !== undefined && item.updatedAtMs < updatedSinceMs;
      if (isOld || seen.has(item.number)) continue;
      seen.add(item.number);
      yield item;
    }
    const last = items.at(-1);
    if (last === undefined || items.length < pageSize) return;
    // More than a page may have changed in the same second.
    const canGoOn = sinceMs === null || last.updatedAtMs > sinceMs;
    page = canGoOn ? 1 : page + 1;
    if (canGoOn) sinceMs = last.updatedAtMs;
  }
}
