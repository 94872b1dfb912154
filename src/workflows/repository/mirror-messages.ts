/** The mirrors of a release and of a rollout at the code host, and the gate for its workflow runs: inputs, commands, queries. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { RolloutMirrorView } from '../../domain/deployment-mirror/rollout.js';
import type { MirrorView } from '../../domain/deployment-mirror/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface AnswerDeploymentInput {
  readonly repository: RepositoryKey;
  /** Of the code host's workflow run that waits. */
  readonly runId: number;
  readonly environment: string;
  readonly sha: string;
  readonly dryRun: boolean;
}

export interface DeploymentAnswer {
  readonly state: 'approved' | 'rejected' | 'unanswered';
  readonly comment: string;
}

export const showAgainUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.lookAgain);
export const readRolloutMirrorQuery = defineQuery<RolloutMirrorView>(queryNames.readMirror);
export const readMirrorQuery = defineQuery<MirrorView>(queryNames.readMirror);
/** A person's own answer to a waiting run, instead of the release's. */
export const approveRunUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.approve);
export const rejectRunUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.reject);
