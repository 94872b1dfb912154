/** A pass of the sync over the model: plans carried out one act after the other, cut short wherever somebody wishes. */
import { printAudit } from '../../../src/domain/issue-sync/audit.js';
import { canonicalBody } from '../../../src/domain/issue-sync/canon.js';
import { closeGap } from '../../../src/domain/issue-sync/gap.js';
import { parseIssueFile } from '../../../src/domain/issue-sync/issue-file.js';
import type {
  CommentAct,
  FileNow,
  IssueInput,
  IssuePlan,
} from '../../../src/domain/issue-sync/issue-plan.js';
import { newIssueMarker, shortHash } from '../../../src/domain/issue-sync/markers.js';
import type { Answers } from '../../../src/domain/issue-sync/merge-fields.js';
import { madeOf, pairUnlinked } from '../../../src/domain/issue-sync/pair.js';
import { planIssue } from '../../../src/domain/issue-sync/plan-issue.js';
import { printRecord, recordPath } from '../../../src/domain/issue-sync/record.js';
import type { SyncPolicy } from '../../../src/domain/issue-sync/schema.js';
import type { HostIssue, IssueFields, IssueFile } from '../../../src/domain/issue-sync/shapes.js';
import {
  addComment,
  commitFiles,
  createIssue,
  historyOf,
  isAncestor,
  readIssue,
  repository,
  type Snapshot,
  sync,
  type World,
  writeIssue,
} from './world.js';

export class Crash extends Error {}

export type Point =
  | 'create'
  | 'created'
  | 'read'
  | 'written'
  | 'gap'
  | 'commented'
  | 'commit'
  | 'committed';

export interface PassOrder {
  readonly policy: SyncPolicy;
  readonly answers: ReadonlyMap<number, Answers>;
  readonly deletedFiles: ReadonlyMap<number, 'restore' | 'close'>;
  /** Of a rewritten branch. */
  readonly isApproved: boolean;
  /** Whether the host does not take the next write, and says no more than that. */
  isDown(): boolean;
  /** Somebody acts there, or the pass dies of a {@link Crash}. */
  at(point: Point): void;
  conflict(number: number, plan: IssuePlan, seen: IssueFields): void;
  passedOver(text: string): void;
}

export interface PassEnd {
  readonly kind: 'done' | 'held' | 'moved';
  readonly hostWrites: number;
  readonly files: number;
  readonly records: number;
}

interface Item {
  number: number | null;
  readonly file: FileNow | null;
  refused: IssueInput['refused'];
  madeOf: IssueFields | null;
}

const readings = new Map<string, ReturnType<typeof parseIssueFile>>();

export function readFile(path: string, text: string): IssueFile | null {
  if (readings.size > 3000) readings.clear();
  const reading = readings.get(text) ?? parseIssueFile(path, text);
  readings.set(text, reading);
  return reading.kind === 'file' ? { ...reading.file, path } : null;
}

export function runPass(world: World, order: PassOrder): PassEnd {
  const { head, syncedHead } = world;
  const before = world.hostWrites;
  const isRewritten = syncedHead !== null && !isAncestor(world, syncedHead);
  const end = (kind: PassEnd['kind'], files = 0, records = 0): PassEnd => ({
    ...{ kind, files, records },
    hostWrites: world.hostWrites - before,
  });
  if (isRewritten && order.policy.rewritten === 'ask' && !order.isApproved) return end('held');
  const isHostOnly = isRewritten && order.policy.rewritten === 'github';
  const items = pairAll(world, head);
  const inputOf = (item: Item, taken: ReadonlySet<string>): IssueInput => {
    const { number, file, refused } = item;
    return {
      ...{ repository, file, refused, isHostOnly: isHostOnly && number !== null },
      base: number === null ? null : (world.records.get(number) ?? null),
      host: number === null ? null : readIssue(world, number),
      comments: number === null ? null : (world.issues.get(number)?.comments ?? []),
      policy: order.policy,
      answers: order.answers.get(number ?? 0) ?? {},
      deletedFile: order.deletedFiles.get(number ?? 0) ?? null,
      madeOf: item.madeOf,
      posted: [],
      isTaken: (path) => taken.has(path),
      epoch: world.records.size,
      nowMs: world.nowMs,
    };
  };
  const paths = new Set(head.files.keys());
  for (const item of items) {
    const plan = planIssue(inputOf(item, paths));
    if (plan.create !== null && item.file !== null) {
      order.at('create');
      item.number = createIssue(world, plan.create);
      const made = readIssue(world, item.number);
      if (made.kind === 'issue') item.madeOf = madeOf(item.file.file.fields, made.fields);
      order.at('created');
    }
    writeHost(world, order, item, () => inputOf(item, paths));
  }
  order.at('commit');
  return {
    ...end('done'),
    ...commit(world, order, { head, items, inputOf, paths }),
    hostWrites: world.hostWrites - before,
  };
}

function writeHost(world: World, order: PassOrder, item: Item, input: () => IssueInput): void {
  if (item.number === null) return;
  const { number } = item;
  // What an earlier attempt hid and did not live to put back comes first.
  recover(world, order, number, input);
  const plan = planIssue(input());
  for (const { passedOver } of plan.changes) if (passedOver) order.passedOver(passedOver.text);
  if (plan.host !== null) {
    order.at('read');
    // The pass goes on without it: what is not written may not be settled either.
    if (order.isDown()) return;
    item.refused = { ...item.refused, ...writeIssue(world, plan.host) };
    order.at('written');
  }
  if (plan.host !== null) recover(world, order, number, input);
  // Comments have no past that the host tells: what is written there is worked out right before.
  for (let round = 0; round < 20; round += 1) {
    const [act] = planIssue(input()).comments;
    if (act === undefined) break;
    carryOut(world, act);
    order.at('commented');
  }
}

function carryOut(world: World, act: CommentAct): void {
  const issue = world.issues.get(act.number);
  if (issue === undefined || issue.gone !== null) return;
  world.hostWrites += 1;
  if (act.kind === 'post') {
    const isThere = issue.comments.some(({ markers = [] }) => markers.includes(act.marker));
    if (!isThere) addComment(world, issue, act.body, sync, [act.marker]);
    return;
  }
  const body = canonicalBody(act.body);
  issue.comments = issue.comments.map((each) =>
    each.id === act.id ? { ...each, body, updatedAtMs: world.nowMs } : each,
  );
}

function recover(world: World, order: PassOrder, number: number, input: () => IssueInput): void {
  for (let round = 0; round < 20; round += 1) {
    const now = input();
    const { host, file } = now;
    if (file === null || host?.kind !== 'issue') break;
    const gap = closeGap(
      { ...now, file, host },
      historyOf(world, number),
      (login) => login === sync,
    );
    if (gap === null) break;
    order.at('gap');
    writeIssue(world, gap);
  }
}

interface Committing {
  readonly head: Snapshot;
  readonly items: readonly Item[];
  readonly paths: Set<string>;
  inputOf(item: Item, taken: ReadonlySet<string>): IssueInput;
}

function commit(
  world: World,
  order: PassOrder,
  { head, items, inputOf, paths }: Committing,
): Partial<PassEnd> {
  const files = new Map<string, string | null>();
  const plans: (readonly [number, IssuePlan])[] = [];
  const shown: (() => void)[] = [];
  for (const item of items) {
    if (item.number === null) continue;
    const input = inputOf(item, paths);
    const plan = planIssue(input);
    for (const { path, text } of plan.files) {
      files.set(path, text);
      if (text === null) paths.delete(path);
      else paths.add(path);
    }
    for (const { passedOver } of plan.changes) if (passedOver) order.passedOver(passedOver.text);
    const { host } = input;
    if (plan.conflict !== null && host?.kind === 'issue') {
      const { number } = item;
      shown.push(() => order.conflict(number, plan, host.fields));
    }
    if (plan.record !== null) plans.push([item.number, plan]);
  }
  if (world.head !== head) return { kind: 'moved' };
  if (files.size > 0)
    commitFiles(
      world,
      [...files].map(([path, text]) => ({ path, text })),
    );
  if (plans.length > 0) note(world, plans);
  for (const [number, { record }] of plans) {
    if (record === 'remove') world.records.delete(number);
    else if (record !== null) world.records.set(number, record);
  }
  for (const show of shown) show();
  world.syncedHead = world.head.id;
  order.at('committed');
  return { files: files.size, records: plans.length };
}

function note(world: World, plans: readonly (readonly [number, IssuePlan])[]): void {
  const writes = plans.map(([number, { record }]) => ({
    path: recordPath(number),
    text: record === 'remove' || record === null ? null : printRecord(record),
  }));
  const entries = plans.map(([number, { changes }], at) => {
    const old = world.records.get(number);
    const text = writes[at]?.text ?? null;
    return {
      ...{ number, changes, actor: 'ada', event: `delivery-${world.nowMs}` },
      before: old === undefined ? null : shortHash(printRecord(old)),
      after: text === null ? null : shortHash(text),
    };
  });
  const message = printAudit({
    run: `run-${world.trail.length}`,
    policy: 'v1',
    cause: 'a look',
    entries,
  });
  world.trail.push({ sha: String(world.trail.length), message, writes });
}

function pairAll(world: World, head: Snapshot): Item[] {
  const linked = new Map<number, FileNow[]>();
  const unlinked: FileNow[] = [];
  const byPath = new Map(
    [...world.records.values()].flatMap(({ path, number, tombstone }) =>
      path === null || tombstone !== null ? [] : [[path, number] as const],
    ),
  );
  const blocked = new Set<number>();
  for (const [path, text] of [...head.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = readFile(path, text);
    const known = byPath.get(path);
    if (file === null) {
      if (known !== undefined) blocked.add(known);
      continue;
    }
    const now: FileNow = { file, text, atMs: world.nowMs };
    const number = file.link?.number ?? known;
    if (number === undefined) unlinked.push(now);
    else linked.set(number, [...(linked.get(number) ?? []), now]);
  }
  const items: Item[] = [];
  const numbers = new Set([...world.records.keys(), ...linked.keys()]);
  const lonely: HostIssue[] = [];
  for (const number of world.issues.keys()) {
    const host = readIssue(world, number);
    const path = world.records.get(number)?.path;
    const isFileGone = path === undefined || (path !== null && !head.files.has(path));
    if (host.kind === 'issue' && !linked.has(number) && isFileGone) lonely.push(host);
    if (host.kind === 'issue') numbers.add(number);
  }
  const marked = unlinked.map((now) => ({
    ...now,
    marker: newIssueMarker(now.file.path, world.records.size),
  }));
  const pairs = pairUnlinked(marked, lonely, world.records.size === 0);
  for (const now of unlinked) {
    const number = pairs.get(now.file.path) ?? null;
    if (number === null) items.push({ number, file: now, refused: {}, madeOf: null });
    else linked.set(number, [now]);
  }
  for (const number of [...numbers].sort((a, b) => a - b)) {
    if (blocked.has(number)) continue;
    const files = linked.get(number) ?? [];
    const path = world.records.get(number)?.path;
    const file = files.find((each) => each.file.path === path) ?? files[0] ?? null;
    const host = readIssue(world, number);
    const isNew = file !== null && file.file.link === null && !world.records.has(number);
    const made = isNew && host.kind === 'issue' ? madeOf(file.file.fields, host.fields) : null;
    items.push({ number, file, refused: {}, madeOf: made });
  }
  return items;
}
