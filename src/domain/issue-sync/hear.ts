/** What an event of the repository says to the sync: which issues to look at, or that more than those may be another. */
import type { RepositoryEvent } from '../webhook/event.js';

/** Head branch of the pull request that asks about an issue. @example conflictBranch(12) === 'sync/conflict-12' */
export function conflictBranch(number: number): string {
  return `sync/conflict-${number}`;
}

/** On issues with a conflict; it is in no file. */
export const conflictLabel = 'sync:conflict';

/** Head branch of the pull request that holds changes of files where nobody may push. */
export const pendingBranch = 'sync/files';

/** Inverse of {@link conflictBranch}; null for any other branch. */
export function issueOfConflict(branch: string): number | null {
  const number = /^sync\/conflict-(\d{1,10})$/.exec(branch)?.[1];
  return number === undefined ? null : Number(number);
}

/** What is known of one issue from an event that tells the whole of it. */
export interface HeardIssue {
  readonly number: number;
  /** Of all its fields, as `digestFields`; null where the event does not tell them. */
  readonly digest: string | null;
  /** Who did it; null where nobody says. */
  readonly actor: string | null;
  readonly delivery: string | null;
  /** Of its comments, too, something is another. */
  readonly isComment: boolean;
}

export type HeardSync =
  | { readonly kind: 'issue'; readonly issue: HeardIssue }
  /** Branches or their pull requests moved. */
  | { readonly kind: 'files' }
  /** What many issues carry is another now. */
  | { readonly kind: 'everything' }
  | { readonly kind: 'nothing' };

const nothing: HeardSync = { kind: 'nothing' };

/** @param branch the tracked one; null while it is not known */
export function hearForSync(event: RepositoryEvent, branch: string | null): HeardSync {
  const actor = event.actor?.login ?? null;
  const { delivery } = event;
  switch (event.kind) {
    case 'issue': {
      const { number, fieldsDigest: digest = null } = event;
      return { kind: 'issue', issue: { number, digest, actor, delivery, isComment: false } };
    }
    case 'comment': {
      if (event.isPull) return nothing;
      const issue = { number: event.number, digest: null, actor, delivery, isComment: true };
      return { kind: 'issue', issue };
    }
    case 'push': {
      const isOurs = event.branch === (branch ?? event.branch) || event.isDefaultBranch;
      return isOurs || isOfSync(event.branch) ? { kind: 'files' } : nothing;
    }
    case 'pull':
      return isOfSync(event.head.ref) ? { kind: 'files' } : nothing;
    case 'label': {
      const isRenamed = event.previousName !== null && event.previousName !== event.name;
      return event.action === 'deleted' || isRenamed ? { kind: 'everything' } : nothing;
    }
    case 'milestone':
      return event.action === 'edited' || event.action === 'deleted'
        ? { kind: 'everything' }
        : nothing;
    case 'tag':
    case 'review':
    case 'check':
    case 'deploymentProtection':
    case 'deploymentReview':
    case 'deployment':
    case 'release':
    case 'mergeGroup':
    case 'repository':
    case 'protection':
    case 'dispatch':
      return nothing;
  }
}

function isOfSync(branch: string): boolean {
  return branch === pendingBranch || issueOfConflict(branch) !== null;
}
