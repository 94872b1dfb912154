/** Whose turn it is at the code host: each owner has a line of its own, and what tells people of something another. */
import type { ActivityInput, WorkflowInterceptors } from '@temporalio/workflow';
import type { RepositoryActivities } from '../activities/index.js';
import type { RepositoryKey } from '../domain/repository/names.js';
import { priorityKeys, taskQueues } from '../domain/wire-names.js';

/** The main effect is an issue, a comment or a pull request. */
const creations: readonly string[] = [
  'openCleanupIssue',
  'commentOnCleanupIssue',
  'tellSuspension',
  'reportDrift',
  'openIssuePull',
  'commentOnPull',
  'ejectPull',
  'tellOfWait',
  'tellOfFreeze',
  'endFreeze',
  'tellOfReset',
  'treatResetPull',
  'closeResetIssue',
  'markStaleItem',
  'closeStaleItem',
] satisfies readonly (keyof RepositoryActivities)[];

/** They come by the thousand and nobody waits for them. Temporal counts from 1, the first, to 5; others are 3. */
const inBulk: readonly string[] = [
  'markStaleItem',
  'closeStaleItem',
] satisfies readonly (keyof RepositoryActivities)[];

// Here and not where activities are called, so that none is forgotten. Neither queue nor priority is looked at in a replay.
export function interceptors(): WorkflowInterceptors {
  return { outbound: [{ scheduleActivity: (input, next) => next(inItsLine(input)) }] };
}

function inItsLine(input: ActivityInput): ActivityInput {
  const { activityType, args, options } = input;
  if (options.taskQueue !== taskQueues.github) return input;
  // An installation belongs to one owner, so this is who the host counts.
  const [call] = args as readonly ({ readonly repository?: RepositoryKey } | undefined)[];
  const owner = call?.repository?.owner.toLowerCase();
  return {
    ...input,
    options: {
      ...options,
      taskQueue: creations.includes(activityType) ? taskQueues.githubCreations : taskQueues.github,
      priority: {
        ...(inBulk.includes(activityType) && { priorityKey: priorityKeys.bulk }),
        ...(owner !== undefined && { fairnessKey: owner }),
      },
    },
  };
}
