/** Merging into one base: the workflow's input, commands and query. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { MergeMemory, MergeView } from '../../domain/merge/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface MergePullsInput {
  readonly repository: RepositoryKey;
  readonly base: string;
  /** Say what would be done now, and end. */
  readonly dryRun: boolean;
  /** Carried through continue-as-new. */
  readonly memory?: MergeMemory;
}

export const pauseMergingUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.pause);
export const resumeMergingUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.resume);
export const readMergeQueueQuery = defineQuery<MergeView>(queryNames.readMergeQueue);
