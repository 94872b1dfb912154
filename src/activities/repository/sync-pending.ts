/** Changes of files where nobody may push: one branch and one pull request that holds all of them until it is merged. */
import { Failure } from '../../domain/failures.js';
import { pendingBranch } from '../../domain/issue-sync/hear.js';
import type { FileChange } from '../../domain/issue-sync/issue-plan.js';
import type { SyncWait } from '../../domain/issue-sync/pass.js';
import { whilePending } from '../../domain/issue-sync/pending.js';
import { isSameRecord, type PassState } from '../../domain/issue-sync/record.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { BaseRecord } from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf, issueTreeOf } from '../ports.js';
import type { Decided } from './sync-decide.js';

interface Place {
  readonly repository: RepositoryKey;
  readonly policy: SyncPolicy;
  readonly branch: string;
}

export const pendingRef = `refs/heads/${pendingBranch}`;

/** Where the branch is that holds them; null: there is none. */
async function pendingTip(
  ports: ActivityPorts,
  { repository, policy }: Place,
): Promise<string | null> {
  try {
    return (await issueTreeOf(ports, policy.mode).readHeads(repository, pendingBranch)).head;
  } catch (error) {
    if (error instanceof Failure && error.code === 'NotFound') return null;
    throw error;
  }
}

/** What is to be done about that branch. */
export type PendingAct =
  /** Nothing waits, and there is none. */
  | { readonly kind: 'none' }
  /** @param parent where the files are put on; another than `tip` takes its place */
  | { readonly kind: 'write'; readonly tip: string | null; readonly parent: string }
  /** It holds exactly what waits. @param pull null: nobody was asked to merge it yet */
  | {
      readonly kind: 'keep';
      readonly tip: string;
      readonly pull: number | null;
      readonly isClosed: boolean;
    }
  /** What it holds is not wanted any more. */
  | { readonly kind: 'drop'; readonly tip: string }
  /** Somebody else's commits are on it, and nowhere else. */
  | { readonly kind: 'held'; readonly pull: number | null };

interface Waiting {
  readonly head: string;
  readonly state: PassState | null;
  /** Of the files that wait; all of them where it `isWhole`. */
  readonly writes: readonly FileChange[];
  readonly isWhole: boolean;
  /** One of them was renamed since: see {@link isElsewhere}. */
  readonly isMoved: boolean;
  /** Tip that an earlier part of this pass has put its files on; null: this is the first. */
  readonly onto: string | null;
}

export async function planPending(
  ports: ActivityPorts,
  place: Place,
  { head, state, writes, isWhole, isMoved, onto }: Waiting,
): Promise<PendingAct> {
  const known = state?.waiting ?? null;
  if (writes.length === 0 && (known === null || !isWhole)) return { kind: 'none' };
  if (onto !== null) return { kind: 'write', tip: onto, parent: onto };
  const tip = await pendingTip(ports, place);
  if (tip === null) return writes.length === 0 ? { kind: 'none' } : write(null, head);
  const { pulls } = codeHostOf(ports);
  const query = { head: pendingBranch, base: place.branch };
  const [open] = await pulls.listPulls(place.repository, { ...query, state: 'open' });
  const closed =
    open === undefined
      ? await pulls.listPulls(place.repository, { ...query, state: 'closed' })
      : [];
  const last = closed.findLast((pull) => pull.head.sha === tip);
  if (known?.tip !== tip) {
    const isMerged = last?.isMerged === true || (await isIn(ports, place, tip, head));
    if (!isMerged) return { kind: 'held', pull: open?.number ?? last?.number ?? null };
  } else if (
    writes.length > 0 &&
    isWhole &&
    !isMoved &&
    (await isExact(ports, place, known, writes, head))
  ) {
    // Merged, and not there any more: whoever put the branch back, or took it back, is asked again.
    const closedPull = last?.isMerged === true ? null : (last?.number ?? null);
    const isClosed = open === undefined && closedPull !== null;
    return { kind: 'keep', tip, pull: open?.number ?? closedPull, isClosed };
  }
  return writes.length === 0 ? { kind: 'drop', tip } : write(tip, head);
}

/** Of a branch that was left behind when files began to be pushed: it goes, unless somebody else's commits are on it. */
export async function planLeft(
  ports: ActivityPorts,
  place: Place,
  head: string,
  state: PassState | null,
): Promise<PendingAct> {
  if ((state?.waiting ?? null) === null) return { kind: 'none' };
  const nothing = { writes: [], isWhole: true, isMoved: false, onto: null };
  return planPending(ports, place, { head, state, ...nothing });
}

function write(tip: string | null, parent: string): PendingAct {
  return { kind: 'write', tip, parent };
}

function isIn(ports: ActivityPorts, { repository, policy }: Place, tip: string, head: string) {
  return issueTreeOf(ports, policy.mode).isAncestor(repository, tip, head);
}

/** Whether it holds these files as they are to be, and no others. @param now the head of the branch they go to */
async function isExact(
  ports: ActivityPorts,
  { repository, policy }: Place,
  { head, tip }: NonNullable<PassState['waiting']>,
  writes: readonly FileChange[],
  now: string,
): Promise<boolean> {
  const tree = issueTreeOf(ports, policy.mode);
  const wanted = new Map(writes.map(({ path, text }) => [path, text]));
  const folders = policy.archive === false ? [policy.folder] : [policy.folder, policy.archive];
  for (const folder of folders) {
    for (const { path, previousPath } of await tree.changedFiles(repository, head, tip, folder)) {
      if (!wanted.has(path) || (previousPath !== null && !wanted.has(previousPath))) return false;
    }
    if (head === now) continue;
    // Beside what was written since, they could not be merged.
    for (const { path, previousPath } of await tree.changedFiles(repository, head, now, folder)) {
      if (wanted.has(path) || (previousPath !== null && wanted.has(previousPath))) return false;
    }
  }
  const texts = await tree.readFiles(repository, tip, [...wanted.keys()]);
  return writes.every(({ path, text }) => (texts.get(path) ?? null) === text);
}

/** Somebody renamed the file that waits: the branch takes away what is not there any more, and nobody could merge it. */
export function isElsewhere({ plan, stored, item }: Decided): boolean {
  const known = stored?.path ?? null;
  return plan.files.length > 0 && known !== null && known !== item.path;
}

/** What is noted of an issue while its file waits; null: that is noted already. */
export function recordWhilePending({ plan, input, stored }: Decided): BaseRecord | 'remove' | null {
  const { record, files } = plan;
  if (record === 'remove') return record;
  if (files.length === 0 || record === null) return record;
  const pended = whilePending(record, input.file?.file ?? null, stored);
  return stored !== null && isSameRecord(stored, pended) ? null : pended;
}

/** Whether nothing has to be done for the branch to show what waits. */
export function isShown(act: PendingAct): boolean {
  return act.kind === 'none' || act.kind === 'held' || (act.kind === 'keep' && act.pull !== null);
}

/** The pull request that asks for them to be merged; a text: why there is none. */
export async function openPending(
  ports: ActivityPorts,
  { repository, branch }: Place,
  numbers: readonly number[],
): Promise<number | string> {
  const named = numbers.slice(0, 20).map((number) => `#${number}`);
  const more = numbers.length > named.length ? ', …' : '';
  try {
    const pull = await codeHostOf(ports).pulls.createPull(
      repository,
      {
        ...{ title: 'Sync files of issues', head: pendingBranch, base: branch, isDraft: false },
        body: `Files of ${named.join(', ')}${more} as the issues are now. It is kept up to date until it is merged.`,
      },
      { marker: 'issue-sync/files', retriedSinceMs: null },
    );
    return pull.number;
  } catch (error) {
    if (!(error instanceof Failure) || !isNo.has(error.code)) throw error;
    return `no pull request could be opened for it: ${error.message}`;
  }
}

const isNo: ReadonlySet<string> = new Set(['InvalidInput', 'PolicyDenied', 'Forbidden']);

/** @param pull null: it is not known yet; a text: why there is none */
export function pendingWait(
  { plan, item }: Decided,
  act: PendingAct,
  pull: number | string | null = null,
): readonly SyncWait[] {
  if (plan.files.length === 0) return [];
  const told = act.kind === 'keep' || act.kind === 'held' ? act.pull : null;
  const number = typeof pull === 'number' ? pull : told;
  const reason = whyPending(act, number, typeof pull === 'string' ? pull : null);
  const { path } = item;
  return [{ kind: 'pending', number: plan.number, path, field: null, pull: number, reason }];
}

function whyPending(act: PendingAct, pull: number | null, trouble: string | null): string {
  const usual = `its file waits to be merged from ${pendingBranch}`;
  if (trouble !== null) return `${usual}; ${trouble}`;
  if (act.kind === 'held') {
    const merge = pull === null ? 'merge it' : `merge #${pull}`;
    return `its file waits, because somebody pushed to ${pendingBranch}: ${merge}, or delete the branch`;
  }
  return act.kind === 'keep' && act.isClosed
    ? `${usual}; its pull request was closed without being merged: open it again`
    : usual;
}
