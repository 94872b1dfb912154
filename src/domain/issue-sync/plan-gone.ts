/** What becomes of the file of an issue that is no more at the host, or in another repository now. */
import { changedFields } from './canon.js';
import { archivedPathOf } from './file-name.js';
import { printIssueFile } from './issue-file.js';
import { leftOverMarker } from './merge-body.js';
import { type FileNow, type IssueInput, type IssuePlan, nothingToDo } from './issue-plan.js';
import type { BaseRecord, HostIssue, HostState } from './shapes.js';

type Gone = Exclude<HostState, HostIssue>;

export function planGone(input: IssueInput & { readonly host: Gone }): IssuePlan {
  const { host, base, file } = input;
  const { number } = host;
  const said = host.kind === 'moved' ? `it is ${host.to}#${host.toNumber} now` : 'it was deleted';
  const waiting = (reason: string): IssuePlan => {
    const path = file?.file.path ?? base?.path ?? null;
    const wait = { kind: 'gone', number, path, field: null, pull: null, reason } as const;
    return { ...nothingToDo, number, waits: [wait] };
  };
  const line = file === null ? null : leftOverMarker(file.text);
  const first = line === null ? '' : `the markers of a conflict in line ${line} and `;
  /** With markers in it nobody has said yet what it is to be, though they were seen there before. */
  const isOpen = (known: BaseRecord, now: FileNow): boolean =>
    (line !== null && leftOverMarker(known.host.body) === null) || isEdited(known, now);
  const changed = (what: string): IssuePlan =>
    waiting(`${what}, but its file was changed: take ${first}its link away to make an issue of it`);
  if (base !== null && base.tombstone !== null) {
    // Without its link it is to be another issue.
    const isLost = file?.file.link === null;
    if (file === null || isLost) return { ...nothingToDo, number, record: 'remove' };
    const what = base.tombstone === 'moved' ? 'it is in another repository now' : 'it was deleted';
    const before = isOpen(base, file) ? changed(what) : { ...nothingToDo, number };
    return { ...before, record: follow(base, file) };
  }
  if (host.kind === 'deleted' && host.isHidden === true) {
    return waiting('nobody can see it any more: deleted, or hidden from us');
  }
  if (base === null) {
    return file === null
      ? { ...nothingToDo, number }
      : waiting(`the file is linked to it, but ${said}`);
  }
  if (file === null) return { ...nothingToDo, number, record: 'remove' };
  const tombstone = { ...base, path: file.file.path, questions: {}, tombstone: host.kind };
  if (isOpen(base, file)) {
    return {
      ...changed(said),
      record: tombstone,
      changes: [{ field: 'issue', how: 'open', passedOver: null }],
    };
  }
  const path = archivedPathOf(input.policy.archive, file.file.path, input.isTaken);
  const text = host.kind === 'moved' ? withPointer(file, `${host.to}#${host.toNumber}`) : file.text;
  const isMoved = path !== file.file.path;
  return {
    ...nothingToDo,
    number,
    files: [
      ...(isMoved ? [{ path: file.file.path, text: null }] : []),
      ...(isMoved || text !== file.text ? [{ path, text }] : []),
    ],
    record: { ...tombstone, path },
    changes: [{ field: 'issue', how: 'github', passedOver: null }],
  };
}

function follow(base: BaseRecord, { file }: FileNow): BaseRecord | null {
  return base.path === file.path ? null : { ...base, path: file.path };
}

function isEdited(base: BaseRecord, { file }: FileNow): boolean {
  const known = new Map(base.comments.map(({ id, body }) => [id, body]));
  return (
    changedFields(base.file, file.fields).length > 0 ||
    file.newComments.length > 0 ||
    file.comments.some(({ id, body }) => known.has(id) && known.get(id) !== body)
  );
}

function withPointer({ file, text }: FileNow, movedTo: string): string {
  const { link, fields } = file;
  return printIssueFile(text, { link, fields, comments: null, newComments: [], movedTo });
}
