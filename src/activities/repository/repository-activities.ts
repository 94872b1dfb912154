/** All activities that call the code host, served from its own queue. */
import type { ActivityPorts } from '../ports.js';

export function createRepositoryActivities(_ports: ActivityPorts) {
  return {};
}
