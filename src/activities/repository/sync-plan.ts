/** What a pass of the sync would do: both sides compared with the base, nothing written. */
import { digestFields, digestOf } from '../../domain/issue-sync/digest.js';
import { whyHeld } from '../../domain/issue-sync/hold.js';
import type {
  SyncIntent,
  SyncItem,
  SyncLook,
  SyncPlan,
  SyncWait,
} from '../../domain/issue-sync/pass.js';
import { planLines } from '../../domain/issue-sync/plan-lines.js';
import { recordNumber } from '../../domain/issue-sync/record.js';
import type { HostState } from '../../domain/issue-sync/shapes.js';
import { type ActivityPorts, issueTreeOf } from '../ports.js';
import { readCare } from './read-care.js';
import {
  type ChangedFiles,
  mayBeNew,
  readChangedFiles,
  replacedIssues,
  withoutCopies,
  withoutUnread,
} from './sync-changed-files.js';
import { lastOf, nowhere } from './sync-commit.js';
import { type Decided, decideIssues } from './sync-decide.js';
import type { HostSides } from './sync-host.js';
import { intendedPaths, itemsOf, lonelyRecords, withoutLost } from './sync-items.js';
import {
  isElsewhere,
  isShown,
  type PendingAct,
  pendingWait,
  planPending,
  recordWhilePending,
} from './sync-pending.js';
import { mayHide } from './sync-recover.js';
import { type Sides, sidesAt, type SyncCall } from './sync-sides.js';

export interface PlanSyncInput extends Omit<SyncCall, 'head' | 'base' | 'subject' | 'reason'> {
  /** Every issue there is a record of. */
  readonly isFull: boolean;
  /** Whatever changed at the host since the last list. */
  readonly isListed: boolean;
  /** Files are written on a branch of their own, which waits to be merged. */
  readonly isPull: boolean;
  /** Where the branch was when the policy was read; null: that does not matter. */
  readonly policyHead: string | null;
  /** Files of which an earlier pass may have made issues that nobody knows of yet. */
  readonly intents?: readonly SyncIntent[];
}

const shownLines = 50;
const mostWaits = 100;
/** More than a page of what is known already: the list begins later from then on. */
const longList = 100;

export function planSyncWith(ports: ActivityPorts, hosts: HostSides) {
  return async (input: PlanSyncInput): Promise<SyncLook> => {
    const { repository, policy, branch, isFull, heard, policyHead } = input;
    const off = (await readCare(ports, repository, 'now')).off.issueSync;
    if (off !== undefined) return { kind: 'off', reason: off };
    const tree = issueTreeOf(ports, input.policy.mode);
    const at = await tree.readHeads(repository, branch);
    if (policyHead !== null && policyHead !== at.head) return { kind: 'policyOld', head: at.head };
    const sides = sidesAt(ports, input, at);
    const host = hosts(repository, input.pass);
    const state = await sides.state();
    const isBegun = state !== null && state.head !== nowhere;
    const isRewritten =
      isBegun &&
      state.head !== at.head &&
      !(await tree.isAncestor(repository, state.head, at.head));
    const from = isBegun && !isRewritten ? state.head : null;
    const again = state?.faulty ?? [];
    const told = await readChangedFiles({
      ...{ tree, repository, policy, sides, from, to: at.head, again },
    });
    const all = isFull || isRewritten ? await recordNumbers(ports, input, at.base) : [];
    // What an earlier pass may have made of them is among what changed since.
    const isListed = isFull || input.isListed || state === null || mayBeNew(told);
    // Once in a while all there are: one may have come from elsewhere with times of long ago.
    const sinceMs = isFull ? null : (state?.cursorMs ?? null);
    const listed = isListed ? await host.changed(sinceMs) : [];
    const seen = new Map<number, HostState>(listed.map((issue) => [issue.number, issue]));
    const wanted = new Set([
      ...told.linked.keys(),
      ...(state?.open ?? []),
      ...all,
      ...seen.keys(),
      ...heard.map(({ number }) => number),
    ]);
    const known = await sides.records([...wanted]);
    const replaced = await replacedIssues({ tree, repository, from }, told, known);
    for (const number of replaced) wanted.add(number);
    const records = new Map([...known, ...(await sides.records(replaced))]);
    const originals = await withoutCopies(told, records, sides, policy.ignore);
    const changed = await withoutUnread(withoutLost(originals, records), records, sides);
    const isEcho = ({ number, digest, isComment }: (typeof heard)[number]): boolean => {
      const record = records.get(number);
      return !isComment && record !== undefined && digest === digestFields(record.host);
    };
    const toRead = new Set([
      ...heard.filter((each) => !isEcho(each)).map(({ number }) => number),
      ...(isFull ? all : []),
      // A file that would be too long is not there yet.
      ...(state?.open ?? []).filter((number) => !records.has(number)),
      // Linked by a person, of a base that is gone, or not looked at while its file could not be read.
      ...[...changed.linked].flatMap(([number, path]) =>
        !records.has(number) || (path !== null && again.includes(path)) ? [number] : [],
      ),
    ]);
    const lonely = await lonelyRecords(sides, changed, records, isRewritten);
    if (isRewritten) for (const { number } of lonely) toRead.add(number);
    const unseen = [...toRead].filter((number) => !seen.has(number));
    for (const [number, one] of await host.read(unseen)) seen.set(number, one);

    const moves = await intendedPaths(ports, input, at.head, changed);
    const found = itemsOf([...wanted], changed, {
      ...{ records, seen, lonely, moves, isFirst: !isBegun, isRewritten },
    });
    // What lies in the archive is over: it is an issue already, or becomes none.
    const items = found.filter(({ number, path }) => number !== null || !isArchived(policy, path));
    const files = await filesOf(sides, changed, items);
    const decided = await decideIssues(ports, {
      ...{
        call: input,
        base: at.base,
        sides,
        host,
        state,
        records,
        seen,
        files,
        items,
        isRewritten,
        isListed,
      },
      ...{ isNewRead: false, mayBeAnswered: isListed || state?.head !== at.head },
      nowMs: ports.now(),
    });
    const writes = lastOf(decided.flatMap(({ plan: { files } }) => files));
    const isMoved = decided.some(isElsewhere);
    const parts = { writes, isWhole: true, isMoved, onto: null };
    const waiting = input.isPull
      ? await planPending(ports, input, { head: at.head, state, ...parts })
      : null;
    const isLeft = !input.isPull && (state?.waiting ?? null) !== null;
    const plan = planOf(decided, waiting);
    const { count = 0 } = state ?? {};
    const hold = whyHeld({
      ...{ policy, isRewritten, isFirst: state === null, count },
      writes: plan.toHost.length + plan.toFile.length,
      made: decided.filter((each) => each.plan.create !== null).length,
      fromFiles: decided.filter(({ plan: { isFromFile, create } }) => isFromFile && !create).length,
    });
    const knownMs = state?.cursorMs ?? 0;
    const cursorMs = listed.reduce((most, each) => Math.max(most, each.updatedAtMs), knownMs);
    const news = listed.filter(({ updatedAtMs }) => updatedAtMs >= knownMs).length;
    return {
      kind: 'planned',
      plan: {
        ...{ ...at, ...plan, hold },
        cursorMs: isListed ? cursorMs : null,
        faulty: [...changed.refused.map(({ path }) => path), ...unmadeOf(decided)],
        waits: [...faultyWaits(changed), ...plan.waits].slice(0, mostWaits),
        isRewritten,
        isNoted: isRewritten || news > longList || waiting?.kind === 'drop' || isLeft,
      },
    };
  };
}

function isArchived({ archive }: PlanSyncInput['policy'], path: string | null): boolean {
  return archive !== false && path !== null && path.startsWith(`${archive}/`);
}

/** New files of which no issue can be made as they are, or not before it is noted that theirs is gone. */
function unmadeOf(decided: readonly Decided[]): readonly string[] {
  return decided.flatMap(({ item, plan, input: { host, file } }) => {
    if (item.path === null) return [];
    const isLost = host !== null && host.kind !== 'issue' && file?.file.link === null;
    return isLost || (item.number === null && plan.create === null) ? [item.path] : [];
  });
}

async function recordNumbers(
  ports: ActivityPorts,
  { repository, policy }: PlanSyncInput,
  base: string | null,
): Promise<readonly number[]> {
  if (base === null) return [];
  const paths = await issueTreeOf(ports, policy.mode).listFiles(repository, base, 'issues');
  return paths.flatMap((path) => recordNumber(path) ?? []);
}

/** Those that did not change, too. */
async function filesOf(sides: Sides, changed: ChangedFiles, items: readonly SyncItem[]) {
  const rest = items.flatMap(({ path }) =>
    path === null || changed.files.has(path) ? [] : [path],
  );
  return new Map([...changed.files, ...(await sides.files(rest))]);
}

type Planned = Pick<SyncPlan, 'toHost' | 'toFile' | 'digest' | 'lines' | 'more' | 'waits'>;

function planOf(decided: readonly Decided[], waiting: PendingAct | null): Planned {
  const isToHost = ({ plan }: Decided): boolean =>
    plan.host !== null || plan.create !== null || plan.comments.length > 0;
  // What waits is one commit: where something more is about to wait, all of it is due.
  const isWaiting = waiting === null || !isShown(waiting) || decided.some(isToHost);
  const due = decided.filter((each) => {
    const { plan } = each;
    const isAsked = !plan.waits.some(({ kind, pull }) => kind === 'conflict' && pull === null);
    if (plan.conflict !== null && (plan.conflict.isChanged || !isAsked)) return true;
    if (waiting === null) return plan.record !== null || plan.files.length > 0;
    return recordWhilePending(each) !== null || (plan.files.length > 0 && isWaiting);
  });
  const doing = decided.filter((each) => isToHost(each) || due.includes(each));
  // A write of a pass that died may have passed over something: that is put back before the base moves.
  const atHost = doing.filter((each) => isToHost(each) || mayHide(each.input));
  const lines = doing.flatMap(({ plan, item }) => planLines(plan, item.path));
  // What is approved is what people would see of it, not when it was seen.
  const said = doing.map(({ plan }) => {
    const { host, create, comments, files, conflict } = plan;
    return { number: plan.number, host, create, comments, files, conflict: conflict?.text };
  });
  return {
    toHost: atHost.map(({ item }) => item),
    toFile: due.filter((each) => !atHost.includes(each)).map(({ item }) => item),
    digest: digestOf(said),
    lines: lines.slice(0, shownLines),
    more: Math.max(0, lines.length - shownLines),
    waits: [
      ...decided.flatMap(({ plan }) => plan.waits),
      ...(waiting === null ? [] : decided.flatMap((each) => pendingWait(each, waiting))),
    ],
  };
}

function faultyWaits({ refused }: ChangedFiles): readonly SyncWait[] {
  return refused.map(({ path, line, message }) => ({
    ...{ kind: 'faulty', number: null, path, field: null, pull: null },
    reason: `line ${line}: ${message}`,
  }));
}
