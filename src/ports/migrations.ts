/** Runs the migration of a revision before that is deployed. */
import type { TargetKey } from '../domain/names.js';
import type { MigrationSpec, MigrationStatus } from '../domain/rollout/migration.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import type { Intent } from './workload.js';

export interface Migrations {
  /**
   * Starts the revision's migration unless it has run or runs already, and says how it stands; to be asked again until
   * it has ended. One that has succeeded is not run again; one that has failed is run again only by a later rollout.
   * A running one is never stopped, and none begins while another of the target still runs.
   * @throws StaleWrite when a later fence was seen; NotFound without the job; InvalidInput when the job does not run
   *   the revision's image; Unavailable
   */
  runMigration(request: {
    readonly target: TargetKey;
    readonly revision: Revision;
    readonly workload: WorkloadSpec;
    readonly migration: MigrationSpec;
    readonly intent: Intent;
  }): Promise<MigrationStatus>;
}
