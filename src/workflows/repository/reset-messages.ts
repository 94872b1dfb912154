/** Putting a branch back: the workflow's input, commands and query. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { ResetView } from '../../domain/develop-reset/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface ResetInput {
  readonly repository: RepositoryKey;
  readonly branch: string;
  /** Full name of where it goes, such as a backup; null: where the policy says. */
  readonly toRef: string | null;
  readonly requestedBy: string;
  readonly reason: string;
  /** Make the plan and end. */
  readonly dryRun: boolean;
}

export interface ApproveResetCommand extends Command {
  /** `<branch>@<tip>><target>`: what was seen when it was approved; the query shows it. */
  readonly planKey: string;
  /** Signed by the API over reset, plan, actor and expiry; null when typed into the Temporal UI. */
  readonly ticket: string | null;
}

export interface ListBackupsInput {
  readonly repository: RepositoryKey;
  /** Null: of all branches. */
  readonly branch: string | null;
}

export const approveResetUpdate = defineUpdate<CommandReceipt, [ApproveResetCommand]>(
  updateNames.approve,
);
export const rejectResetUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.reject);
export const readResetQuery = defineQuery<ResetView>(queryNames.readReset);
