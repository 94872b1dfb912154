/** What an issue or a pull request remembers of itself: edits of its body with whole texts, titles it had. */
import { nodeId } from '../node-id.js';
import type { Edit, Item, Repository, TimelineEvent } from '../state.js';
import { connect, type PageArguments } from './connection.js';
import { accountView, type Context, time } from './context.js';

interface TimelineArguments extends PageArguments {
  readonly itemTypes?: readonly string[] | null;
}

/** Of all kinds of a timeline only renames; edits newest first, the last of them being the creation. */
export function historyOf(context: Context, repository: Repository, item: Item): object {
  const { world } = context;
  const showEdit = (edit: Edit) => ({
    __typename: 'UserContentEdit',
    id: nodeId('UCE', repository.id, edit.id),
    createdAt: time(edit.atMs),
    editedAt: time(edit.atMs),
    updatedAt: time(edit.atMs),
    deletedAt: null,
    editor: accountView(world, edit.editor),
    diff: edit.diff,
  });
  const showRename = (one: TimelineEvent) => {
    const { from, to } = one.more['rename'] as { from: string; to: string };
    return {
      __typename: 'RenamedTitleEvent',
      id: nodeId('EV', repository.id, one.item, one.id),
      actor: accountView(world, one.actor),
      createdAt: time(one.atMs),
      previousTitle: from,
      currentTitle: to,
    };
  };
  return {
    userContentEdits: (page: PageArguments) => connect([...item.edits].reverse(), page, showEdit),
    timelineItems: ({ itemTypes, ...page }: TimelineArguments) => {
      const isAsked = !itemTypes || itemTypes.includes('RENAMED_TITLE_EVENT');
      const renames = isAsked ? item.events.filter(({ event }) => event === 'renamed') : [];
      return connect(renames, page, showRename);
    },
  };
}
