/** What an issue or a pull request remembers of itself: edits of its body with whole texts, titles it had. */
import { nodeId } from '../node-id.js';
import type { Edit, Item, Repository, TimelineEvent } from '../state.js';
import { connect, type PageArguments } from './connection.js';
import { accountView, type Context, time } from './context.js';

interface TimelineArguments extends PageArguments {
  readonly itemTypes?: readonly string[] | null;
}

const kinds: Readonly<Record<string, { readonly type: string; readonly asked: string }>> = {
  renamed: { type: 'RenamedTitleEvent', asked: 'RENAMED_TITLE_EVENT' },
  milestoned: { type: 'MilestonedEvent', asked: 'MILESTONED_EVENT' },
  demilestoned: { type: 'DemilestonedEvent', asked: 'DEMILESTONED_EVENT' },
  closed: { type: 'ClosedEvent', asked: 'CLOSED_EVENT' },
  reopened: { type: 'ReopenedEvent', asked: 'REOPENED_EVENT' },
};

/** Of a timeline titles, milestones and states; edits newest first, the last of them being the creation. */
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
  const showEvent = ({ more, ...one }: TimelineEvent) => {
    const { from, to } = (more['rename'] ?? {}) as { readonly from?: string; readonly to?: string };
    const { title } = (more['milestone'] ?? {}) as { readonly title?: string };
    const reason = more['state_reason'];
    return {
      __typename: kinds[one.event]?.type,
      id: nodeId('EV', repository.id, one.item, one.id),
      actor: accountView(world, one.actor),
      createdAt: time(one.atMs),
      ...{ previousTitle: from, currentTitle: to, milestoneTitle: title },
      stateReason: typeof reason === 'string' ? reason.toUpperCase() : null,
    };
  };
  return {
    userContentEdits: (page: PageArguments) => connect([...item.edits].reverse(), page, showEdit),
    timelineItems: ({ itemTypes, ...page }: TimelineArguments) => {
      const events = item.events.filter(({ event }) => {
        const kind = kinds[event];
        return kind !== undefined && (!itemTypes || itemTypes.includes(kind.asked));
      });
      return connect(events, page, showEvent);
    },
  };
}
