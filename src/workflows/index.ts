/** Every workflow of the engine: the names here are the workflow types in histories and lists. */
export { previewRollout } from './preview-workflow.js';
export { reconcileTargets } from './reconcile-workflow.js';
export { promoteRelease } from './release-workflow.js';
export { rememberRequest } from './request-workflow.js';
export { runRollout } from './rollout-workflow.js';
export { ownTarget } from './target-workflow.js';
