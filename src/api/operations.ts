/** Every operation under /v1, in the order in which they are described. */
import { alertOperations } from './alerts.js';
import { auditOperations } from './audit.js';
import { branchOperations } from './branches.js';
import { issueOperations } from './issues.js';
import { meOperations } from './me.js';
import { mergingOperations } from './merging.js';
import { careOperations } from './care.js';
import type { Operation } from './operation.js';
import { planOperations } from './plans.js';
import { protectionOperations } from './protection.js';
import { pullCheckOperations } from './pull-checks.js';
import { releaseCommandOperations } from './release-commands.js';
import { releaseOperations } from './releases.js';
import { resetOperations } from './resets.js';
import { rolloutListOperations } from './rollout-list.js';
import { rolloutOperations } from './rollouts.js';
import { runningWatchOperations } from './running-watch.js';
import { staleItemOperations } from './stale-items.js';
import { syncOperations } from './sync.js';
import { targetOperations } from './targets.js';
import { whyOperations } from './why.js';

export const operations: readonly Operation[] = [
  ...releaseOperations,
  ...releaseCommandOperations,
  ...planOperations,
  ...rolloutListOperations,
  ...rolloutOperations,
  ...runningWatchOperations,
  ...targetOperations,
  ...alertOperations,
  ...whyOperations,
  ...auditOperations,
  ...careOperations,
  ...branchOperations,
  ...staleItemOperations,
  ...issueOperations,
  ...syncOperations,
  ...protectionOperations,
  ...resetOperations,
  ...mergingOperations,
  ...pullCheckOperations,
  ...meOperations,
];
