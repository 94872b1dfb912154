/** Stale branches: inputs of their workflows, commands and the query. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { KnownIssue } from '../../domain/branch/candidates.js';
import type { Keep } from '../../domain/branch/facts.js';
import type { BranchView } from '../../domain/branch/view.js';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface RetireBranchInput {
  readonly repository: RepositoryKey;
  readonly branch: string;
  /** Its cleanup issue as the sweep saw it; null: there never was one. Left out: it is looked for. */
  readonly issue?: KnownIssue | null;
  /** Plan it, write nothing and end; the policy may say so too. */
  readonly dryRun: boolean;
  /** Carried through continue-as-new. */
  readonly keep?: Keep | null;
}

export interface KeepBranchCommand extends Command {
  /** Epoch milliseconds; null: until another word. */
  readonly untilMs: number | null;
}

export interface SweepBranchesInput {
  readonly repository: RepositoryKey;
  readonly dryRun: boolean;
}

export interface BranchSweep {
  /** Why nothing was done; null when the sweep was made. */
  readonly skipped: string | null;
  readonly branches: number;
  /** In the order in which they are due. */
  readonly begun: readonly string[];
  /** Had a workflow already. */
  readonly running: number;
  /** Left to later sweeps by the limit. */
  readonly left: number;
  readonly archivesDeleted: number;
}

export interface RestoreBranchInput extends Command {
  readonly repository: RepositoryKey;
  readonly branch: string;
  /** Beginning of the tip, where several were archived under the name; null: the newest. */
  readonly sha: string | null;
  readonly dryRun: boolean;
}

export interface RestoredBranch {
  readonly branch: string;
  readonly sha: string;
  /** Where it lay. */
  readonly archive: string;
  readonly isDryRun: boolean;
}

export const keepBranchUpdate = defineUpdate<CommandReceipt, [KeepBranchCommand]>(updateNames.keep);
export const archiveNowUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.archiveNow);
export const cancelUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.cancel);
export const readBranchQuery = defineQuery<BranchView>(queryNames.readBranch);
