/** The host's side of a sync: issues and comments without what is only there to talk about the sync itself. */
import { conflictLabel } from '../../domain/issue-sync/hear.js';
import type { HostIssue, HostState, IssueComment } from '../../domain/issue-sync/shapes.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { SyncedIssues } from '../../ports/code-host/synced-issues.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';

/** In the comment that tells of a conflict; it is in no file. */
export const conflictMarker = (number: number): string => `issue-sync/conflict/${number}`;

/** Of one issue, that more is asked about than it is cheap to ask for each. */
const fewIssues = 8;
const mostShelves = 50;
const mostLooks = 10_000;

interface Shelf {
  readonly pass: string;
  readonly issues: Map<number, HostIssue>;
  readonly comments: Map<number, readonly IssueComment[]>;
  /** Of all issues together, as they were listed: a pass of many steps does so once. */
  listed: Listed | null;
}

interface Listed {
  readonly sinceMs: number | null;
  readonly byIssue: ReadonlyMap<number, readonly IssueComment[]>;
  /** Issues that changed since: what the list does not say of them is no sign that nothing was written. */
  readonly stale: Set<number>;
}

export interface HostSide {
  readonly issues: SyncedIssues;
  /** Changed at that time or after it; null: all there are. */
  changed(sinceMs: number | null): Promise<readonly HostIssue[]>;
  /** As they are now. */
  read(numbers: readonly number[]): Promise<ReadonlyMap<number, HostState>>;
  /** As {@link read}; what this pass has seen already counts where no text of it was written since. */
  readOnce(numbers: readonly number[]): Promise<ReadonlyMap<number, HostState>>;
  /** @param known of the base, by which the list of what changed may be made whole */
  comments(
    wanted: readonly HostIssue[],
    known: ReadonlyMap<number, readonly IssueComment[]>,
    sinceMs: number | null,
    isListed: boolean,
  ): Promise<ReadonlyMap<number, readonly IssueComment[]>>;
  /** What was just answered is what it is now. */
  keep(issue: HostIssue): HostIssue;
  forget(number: number): void;
  /** When the issue had changed last, as this worker read its comments last and found nothing new; 0: it never did. */
  lookedAtMs(number: number): number;
  noteLook(issue: HostIssue): void;
}

export type HostSides = (repository: RepositoryKey, pass: string) => HostSide;

/** One for a worker: what the steps of a pass read, they share where they run in one process. */
export function createHostSides(ports: ActivityPorts): HostSides {
  const shelves = new Map<string, Shelf>();
  const looks = new Map<string, Map<number, number>>();
  return (repository, pass) => {
    const key = repositoryPath(repository).toLowerCase();
    const known = shelves.get(key);
    const shelf: Shelf =
      known?.pass === pass ? known : { pass, issues: new Map(), comments: new Map(), listed: null };
    shelves.delete(key);
    shelves.set(key, shelf);
    const [oldest] = shelves.keys();
    if (shelves.size > mostShelves && oldest !== undefined) shelves.delete(oldest);
    const looked = looks.get(key) ?? new Map<number, number>();
    looks.delete(key);
    looks.set(key, looked);
    const [unused] = looks.keys();
    if (looks.size > mostShelves && unused !== undefined) looks.delete(unused);
    return hostSide(codeHostOf(ports).syncedIssues, repository, shelf, looked);
  };
}

function hostSide(
  issues: SyncedIssues,
  repository: RepositoryKey,
  shelf: Shelf,
  looked: Map<number, number>,
): HostSide {
  const keep = (issue: HostIssue): HostIssue => {
    const seen = withoutOurs(issue);
    shelf.issues.set(issue.number, seen);
    return seen;
  };
  const read = async (numbers: readonly number[]) => {
    const found = new Map<number, HostState>();
    if (numbers.length === 0) return found;
    for (const state of await issues.readIssues(repository, numbers)) {
      const known = shelf.issues.get(state.number);
      // Whatever changed since may have been a comment.
      if (state.kind !== 'issue' || known?.updatedAtMs !== state.updatedAtMs) {
        shelf.comments.delete(state.number);
        shelf.listed?.stale.add(state.number);
      }
      found.set(state.number, state.kind === 'issue' ? keep(state) : state);
    }
    return found;
  };
  return {
    issues,
    keep,
    read,
    lookedAtMs: (number) => looked.get(number) ?? 0,
    noteLook: ({ number, updatedAtMs }) => {
      looked.delete(number);
      looked.set(number, updatedAtMs);
      const [oldest] = looked.keys();
      if (looked.size > mostLooks && oldest !== undefined) looked.delete(oldest);
    },
    forget: (number) => {
      shelf.issues.delete(number);
      shelf.comments.delete(number);
      shelf.listed?.stale.add(number);
    },
    async changed(sinceMs) {
      const found: HostIssue[] = [];
      for await (const issue of issues.changedIssues(repository, sinceMs)) found.push(keep(issue));
      return found;
    },
    async readOnce(numbers) {
      const found = new Map<number, HostState>();
      for (const number of numbers) {
        const issue = shelf.issues.get(number);
        if (issue !== undefined) found.set(number, issue);
      }
      const rest = await read(numbers.filter((number) => !found.has(number)));
      return new Map([...found, ...rest]);
    },
    async comments(wanted, known, sinceMs, isListed) {
      const found = new Map<number, readonly IssueComment[]>();
      const asked = wanted.filter(({ number, commentCount }) => {
        const held = commentCount === 0 ? [] : shelf.comments.get(number);
        if (held !== undefined) found.set(number, held);
        return held === undefined;
      });
      const isMany = asked.length > (isListed ? 0 : fewIssues);
      const stale = asked.filter(({ number }) => shelf.listed?.stale.has(number));
      if (isMany && (shelf.listed?.sinceMs !== sinceMs || stale.length > fewIssues)) {
        const byIssue = await listComments(issues, repository, sinceMs);
        shelf.listed = { sinceMs, byIssue, stale: new Set() };
      }
      const listed = isMany ? shelf.listed : null;
      for (const { number, commentCount } of asked) {
        const news = listed?.byIssue.get(number) ?? [];
        const union = new Map(
          [...(known.get(number) ?? []), ...news].map((each) => [each.id, each]),
        );
        // Ours are counted by the host and not kept by us: one more or less is looked at, and never wrong.
        const isKnown = listed !== null && !listed.stale.has(number);
        const isWhole = isKnown && union.size === commentCount;
        const all = isWhole ? [...union.values()] : await issues.readComments(repository, number);
        const people = all.filter(isPeoples).sort((a, b) => a.id - b.id);
        shelf.comments.set(number, people);
        found.set(number, people);
      }
      return found;
    },
  };
}

async function listComments(
  issues: SyncedIssues,
  repository: RepositoryKey,
  sinceMs: number | null,
): Promise<Map<number, IssueComment[]>> {
  const byIssue = new Map<number, IssueComment[]>();
  for await (const { number, ...comment } of issues.changedComments(repository, sinceMs)) {
    const known = byIssue.get(number);
    if (known === undefined) byIssue.set(number, [comment]);
    else known.push(comment);
  }
  return byIssue;
}

function withoutOurs(issue: HostIssue): HostIssue {
  const { labels } = issue.fields;
  const kept = labels.filter((label) => label.toLowerCase() !== conflictLabel);
  if (kept.length === labels.length) return issue;
  return { ...issue, fields: { ...issue.fields, labels: kept } };
}

function isPeoples({ markers = [] }: IssueComment): boolean {
  return !markers.some((marker) => marker.includes('sluice:issue-sync/conflict/'));
}
