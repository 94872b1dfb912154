/** All operations of the REST side, more special addresses before those that take slashes. */
import type { Meter } from './limits.js';
import { appOperations } from './rest/apps.js';
import type { Operation } from './rest/call.js';
import { checkOperations } from './rest/checks.js';
import { commitOperations } from './rest/commits.js';
import { deploymentOperations } from './rest/deployments.js';
import { gitOperations } from './rest/git.js';
import { hookOperations } from './rest/hooks.js';
import { issueOperations } from './rest/issues.js';
import { labelOperations } from './rest/labels.js';
import { protectionOperations } from './rest/protection.js';
import { pullOperations } from './rest/pulls.js';
import { releaseOperations } from './rest/releases.js';
import { repositoryOperations } from './rest/repositories.js';

export function createOperations(meter: Meter): readonly Operation[] {
  return [
    ...appOperations(meter),
    ...issueOperations,
    ...labelOperations,
    ...pullOperations,
    ...gitOperations,
    ...protectionOperations,
    ...checkOperations,
    ...deploymentOperations,
    ...hookOperations,
    ...releaseOperations,
    ...commitOperations,
    ...repositoryOperations,
  ];
}
