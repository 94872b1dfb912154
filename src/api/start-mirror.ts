/** Has a release shown at the code host: begun beside it, one for each of its runs, however often it is posted. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { deploymentWorkflowId, environmentOfPath, releaseWorkflowId } from '../domain/names.js';
import { parseRepository } from '../domain/repository/names.js';
import type { ReleaseInput } from '../domain/release/view.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { mirrorRelease } from '../workflows/repository/mirror-release-workflow.js';
import type { ApiDeps } from './deps.js';
import { temporalLink } from './paths.js';
import { describeWorkflow, failureOf } from './temporal.js';

type Deps = Pick<ApiDeps, 'client' | 'limits' | 'mirroredIn' | 'temporalUiUrl'>;

/**
 * Does nothing where the service has no repository, the release no commit, or this installation no code host.
 * A release that was started and not mirrored (the process died in between) is mirrored when it is posted again.
 */
export async function startMirror(deps: Deps, input: ReleaseInput): Promise<void> {
  const { service, version, gitSha, pipeline } = input;
  const path = gitSha === null ? null : await deps.mirroredIn(service);
  if (path === null || gitSha === null) return;
  const release = { service, version };
  const releaseId = releaseWorkflowId(release);
  const started = await describeWorkflow(deps, releaseId);
  if (started === null) return;
  const { runId } = started;
  const id = deploymentWorkflowId(release, runId);
  const last = pipeline.environments.at(-1)?.environment;
  const logUrl = temporalLink(deps.temporalUiUrl, releaseId) ?? null;
  try {
    await deps.client.withDeadline(Date.now() + deps.limits.answerMs, () =>
      deps.client.workflow.start<typeof mirrorRelease>(workflowTypes.mirrorRelease, {
        workflowId: id,
        taskQueue: taskQueues.workflows,
        args: [
          {
            ...{ release, runId, sha: gitSha, logUrl, dryRun: false },
            repository: parseRepository(path),
            production: last === undefined ? [] : [environmentOfPath(last)],
          },
        ],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `${service} ${version} in ${path}`.slice(0, 200),
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw failureOf(error, id);
  }
}
