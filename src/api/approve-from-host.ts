/** A review of a deployment at the code host becomes an approval, or a refusal, of the release that waits for one. */
import { isGrpcServiceError } from '@temporalio/client';
import { Failure } from '../domain/failures.js';
import { releaseWorkflowId } from '../domain/names.js';
import { approverOf, reviewsStage } from '../domain/release/host-approval.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { DeploymentReviewEvent } from '../domain/webhook/event.js';
import { workflowTypes } from '../domain/wire-names.js';
import { approveUpdate, readReleaseQuery, rejectUpdate } from '../workflows/release-messages.js';
import type { ApiDeps } from './deps.js';
import { readView, sendCommand } from './temporal.js';

const ticketLifetimeMs = 60_000;
/** Of one commit; more is nobody's pipeline. */
const mostReleases = 20;

type Deps = Pick<ApiDeps, 'client' | 'limits' | 'resolvePipeline' | 'tickets' | 'clock' | 'logger'>;

/**
 * Only for events whose signature was checked: the ticket says that the API knows who it was. A repeated delivery is
 * the same update, so it counts once. What does not fit (nobody is waited for, the person may not) is logged, not failed.
 * @returns ids of the releases that took it
 * @throws Unavailable when it is not known whether all was told: the host is to send it again
 */
export async function approveFromHost(
  deps: Deps,
  event: DeploymentReviewEvent,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const releaseId of await releasesOf(deps, event.sha)) {
    const view = await readView(deps, releaseId, readReleaseQuery);
    const stage = view.environment;
    const waits = view.phase === 'AwaitingApproval' && stage !== null;
    if (!waits || !reviewsStage(stage, event.environments)) continue;
    if (await tellRelease(deps, view, stage, event)) taken.push(releaseId);
  }
  return taken;
}

async function tellRelease(
  deps: Deps,
  view: ReleaseView,
  environment: string,
  event: DeploymentReviewEvent,
): Promise<boolean> {
  const releaseId = releaseWorkflowId(view);
  const { environments } = await deps.resolvePipeline(view.service);
  const actor = approverOf(environments, environment, event.actor);
  const who = event.actor?.login ?? 'nobody';
  if (actor === null) {
    deps.logger.info({ releaseId, environment, login: who }, 'review stands for no approver');
    return false;
  }
  const reason = event.comment.trim() || `reviewed at GitHub by ${who}`;
  const updateId = `github:${event.delivery}:${environment}`;
  try {
    if (event.action === 'rejected') {
      await sendCommand(deps, releaseId, rejectUpdate, { actor, reason, environment }, updateId);
      return true;
    }
    const expiresAtMs = deps.clock() + ticketLifetimeMs;
    const ticket = deps.tickets.issue({ releaseId, environment, actor, expiresAtMs });
    const command = { actor, reason, environment, ticket };
    await sendCommand(deps, releaseId, approveUpdate, command, updateId);
    return true;
  } catch (error) {
    const refused = ['PolicyDenied', 'CommandRejected', 'NotFound'];
    if (!(error instanceof Failure) || !refused.includes(error.code)) throw error;
    deps.logger.info(
      { releaseId, environment, actor, why: error.message },
      'review does not count',
    );
    return false;
  }
}

async function releasesOf({ client, limits }: Deps, sha: string): Promise<readonly string[]> {
  const ids: string[] = [];
  const query = `WorkflowType = '${workflowTypes.release}' AND GitSha = '${sha}' AND ExecutionStatus = 'Running'`;
  try {
    await client.withDeadline(Date.now() + limits.answerMs, async () => {
      for await (const { workflowId } of client.workflow.list({ query })) {
        ids.push(workflowId);
        if (ids.length === mostReleases) break;
      }
    });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    throw new Failure('Unavailable', 'Temporal does not answer', { where: sha }, error);
  }
  return ids;
}
