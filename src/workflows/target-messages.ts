/** The target workflow's input and messages: updates ask for acts, the query shows it. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type {
  Command,
  CommandReceipt,
  EjectCommand,
  EjectReceipt,
  LockCommand,
} from '../domain/command.js';
import type { TargetKey } from '../domain/names.js';
import type {
  RepairCommand,
  RetryRolloutCommand,
  RollBackCommand,
  RolloutReceipt,
  RolloutRequest,
} from '../domain/rollout/request.js';
import type { TargetState } from '../domain/target/state.js';
import type { TargetView } from '../domain/target/view.js';
import { queryNames, updateNames } from '../domain/wire-names.js';

export interface TargetInput {
  readonly target: TargetKey;
  readonly platform: string;
  /** Carried through continue-as-new; null at the first start: the platform is asked what is there. */
  readonly carried: TargetState | null;
}

export const requestRolloutUpdate = defineUpdate<RolloutReceipt, [RolloutRequest]>(
  updateNames.requestRollout,
);
export const retryRolloutUpdate = defineUpdate<RolloutReceipt, [RetryRolloutCommand]>(
  updateNames.retryRollout,
);
export const rollBackUpdate = defineUpdate<RolloutReceipt, [RollBackCommand]>(updateNames.rollBack);
export const lockUpdate = defineUpdate<CommandReceipt, [LockCommand]>(updateNames.lock);
export const unlockUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.unlock);
export const ejectUpdate = defineUpdate<EjectReceipt, [EjectCommand]>(updateNames.eject);
export const repairUpdate = defineUpdate<CommandReceipt, [RepairCommand]>(updateNames.repair);
export const readTargetQuery = defineQuery<TargetView>(queryNames.readTarget);
