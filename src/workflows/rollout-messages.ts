/** The rollout workflow's input and messages. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import type { Command, CommandReceipt } from '../domain/command.js';
import type { TargetKey } from '../domain/names.js';
import type { AlertCommand } from '../domain/rollout/alert.js';
import type { RollbackCause } from '../domain/rollout/outcome.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { RolloutPlan } from '../domain/rollout/step.js';
import type { RolloutView } from '../domain/rollout/view.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import { queryNames, signalNames, updateNames } from '../domain/wire-names.js';

export interface RolloutInput {
  readonly target: TargetKey;
  readonly n: number;
  readonly requestId: string;
  readonly releaseId: string | null;
  readonly platform: string;
  readonly stable: Revision | null;
  readonly candidate: Revision;
  /** The candidate has not run at this target before: what its instances count is all of this rollout. */
  readonly fresh: boolean;
  readonly workload: WorkloadSpec;
  readonly plan: RolloutPlan;
  readonly health: HealthPolicy;
  readonly requestedBy: string;
  readonly reason: string;
}

export const pauseUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.pause);
export const resumeUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.resume);
export const promoteUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.promote);
export const promoteFullUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.promoteFull);
export const abortUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.abort);
export const alertUpdate = defineUpdate<CommandReceipt, [AlertCommand]>(updateNames.alert);
/** From the target, which alone may supersede: heard even where nobody waits for an answer. */
export const turnBackSignal = defineSignal<[RollbackCause]>(signalNames.turnBack);
/** The limits that the candidate is held to, for whoever shows a watch that is under way. */
export const readHealthQuery = defineQuery<HealthPolicy>(queryNames.readHealth);
export const readRolloutQuery = defineQuery<RolloutView>(queryNames.readRollout);
