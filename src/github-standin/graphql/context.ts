/** What resolvers share: the world, who asks, and how REST's values read in GraphQL. */
import type { Scene } from '../acts/items.js';
import { timeText, timeTextOrNull } from '../clock.js';
import { nodeId, parseNodeId } from '../node-id.js';
import { Problem } from '../problem.js';
import type { Account, Actor, Item, Repository } from '../state.js';
import type { World } from '../world.js';

/** How one thing shows another: each knows the others only through this, for they all meet in circles. */
export interface Views {
  readonly commitAt: (
    context: Context,
    repository: Repository,
    sha: string,
  ) => Promise<object | null>;
  readonly ref: (context: Context, repository: Repository, ref: string) => object | null;
  readonly rollup: (context: Context, repository: Repository, sha: string) => object | null;
  readonly item: (context: Context, repository: Repository, item: Item) => object;
  readonly repository: (context: Context, repository: Repository) => object;
}

export interface Context {
  readonly world: World;
  readonly actor: Actor;
  readonly views: Views;
}

export const sceneIn = ({ world, actor }: Context, repository: Repository): Scene => ({
  world,
  actor,
  repository,
});

export const time = timeText;
export const timeOrNull = timeTextOrNull;

export function unresolved(id: string): Problem {
  return new Problem(404, `Could not resolve to a node with the global id of '${id}'`, {
    type: 'NOT_FOUND',
  });
}

export function repositoryById({ world }: Context, id: string): Repository {
  const parsed = parseNodeId(id);
  const found = world.repositories.get(Number(parsed?.parts[0]));
  if (found === undefined) throw unresolved(id);
  return found;
}

/** Of an issue or a pull request. */
export function itemById(context: Context, id: string): readonly [Repository, Item] {
  const repository = repositoryById(context, id);
  const item = repository.items.get(Number(parseNodeId(id)?.parts[1]));
  if (item === undefined) throw unresolved(id);
  return [repository, item];
}

export function accountView(world: World, account: Account) {
  return {
    __typename: account.type,
    id: nodeId('U', account.id),
    databaseId: account.id,
    login: account.login.replace('[bot]', ''),
    name: account.name,
    email: account.email,
    avatarUrl: `${world.url}/avatars/${account.id}`,
    url: `${world.url}/${account.login}`,
    resourcePath: `/${account.login}`,
  };
}
