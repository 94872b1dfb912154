/** Shows phases of releases at the code host, and answers its question whether a run may deploy. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import {
  deploymentKey,
  describePhase,
  shownPhases,
  statusContext,
} from '../../domain/deployment-mirror/shown-phase.js';
import { type ReleaseKey, releaseWorkflowId } from '../../domain/names.js';
import type { Phase } from '../../domain/phase.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';

interface ShowCall {
  readonly repository: RepositoryKey;
  readonly sha: string;
  readonly release: ReleaseKey;
  readonly runId: string;
  readonly phase: Phase;
  /** Fixed by the caller: a repetition that said something else would be shown as another step. */
  readonly reason: string | null;
  readonly logUrl: string | null;
  /** Workflow id, for the record. */
  readonly subject: string;
}

export function createDeploymentActivities(ports: ActivityPorts) {
  return {
    /** @param input.deploymentId null: none yet @returns its id */
    async showDeployment(
      input: ShowCall & {
        readonly environment: string;
        readonly isProduction: boolean;
        readonly deploymentId: number | null;
      },
    ): Promise<{ readonly deploymentId: number }> {
      const { repository, sha, release, runId, phase, environment, logUrl, reason } = input;
      const { deployments, checks } = codeHostOf(ports);
      const releaseId = releaseWorkflowId(release);
      const description = describePhase(release.version, phase, reason);
      const { deployment: state, commit } = shownPhases[phase];
      const id =
        input.deploymentId ??
        (
          await deployments.createDeployment(repository, {
            key: deploymentKey(releaseId, runId, environment),
            ...{ sha, environment, isProduction: input.isProduction },
            description: `${release.service} ${release.version}`,
            isRetry: activityInfo().attempt > 1,
          })
        ).id;
      await deployments.setState(repository, id, {
        ...{ state, description },
        ...(logUrl !== null && { logUrl }),
      });
      await checks.setStatus(repository, {
        ...{ sha, context: statusContext(environment), state: commit, description },
        ...(logUrl !== null && { url: logUrl }),
      });
      await recordAct(ports, { subject: input.subject, reason: description }, 'deploymentShown', {
        cause: releaseId,
        before: input.deploymentId === null ? null : { deployment: id },
        after: { deployment: id, environment, phase, state },
      });
      return { deploymentId: id };
    },

    /** The release as a whole, as a status of its commit. */
    async showRelease(input: ShowCall): Promise<void> {
      const { repository, sha, release, phase, logUrl, reason } = input;
      const description = describePhase(release.version, phase, reason);
      await codeHostOf(ports).checks.setStatus(repository, {
        ...{ sha, context: statusContext(null), state: shownPhases[phase].commit, description },
        ...(logUrl !== null && { url: logUrl }),
      });
      await recordAct(ports, { subject: input.subject, reason: description }, 'releaseShown', {
        cause: releaseWorkflowId(release),
        before: null,
        after: { sha, phase },
      });
    },

    async answerDeploymentRule(input: {
      readonly repository: RepositoryKey;
      readonly runId: number;
      readonly environment: string;
      readonly state: 'approved' | 'rejected';
      readonly comment: string;
      readonly subject: string;
    }): Promise<void> {
      const { repository, subject, comment, ...answer } = input;
      const isRepeated = activityInfo().attempt > 1;
      try {
        await codeHostOf(ports).deployments.answerProtectionRule(repository, {
          ...answer,
          comment,
        });
      } catch (error) {
        // The run does not wait any more: an attempt before this one was heard.
        const isOver =
          error instanceof Failure && ['InvalidInput', 'Conflict'].includes(error.code);
        if (!isRepeated || !isOver) throw error;
      }
      await recordAct(ports, { subject, reason: comment }, 'deploymentRuleAnswered', {
        cause: `workflow run ${answer.runId}`,
        before: { state: 'waiting' },
        after: { state: answer.state, environment: answer.environment },
      });
    },
  };
}
