/** What tests and the demo do to issues beside the API: what people would do in their browsers. */
import { deleteIssue, transferIssue } from './acts/transfer.js';
import { editItem, type ItemChange, type Scene } from './acts/items.js';
import { createMilestone } from './acts/labels.js';
import type { RepositoryName } from './control-rules.js';
import type { Item, Milestone } from './state.js';
import type { World } from './world.js';

export interface IssuesControl {
  /** As a person edits it: title, body, state, labels, assignees, milestone. @param as login; default: the owner */
  readonly editIssue: (
    name: RepositoryName,
    number: number,
    change: ItemChange,
    as?: string,
  ) => Promise<Item>;
  readonly deleteIssue: (name: RepositoryName, number: number, as?: string) => Promise<void>;
  /** @returns the issue at its new place */
  readonly transferIssue: (
    name: RepositoryName,
    number: number,
    to: RepositoryName,
    as?: string,
  ) => Promise<Item>;
  readonly createMilestone: (name: RepositoryName, title: string) => Promise<Milestone>;
  /** Logins that issues may be assigned to from now on; null: whoever is named, as at first. */
  readonly setAssignable: (name: RepositoryName, logins: readonly string[] | null) => void;
}

export function createIssuesControl(
  world: World,
  scene: (name: RepositoryName, as?: string) => Scene,
  item: (name: RepositoryName, number: number) => Item,
): IssuesControl {
  const now = <T>(work: () => T) => world.inOrder(() => Promise.resolve().then(work));
  return {
    editIssue: (name, number, change, as) =>
      now(() => {
        editItem(scene(name, as), item(name, number), change);
        return item(name, number);
      }),
    deleteIssue: (name, number, as) => now(() => deleteIssue(scene(name, as), item(name, number))),
    transferIssue: (name, number, to, as) =>
      now(() => transferIssue(scene(name, as), item(name, number), scene(to).repository, false)),
    createMilestone: (name, title) => now(() => createMilestone(scene(name), { title })),
    setAssignable: (name, logins) => {
      const { repository } = scene(name);
      repository.assignable =
        logins === null ? null : new Set(logins.map((one) => one.toLowerCase()));
      for (const login of logins ?? []) world.account(login);
    },
  };
}
