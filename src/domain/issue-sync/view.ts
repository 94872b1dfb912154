/** The sync of a repository as operators see it, and its commands. */
import type { Command } from '../command.js';
import type { RepositoryKey } from '../repository/names.js';
import type { SyncWait } from './pass.js';
import type { FieldName } from './shapes.js';

export const syncPhases = [
  'looking',
  'writing',
  'committing',
  'resting',
  'held',
  'paused',
  'ended',
] as const;
export type SyncPhase = (typeof syncPhases)[number];

export interface SyncPass {
  readonly atMs: number;
  /** What brought it about. */
  readonly cause: string;
  /** Issues written, made and comments posted at the host; files written; commits of the branch and of the base. */
  readonly written: number;
  readonly created: number;
  readonly comments: number;
  readonly files: number;
  readonly commit: string | null;
  readonly base: string | null;
}

export interface SyncStory {
  readonly atMs: number;
  readonly text: string;
}

export interface SyncView {
  readonly repository: RepositoryKey;
  readonly phase: SyncPhase;
  /** What it does or waits for. */
  readonly reason: string;
  readonly isDryRun: boolean;
  readonly paused: Command | null;
  /** The last one that ended, whether or not there was anything to do. */
  readonly lastPass: SyncPass | null;
  /** The last one that wrote anything. */
  readonly lastWrite: SyncPass | null;
  /** What waits for a person, at most {@link shownWaits} of it. */
  readonly waits: readonly SyncWait[];
  /** What would be done next, where it is not done at once. */
  readonly plan: readonly string[];
  /** Of that plan, for its approval; null where none is asked for. */
  readonly digest: string | null;
  readonly trouble: string | null;
  readonly nextAtMs: number | null;
  readonly story: readonly SyncStory[];
  readonly commands: readonly string[];
}

export const shownWaits = 100;

/** What a plan that was asked for says. */
export interface PlannedSync {
  readonly lines: readonly string[];
  /** Beyond those lines. */
  readonly more: number;
  readonly digest: string;
  /** Why it would wait for approval; null where it would not. */
  readonly hold: string | null;
  readonly waits: readonly SyncWait[];
}

export interface SyncNowCommand extends Command {
  /** Ask for every issue, not only for those that changed. */
  readonly full: boolean;
}

export interface ApproveSyncCommand extends Command {
  /** Of the plan that is approved. */
  readonly digest: string;
}

export interface ResolveSyncCommand extends Command {
  readonly issue: number;
  readonly field: FieldName;
  readonly take: 'file' | 'github' | 'text';
  /** For `text`; null elsewhere. */
  readonly text: string | null;
}

/** What one commit of the base ref says of one issue. */
export interface SyncChange {
  readonly sha: string;
  readonly atMs: number;
  readonly number: number;
  readonly fields: readonly string[];
  /** The side that it came from: `file`, `github`, `both`. */
  readonly side: string;
  /** Who edited; null where nobody knows. */
  readonly actor: string | null;
  /** GUID of the webhook that told of it; null where none did. */
  readonly delivery: string | null;
  /** How it was decided. */
  readonly policy: string | null;
  readonly run: string | null;
}

/** Who changed what, newest first; of one issue also how it stands. */
export interface SyncLog {
  readonly number: number | null;
  /** Null: no file, no record, or not asked for one issue. */
  readonly path: string | null;
  readonly changes: readonly SyncChange[];
  /** All of it for people. */
  readonly lines: readonly string[];
}
