/** What an event of the repository means for one branch on its way to the archive. */
import type {
  CommentEvent,
  IssueEvent,
  PullEvent,
  PushEvent,
  RepositoryEvent,
} from '../webhook/event.js';
import type { HeardActivity } from './facts.js';

export interface Listener {
  readonly branch: string;
  /** Its cleanup issue. */
  readonly issue: number | null;
  readonly keepLabel: string;
  /** Open pull requests keep it. */
  readonly pullsKeep: boolean;
}

export interface Heard {
  /** It is about this branch: look again. */
  readonly concerns: boolean;
  /** Counts as activity though reads may lag behind. */
  readonly activity: HeardActivity | null;
}

const nothing: Heard = { concerns: false, activity: null };
const lookAgain: Heard = { concerns: true, activity: null };

/** Bots' and our own comments say nothing; ours carry a marker. */
export function hearEvent(listener: Listener, event: RepositoryEvent): Heard {
  if (event.kind === 'push') return hearPush(listener, event);
  if (event.kind === 'pull') return hearPull(listener, event);
  if (event.kind === 'comment') return hearComment(listener, event);
  if (event.kind === 'issue') return hearIssue(listener, event);
  return event.kind === 'protection' ? lookAgain : nothing;
}

function hearPush({ branch }: Listener, event: PushEvent): Heard {
  if (event.branch !== branch) return nothing;
  return event.action === 'deleted' ? lookAgain : said(event.atMs, 'it was pushed to');
}

function hearPull({ branch, pullsKeep }: Listener, event: PullEvent): Heard {
  const { head, base, action, repository, number, atMs } = event;
  const isFrom = head.ref === branch && isSame(head.repository, repository);
  if (!isFrom && base.ref !== branch) return nothing;
  const isOpened = action === 'opened' || action === 'reopened';
  if (!isOpened || !pullsKeep) return lookAgain;
  return said(atMs, `pull request #${number} was ${action}`);
}

function hearComment({ issue }: Listener, event: CommentEvent): Heard {
  if (event.isPull || event.number !== issue) return nothing;
  const by = event.actor ?? event.author;
  const isOurs = event.body.includes('<!-- sluice:');
  if (by?.kind !== 'person' || isOurs || event.action === 'deleted') return nothing;
  return said(event.atMs, `${by.login} commented on its cleanup issue`);
}

function hearIssue({ issue, keepLabel }: Listener, event: IssueEvent): Heard {
  if (event.number !== issue) return nothing;
  const { action, label, atMs } = event;
  const isKept = action === 'labeled' && label?.toLowerCase() === keepLabel.toLowerCase();
  return isKept ? said(atMs, `its cleanup issue was labelled ${keepLabel}`) : lookAgain;
}

function said(atMs: number, reason: string): Heard {
  return { concerns: true, activity: { atMs, reason } };
}

type Named = { readonly owner: string; readonly name: string };

function isSame(one: Named | null, other: Named): boolean {
  const fold = ({ owner, name }: Named): string => `${owner}/${name}`.toLowerCase();
  return one !== null && fold(one) === fold(other);
}
