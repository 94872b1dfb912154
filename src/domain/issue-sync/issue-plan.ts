/** What is to be done about one issue, and what has to be known to say so (plan-issue.ts says it). */
import type { Answers, How } from './merge-fields.js';
import type { Side } from './merge-body.js';
import type { SyncWait } from './pass.js';
import type { SyncPolicy } from './schema.js';
import type {
  BaseRecord,
  FieldName,
  HostState,
  IssueComment,
  IssueFields,
  IssueFile,
} from './shapes.js';

/** A file at the head of the branch. */
export interface FileNow {
  readonly file: IssueFile;
  /** As it stands there, byte for byte. */
  readonly text: string;
  /** Of the commit that changed it last; null: unknown. */
  readonly atMs: number | null;
}

export interface IssueInput {
  /** `owner/name` */
  readonly repository: string;
  readonly base: BaseRecord | null;
  /** The record while the link of its file waits to be merged: the base is worked out anew then, but not who was asked what. */
  readonly linking?: BaseRecord | null;
  /** Null: there is none at the head. One that cannot be read is not null: nothing is planned for it. */
  readonly file: FileNow | null;
  /** Null: there is none yet. */
  readonly host: HostState | null;
  /** The issue's, of now; null: not read, because comments are not kept in files or there is nothing new in them. */
  readonly comments: readonly IssueComment[] | null;
  readonly policy: Pick<
    SyncPolicy,
    'folder' | 'archive' | 'fields' | 'comments' | 'onFileDeleted' | 'names'
  >;
  /** Of a person to open questions; for a merged conflict pull request `{ take: 'merged', seen }`. */
  readonly answers: Answers;
  /** Of a person to a deleted file; overrules the policy. */
  readonly deletedFile: 'restore' | 'close' | null;
  /** What the host was asked for in this pass and did not take, by its reason. */
  readonly refused: Readonly<Partial<Record<FieldName, string>>>;
  /** What the issue was made of, where this pass (or its earlier attempt) made it; the base of the first comparison. */
  readonly madeOf: IssueFields | null;
  /** Markers (whole lines) of comments that were posted in this pass; those among `comments` count as well. */
  readonly posted: readonly string[];
  /** The branch was rewritten and a person wants GitHub's side back: nothing of the file counts. */
  readonly isHostOnly: boolean;
  /** Whether another file has that path, or will have it by a plan of the same pass. */
  isTaken(path: string): boolean;
  /** Distinguishes intents to make an issue of a path: of the commit of the base, another one whenever an issue was noted. */
  readonly epoch: string;
  readonly nowMs: number;
}

/** One change of one issue; what is left out stays. Labels and assignees are added and taken away, never replaced. */
export interface HostChange {
  readonly number: number;
  readonly id: string;
  readonly title?: string;
  /** As it is to stand there: with the markers that it is to keep. */
  readonly body?: string;
  readonly state?: 'open' | 'closed';
  readonly reason?: IssueFields['reason'];
  readonly addLabels?: readonly string[];
  readonly removeLabels?: readonly string[];
  readonly addAssignees?: readonly string[];
  readonly removeAssignees?: readonly string[];
  readonly milestone?: string | null;
}

export interface HostCreation {
  /** Stays in the body, unseen, and finds it again. */
  readonly marker: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly milestone: string | null;
}

export type CommentAct =
  | {
      readonly kind: 'post';
      readonly number: number;
      readonly marker: string;
      readonly body: string;
    }
  /** With the markers that it has. */
  | { readonly kind: 'edit'; readonly number: number; readonly id: number; readonly body: string };

export interface FileChange {
  readonly path: string;
  /** Null deletes. */
  readonly text: string | null;
}

/** For the audit: which field came from which side, and what was passed over. */
export interface FieldChange {
  readonly field: FieldName | 'comments' | 'path' | 'issue';
  readonly how: Exclude<How, 'same'>;
  /** A text that is neither in the file nor at the host any more, because the policy or a person chose the other. */
  readonly passedOver: { readonly side: Side; readonly text: string } | null;
}

export interface IssueConflict {
  readonly fields: readonly FieldName[];
  /** Of the file in the pull request. */
  readonly path: string;
  /** The file with both sides between markers. */
  readonly text: string;
  /** Of path and text. */
  readonly digest: string;
  /** Otherwise what the pull request shows is still right. */
  readonly isChanged: boolean;
}

export interface IssuePlan {
  /** Null: not made yet. */
  readonly number: number | null;
  /** What is still to be written at the host; the files and the record wait for it, field by field. */
  readonly host: HostChange | null;
  readonly create: HostCreation | null;
  readonly comments: readonly CommentAct[];
  /** With the host as it is now. A move is the deletion of one path and the writing of another. */
  readonly files: readonly FileChange[];
  /** Null: stays as it is. `remove`: neither side has the issue any more. */
  readonly record: BaseRecord | 'remove' | null;
  readonly conflict: IssueConflict | null;
  readonly changes: readonly FieldChange[];
  readonly waits: readonly SyncWait[];
  /** The file would change or close the issue: counted by the guard against mass changes. */
  readonly isFromFile: boolean;
}

export const nothingToDo: IssuePlan = {
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
