/** Input and messages of the sweep over a repository's issues and pull requests. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../domain/repository/names.js';
import type { StaleItemPolicies } from '../../domain/stale-item/policy.js';
import type { StaleSweepView } from '../../domain/stale-item/view.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface StaleSweepInput {
  readonly repository: RepositoryKey;
  /** Plans and writes nothing. */
  readonly dryRun: boolean;
  /** Left out or null: those written for the repository, read before every pass. */
  readonly policies?: StaleItemPolicies | null;
  /** Ends after one pass. */
  readonly once?: boolean;
  /** Through continue-as-new. */
  readonly carried?: StaleSweepMemory | null;
}

export interface StaleSweepMemory {
  /** Numbers of marked items that a workflow watches. */
  readonly watched: readonly number[];
  /** When all that carry the mark were last listed. */
  readonly adoptedAtMs: number;
  readonly view: StaleSweepView;
}

/** One for each repository, for ever. */
export function staleSweepId(repository: RepositoryKey): string {
  return repositoryWorkflowId('repository-sweep', repository, 'stale-items');
}

/** Goes through the list now. */
export const sweepItemsNowUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.sweepNow);
/** Ends the sweep; those that are watched already go on. */
export const cancelSweepUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.cancel);
export const readStaleSweepQuery = defineQuery<StaleSweepView>(queryNames.readStaleSweep);
