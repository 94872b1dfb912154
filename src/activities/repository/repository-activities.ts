/** All activities that call the code host, served from its own queue. */
import type { ActivityPorts } from '../ports.js';
import { createIssueActivities } from './issue-activities.js';
import { createPolicyActivities } from './policy-activities.js';
import { createStaleItemActivities } from './stale-item-activities.js';
import { createProtectionActivities } from './protection-activities.js';

export function createRepositoryActivities(ports: ActivityPorts) {
  return {
    ...createPolicyActivities(ports),
    ...createStaleItemActivities(ports),
    ...createIssueActivities(ports),
    ...createProtectionActivities(ports),
  };
}
