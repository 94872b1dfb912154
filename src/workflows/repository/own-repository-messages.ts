/** A repository in our care: the workflow's input, signals, commands and query. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { Automation } from '../../domain/repository/automations.js';
import type { AutomationOutcome, CareState } from '../../domain/repository/care.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, signalNames, updateNames } from '../../domain/wire-names.js';

export interface OwnRepositoryInput {
  readonly repository: RepositoryKey;
  /** Carried through continue-as-new. */
  readonly carried: CareState | null;
}

/** @example {"actor": "ann", "reason": "we move hosts today", "automation": "staleBranches"} */
export interface SwitchCommand extends Command {
  readonly automation: Automation;
}

export const sweptSignal = defineSignal<[unknown]>(signalNames.swept);
export const automationOutcomeSignal = defineSignal<[AutomationOutcome]>(
  signalNames.automationOutcome,
);
export const pauseAutomationUpdate = defineUpdate<CommandReceipt, [SwitchCommand]>(
  updateNames.pause,
);
export const resumeAutomationUpdate = defineUpdate<CommandReceipt, [SwitchCommand]>(
  updateNames.resume,
);
export const readRepositoryQuery = defineQuery<CareState>(queryNames.readRepository);
