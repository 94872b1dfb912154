/** All operations of the REST side, more special addresses before those that take slashes. */
import type { Operation } from './rest/call.js';
import { commitOperations } from './rest/commits.js';
import { gitOperations } from './rest/git.js';
import { issueOperations } from './rest/issues.js';
import { labelOperations } from './rest/labels.js';
import { pullOperations } from './rest/pulls.js';
import { repositoryOperations } from './rest/repositories.js';

export const operations: readonly Operation[] = [
  ...issueOperations,
  ...labelOperations,
  ...pullOperations,
  ...gitOperations,
  ...commitOperations,
  ...repositoryOperations,
];
