/** One pull request, as it is now. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Pull } from '../../domain/repository/shapes.js';
import { type GithubClient, nullIfNotFound } from './client.js';
import { toPull } from './item-shape.js';
import { place } from './items.js';

/** Null when there is none, also a little later. */
export async function readPullOf(
  client: GithubClient,
  repository: RepositoryKey,
  number: number,
): Promise<Pull | null> {
  const { pulls } = client.as(repository, 'readItems').rest;
  const found = await nullIfNotFound(() =>
    pulls.get({ ...place(repository), pull_number: number }),
  );
  return found === null ? null : toPull(found.data);
}
