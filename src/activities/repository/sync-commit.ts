/** The repository's part of a pass: files and base move by one push, and with them what is asked of people. */
import { activityInfo } from '@temporalio/activity';
import { type AuditEntry, printAudit } from '../../domain/issue-sync/audit.js';
import { changedFields } from '../../domain/issue-sync/canon.js';
import { digestOf } from '../../domain/issue-sync/digest.js';
import type { FieldChange, FileChange } from '../../domain/issue-sync/issue-plan.js';
import type { SyncCommitted, SyncWait } from '../../domain/issue-sync/pass.js';
import {
  isSameRecord,
  type PassState,
  printRecord,
  recordPath,
  statePath,
} from '../../domain/issue-sync/record.js';
import type { BaseRecord, FieldName } from '../../domain/issue-sync/shapes.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { baseRef, commitMark, type FileWrite, type TreeCommit } from '../../ports/issue-tree.js';
import { type ActivityPorts, issueTreeOf } from '../ports.js';
import { recordAct } from '../record.js';
import { type Asked, tendConflicts } from './sync-conflict.js';
import type { Decided } from './sync-decide.js';
import type { HostSides } from './sync-host.js';
import {
  isAtTip,
  isElsewhere,
  openPending,
  pendingRef,
  pendingTip,
  pendingWait,
  recordWhilePending,
} from './sync-pending.js';
import { beginStep, type StepInput } from './sync-step.js';

export interface CommitSyncInput extends StepInput {
  /** Issues that this pass wrote or made. */
  readonly written: readonly number[];
  /** Of the whole pass, those that somebody writes as quickly as we do: they stay as they are until the next one. */
  readonly moving: readonly number[];
  /** Files are written on a branch of their own, which waits to be merged. */
  readonly isPull: boolean;
  /** Nothing is left of the pass after this: the next one begins where this one looked. */
  readonly isLast: boolean;
  readonly cursorMs: number | null;
  readonly faulty: readonly string[];
  /** So much was looked at that the next look is not to begin there again. */
  readonly isNoted: boolean;
  /** Version of the policy, for the record. */
  readonly policyVersion: string;
}

interface Settled extends Decided {
  readonly record: BaseRecord | 'remove' | null;
}

export function commitSyncedIssuesWith(ports: ActivityPorts, hosts: HostSides) {
  return async (input: CommitSyncInput): Promise<SyncCommitted> => {
    const { repository, policy, pass, head, base } = input;
    const tree = issueTreeOf(ports, policy.mode);
    const host = hosts(repository, pass);
    // By the time at which it was asked for: an attempt that is repeated makes the same commits.
    const nowMs = activityInfo().scheduledTimestampMs;
    const read = (numbers: readonly number[]) => host.readOnce(numbers);
    const step = await beginStep(ports, host, input, read, nowMs);
    const decided = step.decided.map((each) => leftOut(each, input.moving));
    const tended = await tendConflicts(ports, input, decided, nowMs);
    const settled = decided.map(
      (each): Settled => ({ ...each, record: withAsked(each, recordOf(input, each), tended) }),
    );
    const files = settled.flatMap(({ plan }) => plan.files);
    const commits: TreeCommit[] = [];
    const ref = `refs/heads/${input.branch}`;
    const writes = lastOf(files);
    const tip = input.isPull && files.length > 0 ? await pendingTip(ports, input) : null;
    const isMade = input.isPull && !decided.some(isElsewhere);
    const isThere = isMade && (await isAtTip(ports, input, tip, writes));
    const isWritten = files.length > 0 && !isThere;
    if (isWritten) {
      commits.push({
        ...(input.isPull ? { ref: pendingRef, before: tip } : { ref, before: head }),
        ...{ parent: head, writes, message: messageOf(input, settled), atMs: nowMs },
        author: authorOf(input, settled),
      });
    }
    const isCommitted = isWritten && !input.isPull;
    const records = recordsOf(settled);
    const state = stateOf(input, step.state, settled, isCommitted);
    const isNoted = records.length > 0 || isCommitted || isWorthNoting(step.state, state, input);
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
    const waits = settled.flatMap(({ plan }) => plan.waits.map((wait) => withPull(wait, tended)));
    const common = { conflicts: [...tended.keys()], waits };
    const isUnfinished =
      input.moving.length > 0 ||
      settled.some(
        ({ plan }) => plan.host !== null || plan.create !== null || plan.comments.length > 0,
      );
    if (commits.length === 0) {
      const nothing = { commit: null, base: null, files: 0, pull: null };
      return { kind: 'committed', ...nothing, isUnfinished, ...common };
    }
    const pushed = await tree.push(repository, commits);
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
    const pull = input.isPull && isWritten ? await openPending(ports, input, numbers) : null;
    const baseCommit = isNoted ? (pushed.shas.at(-1) ?? null) : null;
    await recordAct(ports, input, 'issuesCommitted', {
      ...{ repository: repositoryPath(repository), cause: input.reason },
      before: { head, base },
      after: { head: commit ?? head, base: baseCommit, paths: files.map(({ path }) => path) },
    });
    const pending = input.isPull ? settled.flatMap((each) => pendingWait(each, pull)) : [];
    const counted = isWritten ? files.filter(({ text }) => text !== null).length : 0;
    return {
      ...{ kind: 'committed', commit, base: baseCommit, files: counted, isUnfinished, pull },
      ...common,
      waits: [...waits, ...pending],
    };
  };
}

/** With its base where it was, so that the next pass finds again what a write may have passed over. */
function leftOut(each: Decided, moving: readonly number[]): Decided {
  const { plan } = each;
  if (!moving.includes(plan.number ?? 0)) return each;
  return { ...each, plan: { ...plan, files: [], record: null, conflict: null, changes: [] } };
}

/** A path that one issue left and another took is written, whichever came first. */
function lastOf(files: readonly FileChange[]): readonly FileWrite[] {
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

function withPull(wait: SyncWait, tended: ReadonlyMap<number, Asked>): SyncWait {
  const asked = wait.kind === 'conflict' ? tended.get(wait.number ?? 0) : undefined;
  return asked === undefined ? wait : { ...wait, pull: asked.pull };
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
  isCommitted: boolean,
): PassState {
  const news = settled.filter(({ record, stored }) => record !== null && stored === null);
  const gone = settled.filter(({ record }) => record === 'remove');
  const open = new Set(old?.open ?? []);
  for (const { plan, record, stored } of settled) {
    const now = record === 'remove' ? null : (record ?? stored);
    if (plan.number === null) continue;
    const isOpen = now !== null && (Object.keys(now.questions).length > 0 || plan.waits.length > 0);
    if (isOpen) open.add(plan.number);
    else open.delete(plan.number);
  }
  const { head, cursorMs, faulty } = input;
  // What is left out has to be seen as changed again.
  const isLast = input.isLast && input.moving.length === 0;
  const next = isCommitted ? commitMark(0) : head;
  return {
    version: 1,
    // Until all is done the next look begins where this one did.
    head: isLast ? next : (old?.head ?? nowhere),
    cursorMs: isLast ? (cursorMs ?? old?.cursorMs ?? null) : (old?.cursorMs ?? null),
    count:
      (old?.count ?? 0) + news.filter(({ record }) => record !== 'remove').length - gone.length,
    open: [...open].sort((a, b) => a - b),
    faulty: isLast ? [...new Set([...faulty, ...unlinkedOf(settled)])].sort() : (old?.faulty ?? []),
  };
}

/** Files that got no link now, though an issue was there: nothing but their path tells of them. */
function unlinkedOf(settled: readonly Settled[]): readonly string[] {
  return settled.flatMap(({ record, stored, input: { file } }) => {
    if (file === null || file.file.link !== null) return [];
    const isGone = record !== null && (record === 'remove' || record.tombstone !== null);
    return isGone || (record === null && stored === null) ? [file.file.path] : [];
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
    old.count !== now.count
  );
}

function runOf({ subject, pass }: CommitSyncInput): string {
  return `${subject}/${pass}`;
}

/** Which field came from where: what is the same by now was written by this pass, or alike on both sides. */
function entryOf(
  call: CommitSyncInput,
  { plan, record, stored: old }: Settled,
): readonly AuditEntry[] {
  const { number } = plan;
  if (number === null || record === null) return [];
  const told = new Set<string>(plan.changes.map(({ field }) => field));
  const settledNow =
    old === null || record === 'remove'
      ? []
      : [
          ...new Set([
            ...changedFields(old.file, record.file),
            ...changedFields(old.host, record.host),
          ]),
        ];
  const how: FieldChange['how'] = call.written.includes(number) ? 'file' : 'merged';
  const more = settledNow.filter((field) => !told.has(field)).map((field) => ({ field, how }));
  const isMade = old === null && plan.changes.length === 0;
  const changes = [
    ...plan.changes.map(({ field, how: side }) => ({ field, how: side })),
    ...(isMade ? [{ field: 'issue' as const, how }] : more),
  ];
  const heard = call.heard.find((each) => each.number === number);
  const item = call.items.find((each) => each.number === number);
  const answer = call.answers.find((each) => each.number === number);
  const isFromFile = changes.some((change) => change.how === 'file');
  const { by = null } = item ?? {};
  const author = isFromFile && by !== null ? `${by.name} <${by.email}>` : null;
  const digest = (one: BaseRecord | null): string | null =>
    one === null ? null : digestOf(printRecord(one));
  return [
    {
      ...{ number, changes, event: heard?.delivery ?? null },
      actor: answer?.actor ?? author ?? heard?.actor ?? null,
      before: digest(old),
      after: record === 'remove' ? null : digest(record),
    },
  ];
}

/** The one who edited on the other side; several stand in the message. */
function authorOf(call: CommitSyncInput, settled: readonly Settled[]) {
  const [only, ...more] = editorsOf(call, settled);
  return only === undefined || more.length > 0 ? null : only;
}

function editorsOf({ heard }: CommitSyncInput, settled: readonly Settled[]) {
  const numbers = new Set(
    settled.flatMap(({ plan }) => (plan.files.length > 0 ? (plan.number ?? []) : [])),
  );
  const logins = heard.flatMap(({ number, actor }) =>
    numbers.has(number) && actor !== null && !actor.endsWith('[bot]') ? [actor] : [],
  );
  return [...new Set(logins)].map((login) => ({
    name: login,
    email: `${login}@users.noreply.github.com`,
  }));
}

const namedIssues = 5;

function messageOf(call: CommitSyncInput, settled: readonly Settled[]): string {
  const numbers = settled.flatMap(({ plan }) =>
    plan.files.length > 0 && plan.number !== null ? [`#${plan.number}`] : [],
  );
  const named = numbers.slice(0, namedIssues).join(', ');
  const subject = `Sync ${named}${numbers.length > namedIssues ? ', …' : ''}`;
  const editors = editorsOf(call, settled);
  const together = editors.length > 1 ? editors : [];
  const trailers = [
    `Sync-Run: ${runOf(call)}`,
    ...together.map(({ name, email }) => `Co-authored-by: ${name} <${email}>`),
  ];
  return `${subject}\n\n${call.reason.replaceAll(/\s+/g, ' ')}\n\n${trailers.join('\n')}\n`;
}
