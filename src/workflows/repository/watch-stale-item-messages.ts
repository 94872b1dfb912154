/** Input and messages of the watch over one marked item: people keep it, close it or end the watch; events wake it. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { StaleItemPolicy } from '../../domain/stale-item/policy.js';
import type { StaleItemStory, StaleItemView } from '../../domain/stale-item/view.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface StaleItemInput {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly isPull: boolean;
  /** As of the start; before it is closed the newest is read, unless {@link isPolicyFixed}. */
  readonly policy: StaleItemPolicy;
  readonly isPolicyFixed: boolean;
  /** Under which we write. */
  readonly ownLogin: string;
  /** Its turn, epoch milliseconds. */
  readonly slotAtMs: number;
  /** Null: it carries the mark already. */
  readonly marking: {
    readonly dueAtMs: number;
    readonly updatedAtMs: number;
    readonly reason: string;
  } | null;
  readonly dryRun: boolean;
  /** Through continue-as-new. */
  readonly carried: {
    readonly markedAtMs: number;
    readonly dueAtMs: number | null;
    readonly story: readonly StaleItemStory[];
  } | null;
}

/** Takes the mark off; it is due again only after the whole time. */
export const keepItemUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.keep);
/** Closes it now. */
export const closeItemUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.close);
/** Ends the watch and leaves everything as it is; the next sweep may find it again. */
export const cancelItemUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.cancel);
export const readStaleItemQuery = defineQuery<StaleItemView>(queryNames.readStaleItem);
