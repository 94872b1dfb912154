/** All activities that call the code host, served from its own queue. */
import type { ActivityPorts } from '../ports.js';
import { createPolicyActivities } from './policy-activities.js';

export function createRepositoryActivities(ports: ActivityPorts) {
  return {
    ...createPolicyActivities(ports),
  };
}
