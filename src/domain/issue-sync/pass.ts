/** One pass of the sync as its steps tell of it to each other: numbers, paths and short words, never a text of an issue. */
import type { FieldName } from './shapes.js';

/** A file that cannot be read as an issue; it is left alone until somebody mends it. */
export interface FileRefusal {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Why a pass is not carried out before somebody approves exactly its plan. */
export interface SyncHold {
  readonly kind: 'firstPass' | 'rewritten' | 'mass';
  readonly reason: string;
}

/** A file that becomes an issue: an attempt that was cut short may have made it. */
export interface SyncIntent {
  readonly path: string;
  /** When it was meant for the first time, epoch milliseconds by the workflow's clock. */
  readonly sinceMs: number;
  /** Of the branch then: where the file has gone since is told from there. */
  readonly head?: string;
}

/** A person's answer to an open question, good for the next pass. */
export interface SyncAnswer {
  /** Commit of the base when it was given: it counts for what both sides were by that. Absent: nobody knows. */
  readonly base?: string;
  readonly number: number;
  readonly field: FieldName;
  readonly take: 'file' | 'github' | 'text';
  /** For `text`. */
  readonly text: string | null;
  readonly actor: string;
}

/** Something that only a person can settle. */
export interface SyncWait {
  readonly kind:
    | SyncHold['kind']
    /** Both sides changed a field. */
    | 'conflict'
    /** The host does not take what the file says. */
    | 'refused'
    /** The file cannot be read. */
    | 'faulty'
    /** The file was deleted, or the issue is hidden, moved or deleted while the file changed. */
    | 'gone'
    /** Changes of files wait in a pull request. */
    | 'pending'
    /** The branch takes no pushes. */
    | 'denied';
  readonly number: number | null;
  readonly path: string | null;
  readonly field: FieldName | null;
  /** Where it is talked about. */
  readonly pull: number | null;
  /** One sentence. */
  readonly reason: string;
}

/** An issue and its file, to be looked at again when it is written. */
export interface SyncItem {
  /** Null: the file becomes an issue. */
  readonly number: number | null;
  /** At the head; null: there is none. */
  readonly path: string | null;
  /** Of the file's last change, where it changed since the last pass. */
  readonly by: SyncAuthor | null;
}

export interface SyncAuthor {
  readonly name: string;
  readonly email: string;
  readonly atMs: number;
}

/** What a look found there is to do. */
export interface SyncPlan {
  readonly head: string;
  readonly base: string | null;
  /** Of which something is written or made at the host. */
  readonly toHost: readonly SyncItem[];
  /** Of which only the file or the base changes. */
  readonly toFile: readonly SyncItem[];
  /** Of all that is to be done; an approval is for one of them. */
  readonly digest: string;
  readonly hold: SyncHold | null;
  /** What would be done, a line each, the first of them; {@link more} are left out. */
  readonly lines: readonly string[];
  readonly more: number;
  readonly waits: readonly SyncWait[];
  /** Greatest time of change seen at the host; null: nothing was listed. */
  readonly cursorMs: number | null;
  /** Files that cannot be read: they are looked at again by every pass. */
  readonly faulty: readonly string[];
  /** The branch does not hold the commit any more that belongs to the base. */
  readonly isRewritten: boolean;
  /** So much was looked at that it is noted, whether or not there is anything to do. */
  readonly isNoted: boolean;
}

export type SyncLook =
  | { readonly kind: 'planned'; readonly plan: SyncPlan }
  /** Switched off here. */
  | { readonly kind: 'off'; readonly reason: string }
  /** The branch is elsewhere than when the policy was read. */
  | { readonly kind: 'policyOld'; readonly head: string };

/** What the host did not take of an issue. */
export interface SyncRefusal {
  readonly number: number;
  /** `issue`: nothing of what was written. */
  readonly field: FieldName | 'comments' | 'issue';
  readonly reason: string;
}

export interface SyncWritten {
  readonly created: readonly { readonly path: string; readonly number: number }[];
  /** Issues that were written. */
  readonly written: readonly number[];
  /** Comments that were posted or edited. */
  readonly comments: number;
  readonly refused: readonly SyncRefusal[];
  readonly waits: readonly SyncWait[];
  /** Issues whose last write may have passed over somebody's: their base stays, and they are looked at again. */
  readonly moving?: readonly number[];
}

export type SyncCommitted =
  | {
      readonly kind: 'committed';
      /** Of the tracked branch; null: no file changed. */
      readonly commit: string | null;
      /** Of the base ref; null: nothing changed there. */
      readonly base: string | null;
      readonly files: number;
      readonly conflicts: readonly number[];
      /** Something is left to be written at the host: look again at once. */
      readonly isUnfinished: boolean;
      /** That holds the files' changes until it is merged. */
      readonly pull: number | null;
      /** Where the branch is now that such changes were written on; null: nothing was. */
      readonly waiting?: string | null;
      /** Issues that were left for a commit of their own: so much is asked of people in one. */
      readonly deferred?: readonly number[];
      readonly waits: readonly SyncWait[];
    }
  /** Somebody was quicker: plan again. */
  | { readonly kind: 'moved'; readonly reason: string }
  /** Nobody, or not we, may push to that ref. */
  | { readonly kind: 'denied'; readonly ref: string; readonly reason: string };
