/** How the mirror of a release is begun: one for each of its runs. */
import { deploymentWorkflowId, environmentOfPath, type ReleaseKey } from '../names.js';
import type { ReleaseInput } from '../release/view.js';
import { parseRepository, type RepositoryKey } from '../repository/names.js';

export interface MirrorReleaseInput {
  readonly release: ReleaseKey;
  /** The run of the release: one that is posted again after a failure has a mirror of its own. */
  readonly runId: string;
  readonly repository: RepositoryKey;
  readonly sha: string;
  /** Environments that users are in. */
  readonly production: readonly string[];
  /** Where people read more; null leaves it out. */
  readonly logUrl: string | null;
  readonly dryRun: boolean;
}

export interface MirrorBegin {
  readonly workflowId: string;
  readonly input: MirrorReleaseInput;
  /** For lists of workflows. */
  readonly summary: string;
}

/**
 * Null for a release that names no commit: there is nothing to show it at.
 * @param at where: `owner/name`, the release's run, and where people read more
 */
export function beginMirror(
  { service, version, gitSha, pipeline }: ReleaseInput,
  at: { readonly repository: string; readonly runId: string; readonly logUrl: string | null },
): MirrorBegin | null {
  if (gitSha === null) return null;
  const release = { service, version };
  const last = pipeline.environments.at(-1)?.environment;
  return {
    workflowId: deploymentWorkflowId(release, at.runId),
    input: {
      ...{ release, runId: at.runId, sha: gitSha, logUrl: at.logUrl, dryRun: false },
      repository: parseRepository(at.repository),
      production: last === undefined ? [] : [environmentOfPath(last)],
    },
    summary: `${service} ${version} in ${at.repository}`.slice(0, 200),
  };
}
