/** An issue's follower: its input, commands and query. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import type { IssueState } from '../../domain/issue/advance.js';
import type { IssueStory, IssueView } from '../../domain/issue/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { queryNames, updateNames } from '../../domain/wire-names.js';

export interface FollowIssueInput {
  readonly repository: RepositoryKey;
  readonly number: number;
  /** Look once, say what would be done, write nothing and end. */
  readonly dryRun: boolean;
  /** Carried through continue-as-new; absent at the first start: all is read from the code host. */
  readonly carried?: {
    readonly state: IssueState;
    readonly paused: Command | null;
    readonly story: readonly IssueStory[];
  };
}

export const branchNowUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.branchNow);
export const lookAgainUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.lookAgain);
export const pauseIssueUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.pause);
export const resumeIssueUpdate = defineUpdate<CommandReceipt, [Command]>(updateNames.resume);
export const readIssueQuery = defineQuery<IssueView>(queryNames.readIssue);
