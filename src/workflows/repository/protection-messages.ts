/** Branch protection: the workflow's input, commands and query. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command } from '../../domain/command.js';
import type { ProtectionPlan } from '../../domain/protection/plan.js';
import type {
  ApplyProtectionCommand,
  ProtectionApplied,
  ProtectionBackup,
  ProtectionRestored,
  ProtectionView,
  RestoreProtectionCommand,
} from '../../domain/protection/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface ProtectBranchesInput {
  readonly repository: RepositoryKey;
  /** Plans and shows; apply, restore and reports write nothing. */
  readonly dryRun: boolean;
  /** Carried through continue-as-new. */
  readonly carried?: {
    readonly held: readonly string[];
    readonly issue: number | null;
    readonly backups: readonly ProtectionBackup[];
  };
}

export interface PlannedProtection {
  readonly plan: ProtectionPlan;
  readonly lines: readonly string[];
  readonly backups: readonly ProtectionBackup[];
}

/** What the commands ask for. */
export interface ProtectionActs {
  planNow(): Promise<PlannedProtection>;
  apply(command: ApplyProtectionCommand): Promise<ProtectionApplied>;
  restore(command: RestoreProtectionCommand): Promise<ProtectionRestored>;
}

export const planProtectionUpdate = defineUpdate<PlannedProtection, [Command]>(
  updateNames.planProtection,
);
export const applyProtectionUpdate = defineUpdate<ProtectionApplied, [ApplyProtectionCommand]>(
  updateNames.applyProtection,
);
export const restoreProtectionUpdate = defineUpdate<ProtectionRestored, [RestoreProtectionCommand]>(
  updateNames.restoreProtection,
);
export const readProtectionQuery = defineQuery<ProtectionView>(queryNames.readProtection);
