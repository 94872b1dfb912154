/** Has a release shown at the code host: begun beside it, one for each of its runs, however often it is posted. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { temporalLink } from '../config/temporal-link.js';
import { beginMirror } from '../domain/deployment-mirror/begin.js';
import { releaseWorkflowId } from '../domain/names.js';
import type { ReleaseInput } from '../domain/release/view.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { mirrorRelease } from '../workflows/repository/mirror-release-workflow.js';
import type { ApiDeps } from './deps.js';
import { describeWorkflow, failureOf } from './temporal.js';

type Deps = Pick<ApiDeps, 'client' | 'limits' | 'mirroredIn' | 'temporalUiUrl'>;

/**
 * Does nothing where the service has no repository, the release no commit, or this installation no code host.
 * A release that was started and not mirrored (the process died in between) is mirrored when it is posted again.
 */
export async function startMirror(deps: Deps, input: ReleaseInput): Promise<void> {
  const repository = await deps.mirroredIn(input.service);
  if (repository === null) return;
  const releaseId = releaseWorkflowId(input);
  const started = await describeWorkflow(deps, releaseId);
  if (started === null) return;
  const logUrl = temporalLink(deps.temporalUiUrl, releaseId);
  const begin = beginMirror(input, { repository, runId: started.runId, logUrl });
  if (begin === null) return;
  try {
    await deps.client.withDeadline(Date.now() + deps.limits.answerMs, () =>
      deps.client.workflow.start<typeof mirrorRelease>(workflowTypes.mirrorRelease, {
        workflowId: begin.workflowId,
        taskQueue: taskQueues.workflows,
        args: [begin.input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: begin.summary,
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
      throw failureOf(error, begin.workflowId);
    }
  }
}
