/** All activities that call the code host, served from its own queue. */
import type { ActivityPorts } from '../ports.js';
import { createIssueActivities } from './issue-activities.js';
import { createArchiveActivities } from './archive-activities.js';
import { createBranchActivities } from './branch-activities.js';
import { createPolicyActivities } from './policy-activities.js';
import { createResetActivities } from './reset-activities.js';
import { createStaleItemActivities } from './stale-item-activities.js';
import { createProtectionActivities } from './protection-activities.js';

export function createRepositoryActivities(ports: ActivityPorts) {
  return {
    ...createArchiveActivities(ports),
    ...createBranchActivities(ports),
    ...createPolicyActivities(ports),
    ...createResetActivities(ports),
    ...createStaleItemActivities(ports),
    ...createIssueActivities(ports),
    ...createProtectionActivities(ports),
  };
}
