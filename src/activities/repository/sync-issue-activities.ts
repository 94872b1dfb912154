/** Issues and files kept the same: the steps of a pass, and what is read of it for people. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { ActivityPorts } from '../ports.js';
import { commitSyncedIssuesWith } from './sync-commit.js';
import { checkConflict } from './sync-conflict.js';
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

    /** Whether markers are left where people answer. @returns tips of the branches, for the next time */
    async checkSyncConflicts(input: {
      readonly repository: RepositoryKey;
      readonly conflicts: readonly {
        readonly number: number;
        readonly path: string;
        /** The tip that was checked last. */
        readonly checkedSha: string | null;
      }[];
    }): Promise<readonly { readonly number: number; readonly sha: string | null }[]> {
      const tips: { number: number; sha: string | null }[] = [];
      for (const { number, path, checkedSha } of input.conflicts) {
        const sha = await checkConflict(ports, input.repository, number, path, checkedSha);
        tips.push({ number, sha });
      }
      return tips;
    },
  };
}
