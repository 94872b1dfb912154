/** Every workflow of the engine: the names here are the workflow types in histories and lists. */
export { previewRollout } from './preview-workflow.js';
export { reconcileTargets } from './reconcile-workflow.js';
export { promoteRelease } from './release-workflow.js';
export { rememberRequest } from './request-workflow.js';
export { routeDelivery } from './repository/route-delivery-workflow.js';
export { runRollout } from './rollout-workflow.js';
export { ownTarget } from './target-workflow.js';
export { listArchivedBranches, restoreBranch } from './repository/restore-branch-workflow.js';
export { retireStaleBranch } from './repository/retire-branch-workflow.js';
export { sweepStaleBranches } from './repository/sweep-branches-workflow.js';
export { mergePulls } from './repository/merge-pulls-workflow.js';
export { listBackups, resetBranch } from './repository/reset-branch-workflow.js';
export { sweepStaleItems } from './repository/sweep-stale-items-workflow.js';
export { watchStaleItem } from './repository/watch-stale-item-workflow.js';
export { followIssue } from './repository/follow-issue-workflow.js';
export { protectBranches } from './repository/protect-branches-workflow.js';
export { checkPull } from './repository/check-pull-workflow.js';
export { mirrorRelease } from './repository/mirror-release-workflow.js';
