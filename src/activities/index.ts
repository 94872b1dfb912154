/** All activities over one set of ports. */
import { createGateActivities } from './gate-activities.js';
import type { ActivityPorts } from './ports.js';
import { createHandBackActivities } from './hand-back-activities.js';
import { createMigrationActivities } from './migration-activities.js';
import { createPhaseActivities } from './phase-activities.js';
import { createPreviewActivities } from './preview-activities.js';
import { createReconcileActivities } from './reconcile-activities.js';
import { createReleaseActivities } from './release-activities.js';
import { createFlowActivities } from './repository/flow-activities.js';
import { createRepositoryActivities } from './repository/repository-activities.js';
import { createTrafficActivities } from './traffic-activities.js';
import { createWatchActivities } from './watch-activities.js';
import { createWorkerActivities } from './worker-activities.js';

/** Grouped by the task queue that they are served from. */
export function createActivities(ports: ActivityPorts) {
  return {
    actuate: {
      ...createTrafficActivities(ports),
      ...createHandBackActivities(ports),
      ...createMigrationActivities(ports),
      ...createPreviewActivities(ports),
    },
    watch: {
      ...createWatchActivities(ports),
      ...createGateActivities(ports),
      ...createReconcileActivities(ports),
      ...createPhaseActivities(ports),
      ...createWorkerActivities(ports),
    },
    workflows: { ...createReleaseActivities(ports), ...createFlowActivities(ports) },
    github: createRepositoryActivities(ports),
  };
}

export type { PreviewRevision } from './preview-activities.js';

type Activities = ReturnType<typeof createActivities>;
export type ActuateActivities = Activities['actuate'];
export type WatchActivities = Activities['watch'];
export type ReleaseActivities = Activities['workflows'];
export type RepositoryActivities = Activities['github'];
