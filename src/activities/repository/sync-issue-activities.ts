/** Issues and files kept the same: the steps of a pass, and what is read of it for people. */
import type { ActivityPorts } from '../ports.js';
import { commitSyncedIssuesWith } from './sync-commit.js';
import { checkSyncConflictsWith } from './sync-conflict-check.js';
import { createHostSides } from './sync-host.js';
import { readSyncLogWith } from './sync-log.js';
import { planSyncWith } from './sync-plan.js';
import { writeSyncedIssuesWith } from './sync-write.js';

export function createSyncIssueActivities(ports: ActivityPorts) {
  const hosts = createHostSides(ports);
  return {
    planSync: planSyncWith(ports, hosts),
    writeSyncedIssues: writeSyncedIssuesWith(ports, hosts),
    commitSyncedIssues: commitSyncedIssuesWith(ports, hosts),
    readSyncLog: readSyncLogWith(ports),
    checkSyncConflicts: checkSyncConflictsWith(ports),
  };
}
