/** Shows rollouts that belong to no release: which commit stands for one, and its deployment. */
import { activityInfo } from '@temporalio/activity';
import {
  isReplaced,
  type MirrorRolloutInput,
  rolloutDeploymentKey,
  type ShownCommit,
} from '../../domain/deployment-mirror/rollout.js';
import { describePhase, shownPhases } from '../../domain/deployment-mirror/shown-phase.js';
import { Failure } from '../../domain/failures.js';
import { environmentPath, releaseWorkflowId, rolloutWorkflowId } from '../../domain/names.js';
import type { Phase } from '../../domain/phase.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';

interface ShowCall extends Omit<MirrorRolloutInput, 'dryRun'> {
  readonly sha: string;
  readonly phase: Phase;
  /** Fixed by the caller: a repetition that said something else would be shown as another step. */
  readonly reason: string | null;
  /** Null: none yet. */
  readonly deploymentId: number | null;
  /** Workflow id, for the record. */
  readonly subject: string;
}

export function createRolloutMirrorActivities(ports: ActivityPorts) {
  return {
    /** The commit that the version was released from, else the head of the default branch: the host needs one. */
    async findShownCommit({
      repository,
      rollout,
      candidate,
    }: Pick<MirrorRolloutInput, 'repository' | 'rollout' | 'candidate'>): Promise<ShownCommit> {
      const { refs } = codeHostOf(ports);
      const { defaultBranch, isArchived } = await refs.readRepository(repository);
      if (isArchived) return { sha: null, why: 'the repository is archived' };
      const { service } = rollout.target;
      const releaseId = releaseWorkflowId({ service, version: candidate.version });
      const release = await ports.phaseLog?.readRelease(releaseId, null);
      const own = release?.digest === candidate.digest ? release.gitSha : null;
      if (own != null && (await isThere(ports, repository, own))) return { sha: own, isOwn: true };
      const head = await refs.readRef(repository, `refs/heads/${defaultBranch}`);
      if (head !== null) return { sha: head, isOwn: false };
      return { sha: null, why: `no release knows its commit, and ${defaultBranch} has none` };
    },

    /** @returns the deployment's id */
    async showRollout(input: ShowCall): Promise<{ readonly deploymentId: number }> {
      const { repository, rollout, runId, candidate, phase, reason, logUrl, sha } = input;
      const { deployments } = codeHostOf(ports);
      const rolloutId = rolloutWorkflowId(rollout);
      const environment = environmentPath(rollout.target);
      const id =
        input.deploymentId ??
        (
          await deployments.createDeployment(repository, {
            key: rolloutDeploymentKey(rollout, runId),
            facts: { rollout: rolloutId, ...candidate },
            ...{ sha, environment, isProduction: input.isProduction },
            description: `${rollout.target.service} ${candidate.version} (rollout ${rollout.n})`,
            isRetry: activityInfo().attempt > 1,
          })
        ).id;
      const description = describePhase(candidate.version, phase, reason);
      const isPast = phase === 'Promoted' && (await hasBeenReplaced(ports, input));
      const state = isPast ? 'inactive' : shownPhases[phase].deployment;
      await deployments.setState(repository, id, {
        ...{ state, description },
        ...(logUrl !== null && { logUrl }),
      });
      await recordAct(ports, { subject: input.subject, reason: description }, 'deploymentShown', {
        cause: rolloutId,
        before: input.deploymentId === null ? null : { deployment: id },
        after: { deployment: id, environment, phase, state },
      });
      return { deploymentId: id };
    },
  };
}

/** A commit may be gone since: from a branch that was taken away, or a history that was written anew. */
async function isThere(ports: ActivityPorts, repository: RepositoryKey, sha: string) {
  try {
    await codeHostOf(ports).refs.readCommit(repository, sha);
    return true;
  } catch (error) {
    const isGone = error instanceof Failure && ['NotFound', 'InvalidInput'].includes(error.code);
    if (isGone) return false;
    throw error;
  }
}

async function hasBeenReplaced({ orchestrator }: ActivityPorts, { rollout }: ShowCall) {
  const view = await orchestrator.readTarget(rollout.target);
  return view !== null && isReplaced(rollout, view.history);
}
