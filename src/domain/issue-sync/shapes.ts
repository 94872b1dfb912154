/** What is kept the same on both sides: an issue as it stands in a file, at the code host, and in the base between them. */

/** Canonical (canon.ts): two that mean the same are equal as JSON. */
export interface IssueFields {
  /** One line, trimmed. */
  readonly title: string;
  /** LF only, without blank lines at its ends and without markers of ours. */
  readonly body: string;
  readonly state: 'open' | 'closed';
  /** Null while open, and where nobody says. */
  readonly reason: 'completed' | 'not_planned' | 'duplicate' | null;
  /** Sorted, each once; letters as the host writes them, compared without case. */
  readonly labels: readonly string[];
  /** Logins, as {@link labels}. */
  readonly assignees: readonly string[];
  /** By its title, which is unique in a repository. */
  readonly milestone: string | null;
}

export type FieldName = keyof IssueFields;

/** On an issue of the host; append-only for files. */
export interface IssueComment {
  readonly id: number;
  readonly author: string;
  /** Canonical as a body. */
  readonly body: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** As {@link HostIssue.markers}; only told of what was read from the host. */
  readonly markers?: readonly string[];
}

/** Which issue a file is. */
export interface IssueLink {
  readonly id: string;
  readonly number: number;
  /** `owner/name` */
  readonly repository: string;
}

/** A file under the sync's folder, read. What stands in it beyond this is kept as it is written (issue-file.ts). */
export interface IssueFile {
  readonly path: string;
  /** Null: no issue of the host's yet. */
  readonly link: IssueLink | null;
  readonly fields: IssueFields;
  /** As the file shows them; empty where comments are not kept in files. */
  readonly comments: readonly IssueComment[];
  /** Written in the file and not at the host yet, in order. */
  readonly newComments: readonly string[];
}

/** A person's edit of a body as the host remembers it; newest last. */
export interface BodyEdit {
  readonly editor: string | null;
  readonly atMs: number;
  /** Whole text after it; null when the host has deleted it. */
  readonly text: string | null;
}

/** A value of a field that took the place of another. */
export interface ValueChange<Value> {
  readonly actor: string | null;
  readonly atMs: number;
  readonly from: Value;
  readonly to: Value;
}

/** Of one issue, newest last, as the host remembers it. */
export interface IssueHistory {
  readonly bodies: readonly BodyEdit[];
  readonly titles: readonly ValueChange<string>[];
  readonly milestones: readonly ValueChange<string | null>[];
  readonly states: readonly ValueChange<Pick<IssueFields, 'state' | 'reason'>>[];
}

/** An issue at the host as it is now. */
export interface HostIssue {
  readonly kind: 'issue';
  readonly id: string;
  readonly number: number;
  readonly fields: IssueFields;
  /** Unseen lines of ours that end its body, whole and in order: whoever writes the body writes them again. */
  readonly markers: readonly string[];
  readonly author: string;
  readonly createdAtMs: number;
  /** By the host's clock. */
  readonly updatedAtMs: number;
  readonly commentCount: number;
  readonly url: string;
}

export type HostState =
  | HostIssue
  /**
   * Deleted for good. What is only hidden from us looks alike, and so may what was just made: it may be there a little
   * later, and nobody acts on it at once.
   */
  | { readonly kind: 'deleted'; readonly number: number; readonly isHidden?: true }
  /** In another repository now. */
  | {
      readonly kind: 'moved';
      readonly number: number;
      readonly to: string;
      readonly toNumber: number;
    };

/** Why the two sides of a field may stay different. */
export type Question =
  /** Both sides changed it, and the policy is to ask. */
  | {
      readonly kind: 'conflict';
      readonly sinceMs: number;
      readonly pull: number | null;
      /** What it was on both sides when they parted; null: unknown, or nothing. */
      readonly before: string | null;
      /** Both sides as the branch of the pull request shows them: what a merge of it is the answer to. Absent: nothing was shown. */
      readonly asked?: { readonly file: string | null; readonly host: string | null };
      /** Digest of the text that people were told last, on the branch or without it. */
      readonly shown?: string;
    }
  /** The host does not take what the file says: no such login, no such milestone. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Written to the file on a branch that waits to be merged. */
  | { readonly kind: 'pending' };

/**
 * The base of one issue: what either side was when it was last looked at and settled. Usually both are equal; where
 * they are not, a question says why, and a side that does not move asks nothing new.
 */
export interface BaseRecord {
  readonly version: 1;
  readonly id: string;
  readonly number: number;
  /** Null while the file is to come, or was deleted and somebody is asked. */
  readonly path: string | null;
  readonly file: IssueFields;
  readonly host: IssueFields;
  readonly questions: Readonly<Partial<Record<FieldName, Question>>>;
  /** Comments that both sides have. */
  readonly comments: readonly IssueComment[];
  /** Of the issue, at the host's clock, when it was last settled. */
  readonly updatedAtMs: number;
  /** Up to when its comments were looked at, where that was before {@link updatedAtMs}. */
  readonly commentsAtMs?: number;
  /** Set for what is no more at the host; the file is in the archive. */
  readonly tombstone: 'deleted' | 'moved' | null;
}
