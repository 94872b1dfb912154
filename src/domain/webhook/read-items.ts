/** Issues, comments, labels and milestones, as webhooks tell of them. */
import { digestFields } from '../issue-sync/digest.js';
import { conflictLabel } from '../issue-sync/hear.js';
import {
  type CommentEvent,
  type IssueAction,
  type IssueEvent,
  type LabelEvent,
  longestBody,
  type MilestoneEvent,
} from './event.js';
import { actorAt, at, idAt, latest, markersAt, namesAt, oneOf, textAt, timeAt } from './fields.js';
import type { Reading } from './reading.js';

const issueActions: readonly IssueAction[] = [
  ...(['opened', 'edited', 'labeled', 'unlabeled', 'assigned', 'unassigned'] as const),
  ...(['milestoned', 'demilestoned', 'closed', 'reopened', 'deleted', 'transferred'] as const),
];

export function readIssue(payload: unknown): Reading<IssueEvent> {
  const issue = at(payload, 'issue');
  const number = idAt(issue, 'number');
  if (number === null) return null;
  return {
    kind: 'issue',
    action: oneOf(issueActions, textAt(payload, 'action')) ?? 'other',
    number,
    nodeId: textAt(issue, 'node_id') ?? '',
    title: textAt(issue, 'title') ?? '',
    author: actorAt(issue, 'user'),
    state: textAt(issue, 'state') === 'closed' ? 'closed' : 'open',
    stateReason: textAt(issue, 'state_reason'),
    labels: namesAt(issue, 'name', 'labels'),
    label: textAt(payload, 'label', 'name'),
    itemMarkers: markersAt(issue, 'body'),
    ...fieldsDigestOf(payload, issue),
    atMs: timeAt(issue, 'updated_at'),
  };
}

/** Of what is gone nothing is told by what it was. */
function fieldsDigestOf(payload: unknown, issue: unknown): Pick<IssueEvent, 'fieldsDigest'> {
  const action = textAt(payload, 'action');
  if (action === 'deleted' || action === 'transferred') return {};
  const reason = textAt(issue, 'state_reason');
  const isKnown = reason === 'completed' || reason === 'not_planned' || reason === 'duplicate';
  const fieldsDigest = digestFields({
    title: textAt(issue, 'title') ?? '',
    body: textAt(issue, 'body') ?? '',
    state: textAt(issue, 'state') === 'closed' ? 'closed' : 'open',
    reason: isKnown ? reason : null,
    labels: namesAt(issue, 'name', 'labels').filter((name) => name.toLowerCase() !== conflictLabel),
    assignees: namesAt(issue, 'login', 'assignees'),
    milestone: textAt(issue, 'milestone', 'title'),
  });
  return { fieldsDigest };
}

const changes = ['created', 'edited', 'deleted'] as const;

export function readComment(payload: unknown): Reading<CommentEvent> {
  const number = idAt(payload, 'issue', 'number');
  const commentId = idAt(payload, 'comment', 'id');
  const action = oneOf(changes, textAt(payload, 'action'));
  if (number === null || commentId === null || action === null) return null;
  const saidAtMs = timeAt(payload, 'comment', 'updated_at');
  return {
    kind: 'comment',
    action,
    number,
    isPull: at(payload, 'issue', 'pull_request') !== undefined,
    commentId,
    author: actorAt(payload, 'comment', 'user'),
    body: shortened(payload),
    itemMarkers: markersAt(payload, 'issue', 'body'),
    // A deleted one keeps its own time.
    atMs:
      action === 'deleted' ? latest(saidAtMs, timeAt(payload, 'issue', 'updated_at')) : saidAtMs,
  };
}

/** A marker stands at the end, where a long body is cut. */
function shortened(payload: unknown): string {
  const start = (textAt(payload, 'comment', 'body') ?? '').slice(0, longestBody);
  const cut = markersAt(payload, 'comment', 'body').filter((marker) => !start.includes(marker));
  return [start, ...cut].join('\n');
}

export function readLabel(payload: unknown): Reading<LabelEvent> {
  const name = textAt(payload, 'label', 'name');
  const action = oneOf(changes, textAt(payload, 'action'));
  if (name === null || action === null) return null;
  const previousName = textAt(payload, 'changes', 'name', 'from');
  return { kind: 'label', action, name, previousName, atMs: null };
}

const milestoneActions = [...changes, 'opened', 'closed'] as const;

export function readMilestone(payload: unknown): Reading<MilestoneEvent> {
  const number = idAt(payload, 'milestone', 'number');
  const action = oneOf(milestoneActions, textAt(payload, 'action'));
  if (number === null || action === null) return null;
  return {
    kind: 'milestone',
    action,
    number,
    title: textAt(payload, 'milestone', 'title') ?? '',
    atMs: timeAt(payload, 'milestone', 'updated_at'),
  };
}
