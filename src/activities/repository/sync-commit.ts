/** The repository's part of a pass: files and base move by one push, and with them what is asked of people. */
import { activityInfo } from '@temporalio/activity';
import { printAudit } from '../../domain/issue-sync/audit.js';
import { pendingBranch } from '../../domain/issue-sync/hear.js';
import type { FileChange } from '../../domain/issue-sync/issue-plan.js';
import type { SyncCommitted, SyncWait } from '../../domain/issue-sync/pass.js';
import {
  isSameRecord,
  type PassState,
  printRecord,
  recordPath,
  statePath,
} from '../../domain/issue-sync/record.js';
import type { FieldName } from '../../domain/issue-sync/shapes.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { baseRef, commitMark, type FileWrite, type TreeCommit } from '../../ports/issue-tree.js';
import { type ActivityPorts, issueTreeOf } from '../ports.js';
import { recordAct } from '../record.js';
import { backUp } from './sync-backup.js';
import { type Asked, tendConflicts } from './sync-conflict.js';
import type { Decided } from './sync-decide.js';
import type { HostSides } from './sync-host.js';
import {
  isElsewhere,
  openPending,
  type PendingAct,
  pendingRef,
  pendingWait,
  planLeft,
  planPending,
  recordWhilePending,
} from './sync-pending.js';
import {
  authorOf,
  type CommitSyncInput,
  entryOf,
  messageOf,
  runOf,
  type Settled,
} from './sync-commit-words.js';
import { beginStep } from './sync-step.js';

export function commitSyncedIssuesWith(ports: ActivityPorts, hosts: HostSides) {
  return async (input: CommitSyncInput): Promise<SyncCommitted> => {
    const { repository, policy, pass, head, base } = input;
    const tree = issueTreeOf(ports, policy.mode);
    const host = hosts(repository, pass);
    // By the time at which it was asked for: an attempt that is repeated makes the same commits.
    const nowMs = activityInfo().scheduledTimestampMs;
    const read = (numbers: readonly number[]) => host.readOnce(numbers);
    const step = await beginStep(ports, host, input, read, nowMs);
    const all = step.decided.map((each) => leftOut(each, input.moving));
    const { tended, troubles, deferred } = await tendConflicts(ports, input, all, nowMs);
    const decided = all.map((each) => leftOut(each, deferred));
    const settled = decided.map(
      (each): Settled => ({ ...each, record: withAsked(each, recordOf(input, each), tended) }),
    );
    const files = settled.flatMap(({ plan }) => plan.files);
    const writes = lastOf(files);
    const { isPull, onto } = input;
    const isWhole = input.isWhole && deferred.length === 0;
    const isMoved = decided.some(isElsewhere);
    const waiting = { head, state: step.state, writes, isWhole, isMoved, onto };
    const act = isPull
      ? await planPending(ports, input, waiting)
      : await planLeft(ports, input, head, step.state);
    await backUpPending(ports, input, act, nowMs);
    const isWritten = isPull ? act.kind === 'write' : files.length > 0;
    const commits: TreeCommit[] = [];
    if (isWritten) {
      const place =
        act.kind === 'write'
          ? { ref: pendingRef, before: act.tip, parent: act.parent }
          : { ref: `refs/heads/${input.branch}`, before: head, parent: head };
      commits.push({
        ...{ ...place, writes, message: messageOf(input, settled), atMs: nowMs },
        author: authorOf(input, settled),
      });
    }
    const isCommitted = isWritten && !isPull;
    const records = recordsOf(settled);
    const isLast = input.isLast && deferred.length === 0;
    const state = stateOf({ ...input, isLast }, step.state, settled, { isCommitted, act });
    const isNoted = records.length > 0 || isWritten || isWorthNoting(step.state, state, input);
    if (isNoted) {
      const text = printRecord(state);
      const noted = [...records, { path: statePath, text, namesCommits: true as const }];
      const message = printAudit({
        ...{ run: runOf(input), policy: input.policyVersion, cause: input.reason },
        entries: settled.flatMap((each) => entryOf(input, each)),
      });
      commits.push({
        ...{ ref: baseRef, before: base, parent: base, writes: noted, message },
        ...{ author: null, atMs: nowMs },
      });
    }
    const waits = settled.flatMap(({ plan }) =>
      deferred.includes(plan.number ?? 0)
        ? []
        : plan.waits.map((wait) => withPull(wait, tended, troubles)),
    );
    const isUnfinished =
      input.moving.length > 0 ||
      settled.some(
        ({ plan }) =>
          (plan.host !== null || plan.create !== null || plan.comments.length > 0) &&
          !isRefused(input, plan.number),
      );
    const pushed =
      commits.length === 0
        ? ({ kind: 'pushed', shas: [] } as const)
        : await tree.push(repository, commits);
    if (pushed.kind === 'moved') {
      return { kind: 'moved', reason: `${pushed.ref} is at ${pushed.now ?? 'nothing'}` };
    }
    if (pushed.kind === 'denied') {
      return { kind: 'denied', ref: pushed.ref, reason: pushed.reason };
    }
    const commit = isCommitted ? (pushed.shas[0] ?? null) : null;
    const numbers = settled.flatMap(({ plan }) =>
      plan.files.length > 0 ? (plan.number ?? []) : [],
    );
    const isAsked = act.kind === 'write' || (act.kind === 'keep' && act.pull === null);
    const pull = isAsked ? await openPending(ports, input, numbers) : null;
    const baseCommit = isNoted ? (pushed.shas.at(-1) ?? null) : null;
    const pending = isPull ? settled.flatMap((each) => pendingWait(each, act, pull)) : [];
    const counted = isWritten ? files.filter(({ text }) => text !== null).length : 0;
    const done: SyncCommitted = {
      ...{ kind: 'committed', commit, base: baseCommit, files: counted, isUnfinished },
      ...{ conflicts: [...tended.keys()], waits: [...waits, ...pending] },
      pull: typeof pull === 'number' ? pull : null,
      waiting: act.kind === 'write' ? (pushed.shas[0] ?? null) : null,
      deferred,
    };
    if (commits.length === 0) return done;
    await recordAct(ports, input, 'issuesCommitted', {
      ...{ repository: repositoryPath(repository), cause: input.reason },
      before: { head, base },
      after: { head: commit ?? head, base: baseCommit, paths: files.map(({ path }) => path) },
    });
    return done;
  };
}

/** The branch of what waits is made anew on the head, or goes with its last file. */
async function backUpPending(
  ports: ActivityPorts,
  input: CommitSyncInput,
  act: PendingAct,
  nowMs: number,
): Promise<void> {
  const isDeleted = act.kind === 'drop';
  if (!isDeleted && act.kind !== 'write') return;
  const { tip } = act;
  if (tip === null || (act.kind === 'write' && act.parent === tip)) return;
  await backUp(ports, input, { branch: pendingBranch, tip, isDeleted, nowMs });
}

/** With its base where it was, so that the next commit finds again what there is to do. */
function leftOut(each: Decided, numbers: readonly number[]): Decided {
  const { plan } = each;
  if (!numbers.includes(plan.number ?? 0)) return each;
  return { ...each, plan: { ...plan, files: [], record: null, conflict: null, changes: [] } };
}

/** A path that one issue left and another took is written, whichever came first. */
export function lastOf(files: readonly FileChange[]): readonly FileWrite[] {
  const byPath = new Map<string, string | null>();
  for (const { path, text } of files) {
    if (text !== null || !byPath.has(path)) byPath.set(path, text);
  }
  return [...byPath].map(([path, text]) => ({ path, text }));
}

function recordOf({ isPull }: CommitSyncInput, each: Decided): Settled['record'] {
  return isPull ? recordWhilePending(each) : each.plan.record;
}

/** With what people were asked, and how it was shown to them. */
function withAsked(
  { plan: { number, conflict }, input, stored }: Decided,
  record: Settled['record'],
  tended: ReadonlyMap<number, Asked>,
): Settled['record'] {
  const asked = number === null ? undefined : tended.get(number);
  const { host, file } = input;
  if (asked === undefined || record === 'remove' || conflict === null) return record;
  const now = record ?? stored;
  if (now === null || host?.kind !== 'issue' || file === null) return record;
  const { pull, isPushed, digest } = asked;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const questions = Object.fromEntries(
    Object.entries(now.questions).map(([name, question]) => {
      if (question.kind !== 'conflict') return [name, question];
      const told = { ...question, pull, shown: digest };
      const isShown = isPushed && conflict.fields.includes(name as FieldName);
      if (!isShown) return [name, told];
      const inFile = text(file.file.fields[name as FieldName]);
      return [
        name,
        { ...told, asked: { file: inFile, host: text(host.fields[name as FieldName]) } },
      ];
    }),
  );
  const tendedRecord = { ...now, questions };
  return stored !== null && isSameRecord(stored, tendedRecord) ? record : tendedRecord;
}

function withPull(
  wait: SyncWait,
  tended: ReadonlyMap<number, Asked>,
  troubles: ReadonlyMap<number, string>,
): SyncWait {
  if (wait.kind !== 'conflict') return wait;
  const asked = tended.get(wait.number ?? 0);
  const trouble = troubles.get(wait.number ?? 0);
  if (trouble !== undefined) return { ...wait, reason: `${wait.reason}; ${trouble}` };
  return asked === undefined ? wait : { ...wait, pull: asked.pull };
}

/** As a whole, or its comments: it waits for a person, and repeating is no help. */
function isRefused({ refused }: CommitSyncInput, number: number | null): boolean {
  return refused.some(
    (each) => each.number === number && (each.field === 'issue' || each.field === 'comments'),
  );
}

function recordsOf(settled: readonly Settled[]): readonly FileWrite[] {
  return settled.flatMap(({ record, plan }) => {
    if (record === null || plan.number === null) return [];
    const path = recordPath(plan.number);
    return [{ path, text: record === 'remove' ? null : printRecord(record) }];
  });
}

function stateOf(
  input: CommitSyncInput,
  old: PassState | null,
  settled: readonly Settled[],
  { isCommitted, act }: { readonly isCommitted: boolean; readonly act: PendingAct },
): PassState {
  const news = settled.filter(({ record, stored }) => record !== null && stored === null);
  const gone = settled.filter(({ record }) => record === 'remove');
  const open = new Set(old?.open ?? []);
  for (const { plan, record, stored } of settled) {
    const now = record === 'remove' ? null : (record ?? stored);
    if (plan.number === null) continue;
    const isAsked = plan.waits.length > 0 || isRefused(input, plan.number);
    const isOpen = isAsked || (now !== null && Object.keys(now.questions).length > 0);
    if (isOpen) open.add(plan.number);
    else open.delete(plan.number);
  }
  const { head, cursorMs, faulty } = input;
  // What is left out has to be seen as changed again.
  const isLast = input.isLast && input.moving.length === 0;
  const next = isCommitted ? commitMark(0) : head;
  const waiting =
    act.kind === 'write'
      ? { tip: commitMark(0), head }
      : act.kind === 'drop' || !input.isPull
        ? null
        : (old?.waiting ?? null);
  return {
    version: 1,
    // Until all is done the next look begins where this one did.
    head: isLast ? next : (old?.head ?? nowhere),
    cursorMs: isLast ? (cursorMs ?? old?.cursorMs ?? null) : (old?.cursorMs ?? null),
    count:
      (old?.count ?? 0) + news.filter(({ record }) => record !== 'remove').length - gone.length,
    open: [...open].sort((a, b) => a - b),
    faulty: isLast ? [...new Set([...faulty, ...unlinkedOf(settled)])].sort() : (old?.faulty ?? []),
    ...(waiting !== null && { waiting }),
  };
}

/** Files that got no link now, though an issue was there: nothing but their path tells of them. */
function unlinkedOf(settled: readonly Settled[]): readonly string[] {
  return settled.flatMap(({ record, stored, plan, input: { file } }) => {
    if (file === null || file.file.link !== null) return [];
    const now = record === 'remove' ? null : (record ?? stored);
    const isElsewhere = plan.files.length === 0 && now?.path !== file.file.path;
    return isElsewhere || now === null || now.tombstone !== null ? [file.file.path] : [];
  });
}

/** As the head in a state: nothing of the branch was looked at to its end yet. */
export const nowhere = '';

/** What nobody would miss is not noted: a look that finds nothing leaves no trace. */
function isWorthNoting(
  old: PassState | null,
  now: PassState,
  { isRewritten, isNoted }: CommitSyncInput,
): boolean {
  if (old === null || isNoted) return true;
  const { open = [], faulty = [] } = old;
  return (
    isRewritten ||
    JSON.stringify([open, faulty]) !== JSON.stringify([now.open, now.faulty]) ||
    old.count !== now.count ||
    (old.waiting ?? null) !== (now.waiting ?? null)
  );
}
