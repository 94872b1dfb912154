/** The release workflow's messages; its input is `ReleaseInput`. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApproveCommand, Command, CommandReceipt, RejectCommand } from '../domain/command.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { SoakAlertCommand } from '../domain/rollout/alert.js';
import type { RolloutFinished } from '../domain/rollout/request.js';
import { queryNames, signalNames, updateNames } from '../domain/wire-names.js';

export const approveUpdate = defineUpdate<CommandReceipt, [ApproveCommand]>(updateNames.approve);
export const rejectUpdate = defineUpdate<CommandReceipt, [RejectCommand]>(updateNames.reject);
export const abortReleaseUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.abort);
export const retryReleaseUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.retry);
export const alertReleaseUpdate = defineUpdate<CommandReceipt, [SoakAlertCommand]>(
  updateNames.alert,
);
export const rolloutFinishedSignal = defineSignal<[RolloutFinished]>(signalNames.rolloutFinished);
export const readReleaseQuery = defineQuery<ReleaseView>(queryNames.readRelease);
