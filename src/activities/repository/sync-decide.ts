/** What becomes of each issue of a sync, with its sides as they were just read. */
import { isSameField } from '../../domain/issue-sync/canon.js';
import type { FileChange, IssueInput, IssuePlan } from '../../domain/issue-sync/issue-plan.js';
import type { Answer, Answers } from '../../domain/issue-sync/merge-fields.js';
import { madeOf } from '../../domain/issue-sync/pair.js';
import { isPending, withoutPending } from '../../domain/issue-sync/pending.js';
import type { SyncItem, SyncRefusal } from '../../domain/issue-sync/pass.js';
import { planIssue } from '../../domain/issue-sync/plan-issue.js';
import type { PassState } from '../../domain/issue-sync/record.js';
import type {
  BaseRecord,
  FieldName,
  HostIssue,
  HostState,
  IssueComment,
  IssueFile,
  Question,
} from '../../domain/issue-sync/shapes.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import type { HostSide } from './sync-host.js';
import { answersTo, type ReadFile, type Sides, type SyncCall } from './sync-sides.js';

export interface Decided {
  readonly item: SyncItem;
  /** As it lies in the base ref; the input's is without what waits in a pull request. */
  readonly stored: BaseRecord | null;
  readonly input: IssueInput;
  readonly plan: IssuePlan;
}

export interface Decision {
  readonly call: Pick<SyncCall, 'repository' | 'policy' | 'answers' | 'heard'>;
  readonly sides: Sides;
  readonly host: HostSide;
  readonly state: PassState | null;
  /** Commit of the base; null: there is none. */
  readonly base: string | null;
  readonly records: ReadonlyMap<number, BaseRecord>;
  /** Issues as they are; of others nothing is known to have changed. */
  readonly seen: ReadonlyMap<number, HostState>;
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly items: readonly SyncItem[];
  readonly isRewritten: boolean;
  /** Whether comments of issues without a record are read: a plan does without. */
  readonly isNewRead: boolean;
  /** Whether many issues may be another, so that their comments are listed. */
  readonly isListed: boolean;
  /** Whether a pull request that asks may have been merged. */
  readonly mayBeAnswered: boolean;
  readonly refused?: readonly SyncRefusal[];
  readonly posted?: readonly string[];
  readonly nowMs: number;
}

export async function decideIssues(
  ports: ActivityPorts,
  asked: Decision,
): Promise<readonly Decided[]> {
  const { call, sides, records, seen, files, items, nowMs } = asked;
  const { policy, repository } = call;
  const answers = await answersToNow(asked);
  const comments = await readComments(asked);
  const places = namesAt(() => sides.paths(policy));
  const decided: Decided[] = [];
  for (const item of items) {
    const { number, path } = item;
    const read = path === null ? undefined : files.get(path);
    if (read?.kind === 'refused') continue;
    const file = read?.now ?? null;
    const stored = number === null ? null : (records.get(number) ?? null);
    const host = number === null ? null : (seen.get(number) ?? assumed(number, stored));
    const isLinking = isLinkingOf(stored, file, host);
    const base = isLinking ? null : baseOf(stored, host);
    const isUnlinked = file !== null && file.file.link === null && base === null;
    let input: IssueInput = {
      ...{ repository: repositoryPath(repository), base, file, host, policy },
      linking: isLinking ? stored : null,
      ...answersTo(answers, number ?? 0, await mergedAnswers(ports, asked, base, file)),
      comments: number === null ? null : (comments.get(number) ?? null),
      refused: refusedOf(asked.refused ?? [], number),
      madeOf: isUnlinked && host?.kind === 'issue' ? madeOf(file.file.fields, host.fields) : null,
      posted: asked.posted ?? [],
      isHostOnly: asked.isRewritten && policy.rewritten === 'github' && base !== null,
      isTaken: places.isTaken,
      epoch: asked.base?.slice(0, 12) ?? '0',
      nowMs,
    };
    let planned = await planAt(places, input);
    if (input.comments === null && host?.kind === 'issue' && planned.comments.length > 0) {
      // As many as before are no sign that they are the same: one may have gone, and ours have come.
      const there = await asked.host.comments([host], new Map(), null, false);
      input = { ...input, comments: there.get(host.number) ?? null };
      planned = await planAt(places, input);
    }
    // Where what waited is not wanted any more, that is noted.
    const isBack = planned.record === null && stored !== null && base !== null && base !== stored;
    const plan = isBack ? { ...planned, record: base } : planned;
    places.note(plan.files);
    decided.push({ item, stored, input, plan });
  }
  return decided;
}

/** Worked out again where it turned out to need the names that are taken. */
async function planAt(places: ReturnType<typeof namesAt>, input: IssueInput): Promise<IssuePlan> {
  const guess = planIssue(input);
  return (await places.wereNeeded()) ? planIssue(input) : guess;
}

/** Without those that were given to other sides than those that were noted since: nobody has seen these. */
async function answersToNow({ call, base, sides, records }: Decision) {
  const old = call.answers.filter((each) => each.base !== undefined && each.base !== base);
  const before = await sides.recordsBefore(old);
  return call.answers.filter((answer) => {
    const { number, field } = answer;
    if (!old.includes(answer)) return true;
    const [then, now] = [before.get(answer), records.get(number)];
    if (then === undefined || now === undefined) return false;
    return (['file', 'host'] as const).every((side) =>
      isSameField(field, then[side][field], now[side][field]),
    );
  });
}

/** Of what is gone nothing is to be worked out anew. */
function isGone(host: HostState | null): boolean {
  return host !== null && host.kind !== 'issue';
}

/** A link that waits to be merged is not there yet: all is as when the issue was just made. */
function isLinkingOf(
  stored: BaseRecord | null,
  file: IssueInput['file'],
  host: HostState | null,
): boolean {
  if (stored === null || isGone(host)) return false;
  return file?.file.link === null && isPending(stored);
}

function baseOf(stored: BaseRecord | null, host: HostState | null): BaseRecord | null {
  return stored === null || isGone(host) ? stored : withoutPending(stored);
}

/** Names that are taken: all of them are listed, which costs what there is, only once one is asked for. */
function namesAt(list: () => Promise<ReadonlySet<string>>) {
  let listed: Set<string> | null = null;
  let isAsked = false;
  const earlier: FileChange[] = [];
  const apply = (names: Set<string>, { path, text }: FileChange) => {
    if (text === null) names.delete(path);
    else names.add(path);
  };
  return {
    isTaken(path: string): boolean {
      isAsked = true;
      return listed?.has(path) ?? false;
    },
    /** True once: what was planned without them is to be planned again. */
    async wereNeeded(): Promise<boolean> {
      if (!isAsked || listed !== null) return false;
      listed = new Set(await list());
      for (const change of earlier) apply(listed, change);
      return true;
    },
    note(files: readonly FileChange[]): void {
      if (listed === null) earlier.push(...files);
      else for (const change of files) apply(listed, change);
    },
  };
}

/** An issue of which nothing was heard is as it was. */
function assumed(number: number, base: BaseRecord | null): HostState | null {
  if (base === null) return null;
  if (base.tombstone !== null) return { kind: 'deleted', number };
  return {
    ...{ kind: 'issue', number, id: base.id, fields: base.host, markers: [] },
    ...{ author: '', createdAtMs: 0, updatedAtMs: base.updatedAtMs },
    ...{ commentCount: base.comments.length, url: '' },
  };
}

function refusedOf(
  refused: readonly SyncRefusal[],
  number: number | null,
): Partial<Record<FieldName, string>> {
  return Object.fromEntries(
    refused.flatMap((each) =>
      each.number !== number || each.field === 'issue' || each.field === 'comments'
        ? []
        : [[each.field, each.reason]],
    ),
  );
}

/** Of questions whose pull request was merged into this very head: the file is the answer, whether or not it changed. */
async function mergedAnswers(
  ports: ActivityPorts,
  { call, sides, mayBeAnswered }: Decision,
  base: BaseRecord | null,
  file: IssueInput['file'],
): Promise<Answers> {
  if (!mayBeAnswered || base === null || file === null) return {};
  const merged = new Map<number, boolean>();
  const isMerged = async (number: number): Promise<boolean> => {
    const pull = await codeHostOf(ports).pulls.readPull(call.repository, number);
    if (pull?.isMerged !== true) return false;
    return pull.mergeSha === null || (await sides.holds(pull.mergeSha));
  };
  const answers: { [Name in FieldName]?: Answer } = {};
  for (const [name, question] of Object.entries(base.questions) as [FieldName, Question][]) {
    if (question.kind !== 'conflict' || question.pull === null) continue;
    // Nobody knows what it showed: what is in the file by now is no more than an edit.
    if (question.asked === undefined) continue;
    const { pull, asked } = question;
    if (!merged.has(pull)) merged.set(pull, await isMerged(pull));
    if (merged.get(pull) === true) answers[name] = { take: 'merged', seen: asked.host };
  }
  return answers;
}

/** Those of issues that may have other ones than the base says. */
async function readComments(
  asked: Decision,
): Promise<ReadonlyMap<number, readonly IssueComment[]>> {
  const { call, records, seen, files, items, host, state } = asked;
  if (!call.policy.comments) return new Map();
  const told = new Set(call.heard.filter(({ isComment }) => isComment).map(({ number }) => number));
  const wanted: HostIssue[] = [];
  const anew = new Set<number>();
  for (const { number, path } of items) {
    const issue = number === null ? undefined : seen.get(number);
    if (issue?.kind !== 'issue') continue;
    const record = records.get(issue.number);
    const file = path === null ? undefined : files.get(path);
    const isNew = record === undefined;
    const now = file?.kind === 'file' ? file.now : null;
    const isWritten = isTalkApart(now?.file ?? null, record);
    if (record && (isLinkingOf(record, now, issue) || baseOf(record, issue) === null)) {
      anew.add(issue.number);
    }
    const mayDiffer =
      !isNew &&
      (told.has(issue.number) ||
        issue.commentCount !== record.comments.length ||
        (asked.isListed &&
          issue.updatedAtMs > host.lookedAtMs(issue.number) &&
          issue.updatedAtMs > (record.commentsAtMs ?? record.updatedAtMs)));
    if (isNew ? asked.isNewRead : mayDiffer || isWritten) wanted.push(issue);
  }
  // A record keeps no markers, and by them those are known that were posted for a file whose base is worked out anew.
  const known = new Map(
    [...records].flatMap(([number, { comments }]) =>
      anew.has(number) ? [] : [[number, comments] as const],
    ),
  );
  const sinceMs = wanted.reduce<number | null>((least, { number }) => {
    const atMs = records.get(number)?.commentsAtMs;
    return least === null || atMs === undefined ? least : Math.min(least, atMs);
  }, state?.cursorMs ?? null);
  const found = await host.comments(wanted, known, sinceMs, asked.isListed);
  for (const issue of wanted) {
    const [old, now] = [known.get(issue.number), found.get(issue.number)];
    if (old !== undefined && now !== undefined && isSameTalk(old, now)) host.noteLook(issue);
  }
  return found;
}

/** People wrote in the file what the host is to have, or the file lacks what both had: it was deleted, or put back. */
function isTalkApart(file: IssueFile | null, record: BaseRecord | undefined): boolean {
  const { comments = [], newComments = [] } = file ?? {};
  if (newComments.length > 0) return true;
  const inFile = new Map(comments.map(({ id, body }) => [id, body]));
  return record?.comments.some(({ id, body }) => inFile.get(id) !== body) ?? false;
}

function isSameTalk(a: readonly IssueComment[], b: readonly IssueComment[]): boolean {
  const bodies = new Map(a.map(({ id, body }) => [id, body]));
  return a.length === b.length && b.every(({ id, body }) => bodies.get(id) === body);
}
