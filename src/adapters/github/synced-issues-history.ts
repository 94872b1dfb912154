/** What an issue remembers of itself, out of GitHub's answers: edits of its body, and values that took the place of others. */
import type { BodyEdit, IssueHistory, ValueChange } from '../../domain/issue-sync/shapes.js';
import { toMs } from './item-shape.js';
import {
  type EditAnswer,
  type HistoryAnswer,
  loginOf,
  type Nodes,
  present,
  reasonOf,
} from './synced-issues-shape.js';

export const noHistory: IssueHistory = { bodies: [], titles: [], milestones: [], states: [] };

export function toHistory(answer: HistoryAnswer | null): IssueHistory {
  const titles: ValueChange<string>[] = [];
  const milestones: ValueChange<string | null>[] = [];
  const states: IssueHistory['states'][number][] = [];
  for (const event of present(answer?.timelineItems)) {
    const actor = event.actor === null ? null : loginOf(event.actor);
    const by = { actor, atMs: toMs(event.createdAt) };
    if (event.__typename === 'RenamedTitleEvent') {
      titles.push({ ...by, from: event.previousTitle, to: event.currentTitle });
    } else if (event.__typename === 'ClosedEvent' || event.__typename === 'ReopenedEvent') {
      const isClosed = event.__typename === 'ClosedEvent';
      const to = isClosed
        ? ({ state: 'closed', reason: reasonOf(event.stateReason) } as const)
        : ({ state: 'open', reason: null } as const);
      const opposite = { state: isClosed ? 'open' : 'closed', reason: null } as const;
      states.push({ ...by, from: states.at(-1)?.to ?? opposite, to });
    } else {
      const isOn = event.__typename === 'MilestonedEvent';
      addMilestone(milestones, { ...by, title: event.milestoneTitle, isOn });
    }
  }
  return { bodies: toEdits(answer?.userContentEdits), titles, milestones, states };
}

/** One milestone for another is two events of one second, in whichever order. */
function addMilestone(
  changes: ValueChange<string | null>[],
  event: {
    readonly actor: string | null;
    readonly atMs: number;
    readonly title: string;
    readonly isOn: boolean;
  },
): void {
  const { actor, atMs, title, isOn } = event;
  const last = changes.at(-1);
  const isOfLast = last !== undefined && last.actor === actor && last.atMs === atMs;
  if (isOfLast && isOn && last.to === null) {
    changes.splice(-1, 1, { ...last, to: title });
  } else if (isOfLast && !isOn && last.from === null && last.to !== title) {
    changes.splice(-1, 1, { ...last, from: title });
  } else {
    changes.push({ actor, atMs, from: isOn ? null : title, to: isOn ? title : null });
  }
}

/** Newest last, however they come; what has the same second keeps GitHub's order. */
function toEdits(edits: Nodes<EditAnswer> | null | undefined): readonly BodyEdit[] {
  return [...present(edits)].reverse().map((edit) => ({
    editor: edit.editor === null ? null : loginOf(edit.editor),
    atMs: toMs(edit.editedAt),
    text: edit.deletedAt === null ? edit.diff : null,
  }));
}
