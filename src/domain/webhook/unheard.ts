/** Events that may have been missed, said anew from what the code host holds now. */
import type { RepositoryKey } from '../repository/names.js';
import type { Item, PullSummary } from '../repository/shapes.js';
import type { IssueEvent, PullEvent, PushEvent, TagEvent } from './event.js';

interface Sweep {
  readonly repository: RepositoryKey;
  /** Stands where a delivery's GUID does. */
  readonly delivery: string;
}

/** Who did it last nobody says; whoever hears it looks for himself. */
export function unheardIssue({ repository, delivery }: Sweep, item: Item): IssueEvent {
  const { number, nodeId, title, author, state, stateReason, labels, updatedAtMs } = item;
  return {
    ...({ kind: 'issue', repository, actor: null, atMs: updatedAtMs, delivery } as const),
    action: state === 'closed' ? 'closed' : 'other',
    ...{ number, nodeId, title, author, state, stateReason, labels, label: null },
    itemMarkers: item.body.match(/<!-- sluice:[^\n]{1,400}? -->/g)?.slice(0, 5) ?? [],
  };
}

export function unheardPull({ repository, delivery }: Sweep, pull: PullSummary): PullEvent {
  const { number, title, author, state, isMerged, isDraft, head, base, mergeSha, labels } = pull;
  return {
    ...({ kind: 'pull', repository, actor: null, atMs: pull.updatedAtMs, delivery } as const),
    action: state === 'closed' ? 'closed' : 'other',
    ...{ number, title, author, state, isMerged, isDraft, head, base, mergeSha, labels },
    ...{ label: null, previousBase: null },
  };
}

/** Refs as they were at the last sweep; null before the first, from which nothing is new. */
export type KnownRefs = Readonly<Record<string, string>> | null;

/** Tags that have come and branches that have moved since. */
export function unheardRefs(
  { repository, delivery }: Sweep,
  known: KnownRefs,
  now: Readonly<Record<string, string>>,
  nowMs: number,
  defaultBranch: string,
): readonly (TagEvent | PushEvent)[] {
  if (known === null) return [];
  return Object.entries(now).flatMap(([ref, after]): readonly (TagEvent | PushEvent)[] => {
    const before = Object.hasOwn(known, ref) ? (known[ref] ?? null) : null;
    if (before === after) return [];
    const told = { repository, actor: null, atMs: nowMs, delivery, before, after };
    const action = before === null ? 'created' : 'updated';
    if (ref.startsWith('refs/tags/')) {
      return [{ kind: 'tag', action, tag: ref.slice('refs/tags/'.length), ...told }];
    }
    const branch = ref.slice('refs/heads/'.length);
    const isDefaultBranch = branch === defaultBranch;
    return [{ kind: 'push', action, branch, isForced: false, isDefaultBranch, ...told }];
  });
}
