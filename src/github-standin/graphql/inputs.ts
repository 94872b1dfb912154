/** Inputs of mutations, as the resolvers of issues and of pull requests read them. */
import type { Scene } from '../acts/items.js';
import { parseNodeId } from '../node-id.js';
import type { Item, Repository } from '../state.js';
import { type Context, itemById, sceneIn, unresolved } from './context.js';
import { itemView } from './item-views.js';

export type Input = Readonly<Record<string, unknown>>;

export const text = (input: Input, name: string) =>
  typeof input[name] === 'string' ? input[name] : undefined;

export const id = (input: Input, name: string) => text(input, name) ?? '';

/** An issue or a pull request by its id, and how it is shown. */
export function found(
  context: Context,
  input: Input,
  name: string,
): {
  readonly repository: Repository;
  readonly item: Item;
  readonly scene: Scene;
  readonly view: () => object;
} {
  const [repository, item] = itemById(context, id(input, name));
  const scene = sceneIn(context, repository);
  return { repository, item, scene, view: () => itemView(context, repository, item) };
}

/** Names of labels by their ids. @throws Problem NOT_FOUND */
export function labelsOf(repository: Repository, ids: unknown): string[] {
  return ((ids ?? []) as string[]).map((each) => {
    const number = Number(parseNodeId(each)?.parts[1]);
    const label = [...repository.labels.values()].find((one) => one.id === number);
    if (label === undefined) throw unresolved(each);
    return label.name;
  });
}

/** Logins by the ids of accounts. @throws Problem NOT_FOUND */
export function loginsOf({ world }: Context, ids: unknown): string[] {
  return ((ids ?? []) as string[]).map((each) => {
    const number = Number(parseNodeId(each)?.parts[0]);
    const account = [...world.accounts.values()].find((one) => one.id === number);
    if (account === undefined) throw unresolved(each);
    return account.login;
  });
}

/** Number of a milestone by its id; null where null is given. @throws Problem NOT_FOUND */
export function milestoneOf(repository: Repository, each: unknown): number | null {
  if (typeof each !== 'string') return null;
  const number = Number(parseNodeId(each)?.parts[1]);
  if (!repository.milestones.has(number)) throw unresolved(each);
  return number;
}
