/** Issues, and what pull requests share with them: comments, labels, state, timeline. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Comment, Item, ItemEvent } from '../../domain/repository/shapes.js';
import type { Creation } from './call.js';

export interface ItemQuery {
  readonly state: 'open' | 'closed' | 'all';
  /** Changed at or after, epoch milliseconds. */
  readonly updatedSinceMs?: number;
  /** All of them. */
  readonly labels?: readonly string[];
  /** Oldest change first. Iteration may end early, which spares the remaining pages. */
  readonly order: 'updatedAscending' | 'createdAscending';
}

export interface Items {
  /** Issues and pull requests, page by page. */
  listItems(repository: RepositoryKey, query: ItemQuery): AsyncIterable<Item>;
  /** Null when it is deleted, moved or hidden. */
  readItem(repository: RepositoryKey, number: number): Promise<Item | null>;
  listComments(
    repository: RepositoryKey,
    number: number,
    sinceMs?: number,
  ): Promise<readonly Comment[]>;
  listEvents(repository: RepositoryKey, number: number): Promise<readonly ItemEvent[]>;
  createIssue(
    repository: RepositoryKey,
    issue: {
      readonly title: string;
      readonly body: string;
      readonly labels: readonly string[];
      readonly assignees: readonly string[];
    },
    creation: Creation,
  ): Promise<Item>;
  /** Only what is named is changed. */
  editItem(
    repository: RepositoryKey,
    number: number,
    change: {
      readonly title?: string;
      readonly body?: string;
      readonly state?: 'open' | 'closed';
      readonly stateReason?: 'completed' | 'not_planned' | 'reopened';
      readonly milestone?: number | null;
    },
  ): Promise<Item>;
  createComment(
    repository: RepositoryKey,
    number: number,
    body: string,
    creation: Creation,
  ): Promise<Comment>;
  editComment(repository: RepositoryKey, id: number, body: string): Promise<void>;
  /** Adds and takes away those named, and leaves all others; what already is so is success. */
  changeLabels(
    repository: RepositoryKey,
    number: number,
    change: {
      readonly add: readonly string[];
      readonly remove: readonly string[];
      /** Those that it has, by a read just before; left out: they are read. */
      readonly known?: readonly string[];
    },
  ): Promise<void>;
  /** Creates it where it is missing; one that is there is left as it is. @returns whether it was created */
  ensureLabel(
    repository: RepositoryKey,
    label: { readonly name: string; readonly color: string; readonly description: string },
  ): Promise<boolean>;
}
