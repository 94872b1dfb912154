/** Pull requests and their reviews, as webhooks tell of them. */
import type { PullAction, PullEvent, ReviewEvent } from './event.js';
import {
  actorAt,
  at,
  flagAt,
  idAt,
  latest,
  namesAt,
  oneOf,
  repositoryAt,
  shaAt,
  textAt,
  timeAt,
} from './fields.js';
import type { Reading } from './reading.js';

const pullActions: readonly PullAction[] = [
  ...(['opened', 'edited', 'synchronize', 'labeled', 'unlabeled', 'assigned'] as const),
  ...(['unassigned', 'milestoned', 'demilestoned', 'reviewRequested'] as const),
  ...(['reviewRequestRemoved', 'readyForReview', 'convertedToDraft', 'autoMergeEnabled'] as const),
  ...(['autoMergeDisabled', 'enqueued', 'dequeued', 'closed', 'reopened'] as const),
];

export function readPull(payload: unknown): Reading<PullEvent> {
  const pull = at(payload, 'pull_request');
  const number = idAt(pull, 'number');
  const headRef = textAt(pull, 'head', 'ref');
  const headSha = shaAt(pull, 'head', 'sha');
  const baseRef = textAt(pull, 'base', 'ref');
  const baseSha = shaAt(pull, 'base', 'sha');
  if (number === null || headRef === null || headSha === null) return null;
  if (baseRef === null || baseSha === null) return null;
  const isMerged = flagAt(pull, 'merged') || timeAt(pull, 'merged_at') !== null;
  return {
    kind: 'pull',
    action: oneOf(pullActions, textAt(payload, 'action')) ?? 'other',
    number,
    title: textAt(pull, 'title') ?? '',
    author: actorAt(pull, 'user'),
    state: textAt(pull, 'state') === 'closed' ? 'closed' : 'open',
    isMerged,
    isDraft: flagAt(pull, 'draft'),
    head: { ref: headRef, sha: headSha, repository: repositoryAt(pull, 'head', 'repo') },
    base: { ref: baseRef, sha: baseSha },
    // Before the merge it is the one of a trial.
    mergeSha: isMerged ? shaAt(pull, 'merge_commit_sha') : null,
    labels: namesAt(pull, 'name', 'labels'),
    label: textAt(payload, 'label', 'name'),
    previousBase: textAt(payload, 'changes', 'base', 'ref', 'from'),
    atMs: timeAt(pull, 'updated_at'),
  };
}

const reviewStates = ['approved', 'changes_requested', 'commented', 'dismissed'] as const;

export function readReview(payload: unknown): Reading<ReviewEvent> {
  const number = idAt(payload, 'pull_request', 'number');
  const action = oneOf(['submitted', 'edited', 'dismissed'] as const, textAt(payload, 'action'));
  if (number === null || action === null) return null;
  const said = textAt(payload, 'review', 'state')?.toLowerCase();
  return {
    kind: 'review',
    action,
    number,
    base: baseOf(payload),
    author: actorAt(payload, 'review', 'user'),
    state: reviewStates.find((state) => state === said) ?? null,
    sha: shaAt(payload, 'review', 'commit_id'),
    // A review keeps the time when it was submitted, whatever becomes of it.
    atMs: latest(
      timeAt(payload, 'review', 'submitted_at'),
      action === 'submitted' ? null : timeAt(payload, 'pull_request', 'updated_at'),
    ),
  };
}

export function readReviewComment(payload: unknown): Reading<ReviewEvent> {
  const number = idAt(payload, 'pull_request', 'number');
  if (number === null || textAt(payload, 'action') === 'deleted') return null;
  return {
    ...commented(number, payload),
    action: 'commented',
    author: actorAt(payload, 'comment', 'user'),
    atMs: timeAt(payload, 'comment', 'updated_at'),
  };
}

export function readReviewThread(payload: unknown): Reading<ReviewEvent> {
  const number = idAt(payload, 'pull_request', 'number');
  const action = oneOf(['resolved', 'unresolved'] as const, textAt(payload, 'action'));
  if (number === null || action === null) return null;
  return {
    ...commented(number, payload),
    action,
    author: actorAt(payload, 'sender'),
    atMs: timeAt(payload, 'pull_request', 'updated_at'),
  };
}

function commented(number: number, payload: unknown) {
  const sha = shaAt(payload, 'comment', 'commit_id');
  return { kind: 'review', number, base: baseOf(payload), state: null, sha } as const;
}

function baseOf(payload: unknown): string | null {
  return textAt(payload, 'pull_request', 'base', 'ref');
}
