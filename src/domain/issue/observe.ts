/** What the code host shows of an issue, and the event that follows from it: events come from what is, not from what was told. */
import type { Item } from '../repository/shapes.js';
import type { IssueLifeEvent, IssueState } from './advance.js';

export interface SeenPull {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly isMerged: boolean;
  readonly mergeSha: string | null;
  readonly headSha: string;
  readonly body: string;
}

export interface SeenIssue {
  /** Null: deleted, moved or hidden. */
  readonly issue:
    | (Pick<Item, 'number' | 'nodeId' | 'title' | 'url' | 'state' | 'labels' | 'assignees'> & {
        /** Required headings with nothing under them; looks of former days lack it. */
        readonly lacks?: readonly string[];
      })
    | null;
  /** Made by Sluice itself, or a pull request: not followed. */
  readonly isForeign: boolean;
  /** Opened again after its pull request was merged; that one, and the branch as it was then, do not count any more. */
  readonly isReopened: boolean;
  /** `hasWork`: it holds commits that its base does not. */
  readonly branch: {
    readonly name: string;
    readonly sha: string;
    readonly hasWork: boolean;
  } | null;
  /** The newest one from that branch. */
  readonly pull: SeenPull | null;
  /** Path of the issue's file while it is not in the archive. */
  readonly file: string | null;
}

/** The next event that the world shows, or null when it stands as the state says. Called until null. */
export function nextEvent(state: IssueState, seen: SeenIssue): IssueLifeEvent | null {
  const { branch, pull, issue } = seen;
  const isOpen = issue?.state === 'open';
  switch (state.stage) {
    case 'created':
      if (pull?.isMerged || (isOpen && branch)) {
        return { kind: 'branchLinked', branch: branch?.name ?? `#${pull?.number}` };
      }
      return isOpen ? null : { kind: 'issueDropped' };
    case 'linked':
      if (pull?.isMerged || (isOpen && (branch?.hasWork || pull?.state === 'open'))) {
        return { kind: 'workBegun' };
      }
      if (!isOpen) return { kind: 'issueDropped' };
      return branch ? null : { kind: 'branchLost' };
    case 'branched':
      if (pull && (pull.isMerged || (isOpen && pull.state === 'open'))) {
        return { kind: 'pullOpened', number: pull.number };
      }
      if (!isOpen) return { kind: 'issueDropped' };
      return branch ? null : { kind: 'branchLost' };
    case 'inReview':
      if (pull?.isMerged) return { kind: 'pullMerged', sha: pull.mergeSha };
      if (!isOpen) return { kind: 'issueDropped' };
      return pull?.state === 'open'
        ? null
        : { kind: 'pullDropped', headSha: pull?.headSha ?? branch?.sha ?? '' };
    case 'merged':
      return isOpen ? null : { kind: 'issueClosed' };
    case 'closed':
      return isOpen ? { kind: 'issueReopened' } : null;
    case 'archived':
      return null;
  }
}

/** What the code host tells of one thing lags behind what it tells of another: to miss something once proves nothing. */
export function needsSecondLook(event: IssueLifeEvent, seen: SeenIssue): boolean {
  if (event.kind === 'branchLost' || event.kind === 'issueReopened') return true;
  if (event.kind === 'pullDropped') return seen.pull === null;
  return event.kind === 'issueDropped' && seen.issue === null;
}
