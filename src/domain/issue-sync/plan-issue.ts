/** What is to be done about one issue: worked out anew from its file, the host and the base as they are. */
import { canonicalJson } from '../canonical-json.js';
import { canonicalBody, changedFields, isSameField } from './canon.js';
import { conflictFile } from './conflict-text.js';
import { movedPath, newPath, type Place, type Placed } from './file-name.js';
import { planHostChange } from './host-change.js';
import { printIssueFile, type WantedFile } from './issue-file.js';
import {
  type FieldChange,
  type FileChange,
  type FileNow,
  type IssueConflict,
  type IssueInput,
  type IssuePlan,
  nothingToDo,
} from './issue-plan.js';
import { newIssueMarker, shortHash } from './markers.js';
import { leftOverMarker } from './merge-body.js';
import { type FieldPlan, type FieldsPlan, tooLong } from './merge-fields.js';
import type { SyncWait } from './pass.js';
import { type CommentsPlan, keptTexts, planComments } from './plan-comments.js';
import { planFields, type WithBoth, type WithHost } from './plan-fields.js';
import { planGone } from './plan-gone.js';
import { isSameRecord } from './record.js';
import type { BaseRecord, FieldName, IssueFields, Question } from './shapes.js';

/**
 * Pure and repeatable: with the host as it is after the writes of {@link IssuePlan.host}, `comments` and `create`, the same
 * question gives the files and the record; with both done it gives nothing.
 */
export function planIssue(input: IssueInput): IssuePlan {
  const { host, file, base } = input;
  if (host === null) {
    return file === null || base !== null || file.file.link !== null
      ? nothingToDo
      : planCreation(file, input.epoch);
  }
  if (host.kind !== 'issue') return planGone({ ...input, host });
  return readable(planShown({ ...input, host }));
}

function planShown(input: WithHost): IssuePlan {
  const { file, base } = input;
  if (file !== null) return planBoth({ ...input, file });
  if (base !== null) return planDeletedFile({ ...input, base });
  return planNewFile(input);
}

/** A file that nobody could read again is not written: file and base stay as they are. */
function readable(plan: IssuePlan): IssuePlan {
  const long = plan.files.find(({ text }) => text !== null && bytesOf(text) > longestFile);
  if (long === undefined) return plan;
  const reason = `its file would have ${bytesOf(long.text ?? '')} bytes, and more than ${longestFile} cannot be read again: take comments away, or set comments: false`;
  const wait = { kind: 'refused', number: plan.number, path: long.path, reason } as const;
  const waits = [...plan.waits, { ...wait, field: null, pull: null }];
  return { ...plan, files: [], record: null, conflict: null, changes: [], waits };
}

/** As `IssueTree.readFiles` gives none of it. */
const longestFile = 2 * 1024 * 1024;

function bytesOf(text: string): number {
  return text.length * 3 <= longestFile ? text.length : new TextEncoder().encode(text).length;
}

function planCreation({ file, text }: FileNow, epoch: string): IssuePlan {
  const { path, fields } = file;
  const refuse = (field: FieldName, reason: string): IssuePlan => ({
    ...nothingToDo,
    waits: [{ kind: 'refused', number: null, path, field, pull: null, reason }],
  });
  const line = leftOverMarker(text);
  if (line !== null) return refuse('body', `markers of a conflict are left in line ${line}`);
  const marker = newIssueMarker(path, epoch);
  for (const name of ['title', 'body'] as const) {
    const reason = tooLong(name, fields[name], [marker]);
    if (reason !== undefined) return refuse(name, reason);
  }
  const { title, body, labels, assignees, milestone } = fields;
  return {
    ...nothingToDo,
    create: { marker, title, body, labels, assignees, milestone },
    changes: [{ field: 'issue', how: 'file', passedOver: null }],
    isFromFile: true,
  };
}

function planNewFile(input: WithHost): IssuePlan {
  const { host, base } = input;
  const { fields, number } = host;
  const path = newPath(placeOf(input), placed(number, fields), input.isTaken);
  const comments = commentsOf({ ...input, file: null });
  const wanted = wantedFile(input, fields, comments);
  const record: BaseRecord = {
    ...recordOf(input, fields, fields, {}),
    path,
    comments: comments?.record ?? base?.comments ?? [],
  };
  return {
    ...nothingToDo,
    number,
    files: [{ path, text: printIssueFile(null, wanted) }],
    record,
    changes: [{ field: 'issue', how: 'github', passedOver: null }],
  };
}

/** The file is not there any more, or is still to come. */
function planDeletedFile(input: WithHost & { readonly base: BaseRecord }): IssuePlan {
  const { base, host, policy, deletedFile } = input;
  const { number, fields } = host;
  // Who closed it meanwhile wanted no less than who deleted its file; it may have been us, for that.
  const isClosed = fields.state === 'closed';
  const isEnd = (name: FieldName): boolean => isClosed && (name === 'state' || name === 'reason');
  const isEdited = changedFields(base.host, fields).some((name) => !isEnd(name));
  const isPending = Object.values(base.questions).some(({ kind }) => kind === 'pending');
  // Where GitHub's side is wanted back, nobody deleted it: the branch was put back to before it.
  const byPolicy = input.isHostOnly ? 'restore' : policy.onFileDeleted;
  const wish = deletedFile ?? (base.path === null ? 'ask' : byPolicy);
  if (isEdited || wish === 'restore') {
    const plan = planNewFile(input);
    // Closed meanwhile, it goes where files of closed issues are.
    const isClosedNow = fields.state !== base.host.state && fields.state === 'closed';
    const isFree = base.path !== null && !isClosedNow && !input.isTaken(base.path);
    if (!isFree || typeof plan.record !== 'object' || plan.record === null) return plan;
    const files = plan.files.map(({ text }) => ({ path: base.path ?? '', text }));
    return { ...plan, files, record: { ...plan.record, path: base.path } };
  }
  if (isPending) return { ...nothingToDo, number };
  if (!isClosed && wish === 'close') {
    return {
      ...nothingToDo,
      number,
      host: { number, id: host.id, state: 'closed', reason: 'not_planned' },
      changes: [{ field: 'state', how: 'file', passedOver: null }],
      isFromFile: true,
    };
  }
  const record: BaseRecord = { ...recordOf(input, fields, fields, {}), path: null };
  const reason = 'its file was deleted: restore it, or close the issue';
  return {
    ...nothingToDo,
    number,
    record: isSameRecord(base, record) ? null : record,
    changes: base.path === null ? [] : [{ field: 'path', how: 'file', passedOver: null }],
    waits: !isClosed
      ? [{ kind: 'gone', number, path: base.path, field: null, pull: null, reason }]
      : [],
    isFromFile: base.path !== null,
  };
}

function planBoth(input: WithBoth): IssuePlan {
  const { host } = input;
  const { base, plan } = planFields(input);
  const posts = commentsFor(input, plan);
  const unsettled = unsettledOf(host.fields, plan, posts);
  const comments = commentsOf(input);
  const change = planHostChange(host, plan.host);
  const acts = [...posts.map(({ act }) => act), ...(comments?.acts ?? [])];
  const common: IssuePlan = {
    ...nothingToDo,
    number: host.number,
    host: change,
    comments: acts,
    changes: changesOf(plan.plans, base),
    waits: [...waitsOf(input, plan.plans), ...waitsOfComments(input, comments)],
    isFromFile: change !== null || acts.length > 0,
  };
  // Without a base there is nothing to keep for what is not settled: all of it waits.
  if (base === null && unsettled.size > 0) return common;
  return { ...common, ...settle(input, base, plan, unsettled, comments) };
}

/** Texts that stay as comments, because the other side's was taken. */
function commentsFor({ base, host, comments, posted }: WithBoth, { plans }: FieldsPlan) {
  const done = new Set([...posted, ...(comments ?? []).flatMap(({ markers = [] }) => markers)]);
  // A record keeps no markers; a branch that was put back brings the same text again.
  const there = new Set((comments ?? base?.comments ?? []).map(({ body }) => body));
  return plans.flatMap(({ name, isForComment, passedOver }) => {
    if (!isForComment || passedOver === null) return [];
    const intro = `The file said otherwise for the ${name}:`;
    const acts = keptTexts(host.number, name, intro, passedOver.text, done);
    return acts.flatMap((act) => (there.has(canonicalBody(act.body)) ? [] : [{ name, act }]));
  });
}

/** Fields whose writes at the host are still to be done. */
function unsettledOf(
  host: IssueFields,
  plan: FieldsPlan,
  posts: readonly { readonly name: FieldName }[],
): ReadonlySet<FieldName> {
  const names = new Set([...changedFields(host, plan.host), ...posts.map(({ name }) => name)]);
  if (names.has('state')) names.add('reason');
  return names;
}

function settle(
  input: WithBoth,
  base: BaseRecord | null,
  plan: FieldsPlan,
  unsettled: ReadonlySet<FieldName>,
  comments: CommentsPlan | null,
): Pick<IssuePlan, 'files' | 'record' | 'conflict'> {
  const { host, file } = input;
  const pick = (settled: IssueFields, old: IssueFields): IssueFields =>
    Object.fromEntries(
      plan.plans.map(({ name }) => [name, unsettled.has(name) ? old[name] : settled[name]]),
    ) as unknown as IssueFields;
  const fields = consistent(pick(plan.file, file.file.fields));
  const questions: Partial<Record<FieldName, Question>> = {};
  for (const { name, question } of plan.plans) {
    const asked = unsettled.has(name) ? base?.questions[name] : question;
    if (asked != null) questions[name] = asked;
  }
  const wanted = wantedFile(input, fields, comments);
  const path = pathOf(input, fields);
  const record: BaseRecord = {
    ...recordOf(
      input,
      pick(plan.file, base?.file ?? plan.file),
      pick(host.fields, base?.host ?? host.fields),
      questions,
    ),
    path,
    comments: comments?.record ?? base?.comments ?? [],
  };
  return {
    files: filesOf(
      file,
      path,
      isSaid(file, wanted) ? file.text : printIssueFile(file.text, wanted),
    ),
    record: input.base !== null && isSameRecord(input.base, record) ? null : record,
    conflict: conflictOf(input, base, plan, wanted, path),
  };
}

/** A state that waits may have left a reason behind that goes with the other one. */
function consistent(fields: IssueFields): IssueFields {
  return fields.state === 'open' && fields.reason !== null ? { ...fields, reason: null } : fields;
}

/** Printing would come to the same bytes, at the cost of reading them all again. */
function isSaid({ file }: FileNow, { link, fields, comments, newComments }: WantedFile): boolean {
  const isCommented =
    comments === null ||
    (canonicalJson(comments) === canonicalJson(file.comments) &&
      canonicalJson(newComments) === canonicalJson(file.newComments));
  const isLinked = canonicalJson(link) === canonicalJson(file.link);
  return isCommented && isLinked && changedFields(file.fields, fields).length === 0;
}

function filesOf({ file, text }: FileNow, path: string, next: string): readonly FileChange[] {
  if (path !== file.path) {
    return [
      { path: file.path, text: null },
      { path, text: next },
    ];
  }
  return next === text ? [] : [{ path, text: next }];
}

function pathOf(input: WithBoth, fields: IssueFields): string {
  const { file, host, base } = input;
  const { number } = host;
  // An issue that was just made of a file gives the file its name; one that was linked before leaves it.
  const isNew = base === null && file.file.link === null;
  const before = base === null ? placed(number, file.file.fields) : placed(number, base.file);
  const issue = placed(number, fields);
  return movedPath(placeOf(input), file.file.path, isNew ? null : before, issue, input.isTaken);
}

function conflictOf(
  { file, host, linking }: WithBoth,
  base: BaseRecord | null,
  { plans }: FieldsPlan,
  wanted: WantedFile,
  path: string,
): IssueConflict | null {
  const open = plans.filter(({ conflict }) => conflict !== null);
  if (open.length === 0) return null;
  const known = linking ?? base;
  const isShown = ({ name }: FieldPlan): boolean =>
    known?.questions[name]?.kind === 'conflict' &&
    isSameField(name, known.file[name], file.file.fields[name]) &&
    isSameField(name, known.host[name], host.fields[name]);
  const text = conflictFile(file.text, wanted, host.fields, open);
  const digest = shortHash(`${path}\n${text}`);
  // The rest of the file counts as well: a branch that was made of another one could not be merged.
  const isStale = open.some(({ question }) => {
    const { shown } = question?.kind === 'conflict' ? question : {};
    return shown !== undefined && shown !== digest;
  });
  const fields = open.map(({ name }) => name);
  return { fields, path, text, digest, isChanged: isStale || !open.every(isShown) };
}

function recordOf(
  input: WithHost,
  file: IssueFields,
  atHost: IssueFields,
  questions: BaseRecord['questions'],
): BaseRecord {
  const { base, host } = input;
  return {
    version: 1,
    id: host.id,
    number: host.number,
    path: base?.path ?? null,
    file,
    host: atHost,
    questions,
    comments: base?.comments ?? [],
    updatedAtMs: host.updatedAtMs,
    ...commentsSeen(input),
    tombstone: null,
  };
}

/** What was not looked at now is still to be looked at, whatever else is settled. */
function commentsSeen({ base, host, comments, policy }: WithHost): { commentsAtMs?: number } {
  if (base === null || comments !== null || !policy.comments) return {};
  const commentsAtMs = base.commentsAtMs ?? base.updatedAtMs;
  return commentsAtMs < host.updatedAtMs ? { commentsAtMs } : {};
}

function wantedFile(
  { host, repository }: WithHost,
  fields: IssueFields,
  comments: CommentsPlan | null,
): WantedFile {
  return {
    link: { id: host.id, number: host.number, repository },
    fields,
    comments: comments?.comments ?? null,
    newComments: comments?.newComments ?? [],
  };
}

function commentsOf(input: WithHost): CommentsPlan | null {
  const { host, file, base, comments, policy, posted } = input;
  if (comments === null || !policy.comments) return null;
  const inFile = file?.file ?? null;
  const { number } = host;
  return planComments({ number, base: base?.comments ?? [], file: inFile, host: comments, posted });
}

function changesOf(plans: readonly FieldPlan[], base: BaseRecord | null): readonly FieldChange[] {
  return plans.flatMap(({ name, how, passedOver, question }) => {
    const isOld = how === 'open' && base?.questions[name]?.kind === question?.kind;
    return how === 'same' || isOld ? [] : [{ field: name, how, passedOver }];
  });
}

function waitsOf({ host, file }: WithBoth, plans: readonly FieldPlan[]): readonly SyncWait[] {
  const { number } = host;
  const { path } = file.file;
  return plans.flatMap(({ name: field, question, trouble }): readonly SyncWait[] => {
    if (question === null || question.kind === 'pending') return [];
    const pull = question.kind === 'conflict' ? question.pull : null;
    const reason =
      trouble ?? (question.kind === 'conflict' ? 'both sides changed it' : question.reason);
    return [{ kind: question.kind, number, path, field, pull, reason }];
  });
}

function waitsOfComments(
  { host: { number }, file }: WithBoth,
  comments: CommentsPlan | null,
): readonly SyncWait[] {
  const { path } = file.file;
  return (comments?.troubles ?? []).map((reason) => ({
    ...{ kind: 'refused', number, path, field: null, pull: null, reason },
  }));
}

function placeOf({ policy }: IssueInput): Place {
  return { folder: policy.folder, archive: policy.archive, names: policy.names };
}

function placed(number: number, { title, state }: IssueFields): Placed {
  return { number, title, isClosed: state === 'closed' };
}
