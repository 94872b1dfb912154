/** What becomes of the file of an issue that is no more at the host, or in another repository now. */
import { changedFields } from './canon.js';
import { archivedPathOf } from './file-name.js';
import { printIssueFile } from './issue-file.js';
import type { FileNow, IssueInput, IssuePlan } from './issue-plan.js';
import type { BaseRecord, HostIssue, HostState } from './shapes.js';

type Gone = Exclude<HostState, HostIssue>;

const nothing: IssuePlan = {
  number: null,
  host: null,
  create: null,
  comments: [],
  files: [],
  record: null,
  conflict: null,
  changes: [],
  waits: [],
  isFromFile: false,
};

export function planGone(input: IssueInput & { readonly host: Gone }): IssuePlan {
  const { host, base, file } = input;
  const { number } = host;
  const said = host.kind === 'moved' ? `it is ${host.to}#${host.toNumber} now` : 'it was deleted';
  const waiting = (reason: string): IssuePlan => {
    const path = file?.file.path ?? base?.path ?? null;
    const wait = { kind: 'gone', number, path, field: null, pull: null, reason } as const;
    return { ...nothing, number, waits: [wait] };
  };
  if (host.kind === 'deleted' && host.isHidden === true) {
    return base?.tombstone == null
      ? waiting('nobody can see it any more: deleted, or hidden from us')
      : { ...nothing, number };
  }
  if (base === null) {
    return file === null
      ? { ...nothing, number }
      : waiting(`the file is linked to it, but ${said}`);
  }
  if (file === null) return { ...nothing, number, record: 'remove' };
  // Its link was taken away: it is to be another issue.
  if (file.file.link === null && file.file.path === base.path && base.tombstone !== null) {
    return { ...nothing, number, record: 'remove' };
  }
  if (base.tombstone !== null) return { ...nothing, number, record: follow(base, file) };
  const tombstone = { ...base, path: file.file.path, questions: {}, tombstone: host.kind };
  if (isEdited(base, file)) {
    return {
      ...waiting(`${said}, but its file was changed: take its link away to make an issue of it`),
      record: tombstone,
      changes: [{ field: 'issue', how: 'open', passedOver: null }],
    };
  }
  const path = archivedPathOf(input.policy.archive, file.file.path, input.isTaken);
  const text = host.kind === 'moved' ? withPointer(file, `${host.to}#${host.toNumber}`) : file.text;
  const isMoved = path !== file.file.path;
  return {
    ...nothing,
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
