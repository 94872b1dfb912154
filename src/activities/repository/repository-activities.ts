/** All activities that call the code host, served from its own queue. */
import type { ActivityPorts } from '../ports.js';
import { createDeploymentActivities } from './deployment-activities.js';
import { createRolloutMirrorActivities } from './rollout-mirror-activities.js';
import { createIssueActivities } from './issue-activities.js';
import { createArchiveActivities } from './archive-activities.js';
import { createBranchActivities } from './branch-activities.js';
import { createMergeActivities } from './merge-activities.js';
import { createMergeQueueActivities } from './merge-queue-activities.js';
import { createPullCheckActivities } from './pull-check-activities.js';
import { createCareActivities } from './care-activities.js';
import { createPolicyActivities } from './policy-activities.js';
import { createResetActivities } from './reset-activities.js';
import { createSyncIssueActivities } from './sync-issue-activities.js';
import { createSweepActivities } from './sweep-activities.js';
import { createTriggerActivities } from './trigger-activities.js';
import { createVerifyMergeActivities } from './verify-merge-activities.js';
import { createStaleItemActivities } from './stale-item-activities.js';
import { createProtectionActivities } from './protection-activities.js';

export function createRepositoryActivities(ports: ActivityPorts) {
  return {
    ...createArchiveActivities(ports),
    ...createBranchActivities(ports),
    ...createCareActivities(ports),
    ...createPolicyActivities(ports),
    ...createPullCheckActivities(ports),
    ...createResetActivities(ports),
    ...createSweepActivities(ports),
    ...createTriggerActivities(ports),
    ...createMergeActivities(ports),
    ...createMergeQueueActivities(ports),
    ...createVerifyMergeActivities(ports),
    ...createStaleItemActivities(ports),
    ...createIssueActivities(ports),
    ...createSyncIssueActivities(ports),
    ...createDeploymentActivities(ports),
    ...createRolloutMirrorActivities(ports),
    ...createProtectionActivities(ports),
  };
}
