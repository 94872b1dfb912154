/** What an event of the repository means for one branch on its way to the archive. */
import type { RepositoryEvent } from '../webhook/event.js';
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
  switch (event.kind) {
    case 'push': {
      if (event.branch !== listener.branch) return nothing;
      if (event.action === 'deleted') return lookAgain;
      return said(event.atMs, 'it was pushed to');
    }
    case 'pull': {
      const { head, base } = event;
      const isFrom = head.ref === listener.branch && isSame(head.repository, event.repository);
      if (!isFrom && base.ref !== listener.branch) return nothing;
      const isOpened = event.action === 'opened' || event.action === 'reopened';
      if (!isOpened || !listener.pullsKeep) return lookAgain;
      return said(event.atMs, `pull request #${event.number} was ${event.action}`);
    }
    case 'comment': {
      if (event.isPull || event.number !== listener.issue) return nothing;
      const by = event.actor ?? event.author;
      const isOurs = event.body.includes('<!-- sluice:');
      if (by?.kind !== 'person' || isOurs || event.action === 'deleted') return nothing;
      return said(event.atMs, `${by.login} commented on its cleanup issue`);
    }
    case 'issue': {
      if (event.number !== listener.issue) return nothing;
      const isKept =
        event.action === 'labeled' &&
        event.label?.toLowerCase() === listener.keepLabel.toLowerCase();
      if (!isKept) return lookAgain;
      return said(event.atMs, `its cleanup issue was labelled ${listener.keepLabel}`);
    }
    case 'protection':
      return lookAgain;
    default:
      return nothing;
  }
}

function said(atMs: number, reason: string): Heard {
  return { concerns: true, activity: { atMs, reason } };
}

type Named = { readonly owner: string; readonly name: string };

function isSame(one: Named | null, other: Named): boolean {
  const fold = ({ owner, name }: Named): string => `${owner}/${name}`.toLowerCase();
  return one !== null && fold(one) === fold(other);
}
