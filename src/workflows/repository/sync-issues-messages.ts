/** The sync of issues and files: the workflow's input, commands and query. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { SyncAnswer, SyncIntent } from '../../domain/issue-sync/pass.js';
import type {
  ApproveSyncCommand,
  PlannedSync,
  ResolveSyncCommand,
  SyncNowCommand,
  SyncPass,
  SyncStory,
  SyncView,
} from '../../domain/issue-sync/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface SyncIssuesInput {
  readonly repository: RepositoryKey;
  /** Plans and shows, writes nothing, and ends a minute after nobody asked any more. */
  readonly dryRun: boolean;
  /** Carried through continue-as-new. */
  readonly carried?: CarriedSync;
}

export interface CarriedSync {
  readonly paused: Command | null;
  readonly approved: string | null;
  readonly intents: readonly SyncIntent[];
  readonly answers: readonly SyncAnswer[];
  /** Commit of the base as it was looked at, or left, last. */
  readonly noted?: string | null;
  readonly lastPass: SyncPass | null;
  readonly lastWrite: SyncPass | null;
  readonly fullAtMs: number;
  readonly denied: { readonly untilMs: number; readonly reason: string } | null;
  readonly story: readonly SyncStory[];
}

export const planSyncUpdate = defineUpdate<PlannedSync, [Command]>(updateNames.planSync);
export const syncNowUpdate = defineUpdate<CommandReceipt, [SyncNowCommand]>(updateNames.syncNow);
export const approveSyncUpdate = defineUpdate<CommandReceipt, [ApproveSyncCommand]>(
  updateNames.approveSync,
);
export const resolveSyncUpdate = defineUpdate<CommandReceipt, [ResolveSyncCommand]>(
  updateNames.resolveSync,
);
export const pauseSyncUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.pause);
export const abortSyncUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.abort);
export const resumeSyncUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.resume);
export const readSyncQuery = defineQuery<SyncView>(queryNames.readSync);
