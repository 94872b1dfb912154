/** Asks the worker that may talk to a platform what a rollout would change there: short, and over in seconds. */
import type { WorkloadPreview } from '../domain/rollout/preview.js';
import type { PreviewRevision } from '../activities/index.js';
import { previewOn } from './activity-options.js';

export async function previewRollout(input: PreviewRevision): Promise<WorkloadPreview> {
  const summary = `what would ${input.revision.version} change?`;
  return previewOn(input.platform).previewRevision.executeWithOptions({ summary }, [input]);
}
