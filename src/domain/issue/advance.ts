/** The life of an issue, from created to archived: each step by its own event and by nothing else. */

export const issueStages = [
  'created',
  'linked',
  'branched',
  'inReview',
  'merged',
  'closed',
  'archived',
] as const;

/**
 * `linked`: it has a branch that it knows as its own. `branched`: the branch holds work of its own. `inReview`: a pull
 * request is open. `merged`: that is merged. `closed`, `archived`: so is the issue, and its file is put away.
 */
export type IssueStage = (typeof issueStages)[number];

export interface IssueState {
  readonly stage: IssueStage;
  readonly branch: string | null;
  readonly pull: number | null;
  readonly mergeSha: string | null;
  /** Closed without a merge. */
  readonly isDropped: boolean;
  /** A pull request that somebody closed unmerged; no other is opened from the same commit. */
  readonly droppedHead: string | null;
  /** Where the file lies now; null without one. */
  readonly archivedAs: string | null;
}

export type IssueLifeEvent =
  | { readonly kind: 'branchLinked'; readonly branch: string }
  | { readonly kind: 'workBegun' }
  | { readonly kind: 'pullOpened'; readonly number: number }
  | { readonly kind: 'pullMerged'; readonly sha: string | null }
  | { readonly kind: 'issueClosed' }
  | { readonly kind: 'fileArchived'; readonly path: string | null }
  /** The pull request was closed and not merged. */
  | { readonly kind: 'pullDropped'; readonly headSha: string }
  /** The branch was deleted before it was merged. */
  | { readonly kind: 'branchLost' }
  /** The issue was closed before anything was merged. */
  | { readonly kind: 'issueDropped' }
  | { readonly kind: 'issueReopened' };

export type IssueLifeEventKind = IssueLifeEvent['kind'];

/** Every step there is: event → stage it comes in → stage it leads to. What is not here is refused. */
export const issueSteps: Readonly<
  Record<IssueLifeEventKind, Readonly<Partial<Record<IssueStage, IssueStage>>>>
> = {
  branchLinked: { created: 'linked' },
  workBegun: { linked: 'branched' },
  pullOpened: { branched: 'inReview' },
  pullMerged: { inReview: 'merged' },
  issueClosed: { merged: 'closed' },
  fileArchived: { closed: 'archived' },
  pullDropped: { inReview: 'branched' },
  branchLost: { linked: 'created', branched: 'created' },
  issueDropped: { created: 'closed', linked: 'closed', branched: 'closed', inReview: 'closed' },
  issueReopened: { closed: 'created' },
};

export const newIssue: IssueState = {
  stage: 'created',
  branch: null,
  pull: null,
  mergeSha: null,
  isDropped: false,
  droppedHead: null,
  archivedAs: null,
};

export type Advance =
  | { readonly kind: 'advanced'; readonly state: IssueState }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The state after an event, or why the event does not count now.
 * @example advanceIssue(newIssue, { kind: 'branchLinked', branch: 'feature/issue-7-x' }) // linked
 * @example advanceIssue(newIssue, { kind: 'pullMerged', sha: null })
 *   // refused: "pullMerged" leads on from inReview only; it is created
 */
export function advanceIssue(state: IssueState, event: IssueLifeEvent): Advance {
  const stage = issueSteps[event.kind][state.stage];
  if (stage === undefined) {
    const from = Object.keys(issueSteps[event.kind]).join(', ');
    const reason = `"${event.kind}" leads on from ${from} only; it is ${state.stage}`;
    return { kind: 'refused', reason };
  }
  return { kind: 'advanced', state: { ...state, ...factsOf(state, event), stage } };
}

function factsOf(state: IssueState, event: IssueLifeEvent): Partial<IssueState> {
  switch (event.kind) {
    case 'branchLinked':
      return { branch: event.branch };
    case 'workBegun':
    case 'issueClosed':
      return {};
    case 'pullOpened':
      return { pull: event.number, droppedHead: null };
    case 'pullMerged':
      return { mergeSha: event.sha };
    case 'fileArchived':
      return { archivedAs: event.path };
    case 'pullDropped':
      return { pull: null, droppedHead: event.headSha };
    case 'branchLost':
      return { branch: null, pull: null };
    case 'issueDropped':
      return { isDropped: true };
    case 'issueReopened':
      return { ...newIssue, droppedHead: state.droppedHead };
  }
}
