/** Input and messages of the checks of a pull request: events wake it, people have it looked at now. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command } from '../../domain/command.js';
import type { PullChecksView } from '../../domain/pull-check/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface CheckPullInput {
  readonly repository: RepositoryKey;
  readonly number: number;
  /** One look, and nothing is written. */
  readonly dryRun: boolean;
}

/** Looks at it anew; answered when that has been told at the code host. */
export const checkNowUpdate = defineUpdate<PullChecksView, [Command]>(updateNames.checkNow);
export const readPullChecksQuery = defineQuery<PullChecksView>(queryNames.readPullChecks);
