/** Which workflows an upgrade of the workers takes along: those that live for weeks or for ever. */
import { setWorkflowOptions } from '@temporalio/workflow';
import { checkPull } from './repository/check-pull-workflow.js';
import { followIssue } from './repository/follow-issue-workflow.js';
import { mergePulls } from './repository/merge-pulls-workflow.js';
import { ownRepository } from './repository/own-repository-workflow.js';
import { protectBranches } from './repository/protect-branches-workflow.js';
import { retireStaleBranch } from './repository/retire-branch-workflow.js';
import { syncIssues } from './repository/sync-issues-workflow.js';
import { watchStaleItem } from './repository/watch-stale-item-workflow.js';
import { ownTarget } from './target-workflow.js';

/**
 * The server refuses the task of a worker without a version that names a behaviour, and a replayed history tells of the
 * version that the workflow began with: so a worker with a version says so before the bundle begins.
 */
const { workersHaveVersion = false } = globalThis as { readonly workersHaveVersion?: boolean };

// All others say nothing and end with the version that they began with: releases and rollouts never change their code
// half-way. The histories of these must replay with every new build.
const goesAlong = workersHaveVersion ? ({ versioningBehavior: 'AUTO_UPGRADE' } as const) : {};

setWorkflowOptions(goesAlong, ownTarget);
setWorkflowOptions(goesAlong, ownRepository);
setWorkflowOptions(goesAlong, mergePulls);
setWorkflowOptions(goesAlong, syncIssues);
setWorkflowOptions(goesAlong, protectBranches);
setWorkflowOptions(goesAlong, followIssue);
setWorkflowOptions(goesAlong, checkPull);
setWorkflowOptions(goesAlong, watchStaleItem);
setWorkflowOptions(goesAlong, retireStaleBranch);
