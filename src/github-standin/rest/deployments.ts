/** Deployments, their statuses, and runs that wait for a custom protection rule. */
import { tell } from '../acts/hooks.js';
import { combinedState, statusesOf } from '../acts/verdicts.js';
import { timeText } from '../clock.js';
import { nodeId } from '../node-id.js';
import { invalidField, notFound, Problem } from '../problem.js';
import { showDeployment, showDeploymentStatus } from '../present/check.js';
import { apiUrl, htmlUrl } from '../present/repository.js';
import type { Deployment, DeploymentStatus, WaitingRun } from '../state.js';
import {
  type Call,
  created,
  flag,
  needed,
  noContent,
  numberParam,
  ok,
  type Operation,
  operation,
  paged,
  type Reply,
  text,
} from './call.js';
import { commitAt } from './commits.js';

const repo = '/repos/{owner}/{repo}';
const deployments = `${repo}/deployments`;

function deploymentOf(call: Call): Deployment {
  const found = call.repository().deployments.get(numberParam(call, 'deployment_id'));
  if (found === undefined) throw notFound();
  return found;
}

const shown = (call: Call, one: Deployment) => showDeployment(call.world, call.repository(), one);
const shownStatus = (call: Call, of: Deployment, one: DeploymentStatus) =>
  showDeploymentStatus(call.world, call.repository(), of, one);

async function create(call: Call): Promise<Reply> {
  const { world } = call;
  const repository = call.repository();
  const ref = needed(call, 'ref');
  const { sha } = await commitAt(call, ref).catch(() => {
    throw new Problem(422, `No ref found for: ${ref}`);
  });
  const contexts = call.body['required_contexts'] as string[] | undefined;
  const statuses = statusesOf(world, repository, sha);
  const isJudged = contexts === undefined ? statuses.length > 0 : contexts.length > 0;
  if (isJudged && combinedState(statuses) !== 'success') {
    throw new Problem(409, `Conflict: Commit status checks failed for ${ref}.`);
  }
  const environment = text(call, 'environment') ?? 'production';
  const at = world.clock.now();
  const one: Deployment = {
    id: world.nextId(),
    sha,
    ref,
    task: text(call, 'task') ?? 'deploy',
    environment,
    description: text(call, 'description') ?? null,
    payload: call.body['payload'] ?? {},
    isTransient: flag(call, 'transient_environment') ?? false,
    isProduction: flag(call, 'production_environment') ?? environment === 'production',
    creator: call.actor.account,
    createdAtMs: at,
    updatedAtMs: at,
    statuses: [],
  };
  repository.deployments.set(one.id, one);
  tell(world, repository, call.actor, 'deployment', 'created', {
    deployment: shown(call, one),
    workflow: null,
    workflow_run: null,
  });
  return created(shown(call, one));
}

const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];

function addStatus(call: Call): Reply {
  const { world } = call;
  const repository = call.repository();
  const of = deploymentOf(call);
  const state = needed(call, 'state');
  if (!states.includes(state)) throw invalidField('DeploymentStatus', 'state');
  const description = text(call, 'description') ?? '';
  if (description.length > 140) throw invalidField('DeploymentStatus', 'description');
  const one: DeploymentStatus = {
    id: world.nextId(),
    state,
    description,
    environment: text(call, 'environment') ?? of.environment,
    logUrl: text(call, 'log_url') ?? text(call, 'target_url') ?? '',
    environmentUrl: text(call, 'environment_url') ?? '',
    creator: call.actor.account,
    atMs: world.clock.now(),
  };
  of.statuses.unshift(one);
  of.updatedAtMs = one.atMs;
  tell(world, repository, call.actor, 'deployment_status', 'created', {
    deployment_status: shownStatus(call, of, one),
    deployment: shown(call, of),
    check_run: null,
    workflow: null,
    workflow_run: null,
  });
  // The newest success makes earlier ones of the place inactive, unless it was asked not to.
  if (state === 'success' && flag(call, 'auto_inactive') !== false) retire(call, of);
  return created(shownStatus(call, of, one));
}

function retire(call: Call, newest: Deployment): void {
  for (const other of call.repository().deployments.values()) {
    const isEarlier = other.id < newest.id && other.environment === newest.environment;
    const isSpared = other.isProduction || other.isTransient;
    const last = other.statuses[0];
    if (!isEarlier || isSpared || last?.state !== 'success') continue;
    const at = call.world.clock.now();
    other.statuses.unshift({ ...last, id: call.world.nextId(), state: 'inactive', atMs: at });
  }
}

function runOf(call: Call): WaitingRun {
  const found = call.repository().waitingRuns.get(numberParam(call, 'run_id'));
  if (found === undefined) throw notFound();
  return found;
}

function answerGate(call: Call): Reply {
  const run = runOf(call);
  const app = call.actor.app;
  if (app === null) throw new Problem(403, 'Resource not accessible by personal access token');
  const environment = needed(call, 'environment_name');
  const comment = text(call, 'comment') ?? '';
  const state = text(call, 'state');
  const isAnswered = run.answers.some(({ by }) => by === app.slug);
  if (environment !== run.environment || (isAnswered && state !== undefined)) {
    throw new Problem(422, 'No pending custom deployment protection rule for this environment');
  }
  if (state !== undefined) run.answers.push({ state, comment, by: app.slug });
  return noContent;
}

function pending(call: Call): Reply {
  const run = runOf(call);
  if (run.answers.length > 0) return ok([]);
  const repository = call.repository();
  return ok([
    {
      environment: {
        id: run.deployment,
        node_id: nodeId('E', repository.id, run.deployment),
        name: run.environment,
        url: `${apiUrl(call.world, repository)}/environments/${run.environment}`,
        html_url: `${htmlUrl(call.world, repository)}/deployments/${run.environment}`,
      },
      wait_timer: 0,
      wait_timer_started_at: timeText(call.world.clock.now()),
      current_user_can_approve: false,
      reviewers: [],
    },
  ]);
}

export const deploymentOperations: readonly Operation[] = [
  operation('repos/list-deployments', `GET ${deployments}`, 'deployments:read', (call) => {
    const { sha, ref, task, environment } = call.query;
    const rows = [...call.repository().deployments.values()].filter(
      (one) =>
        (sha === undefined || one.sha === sha) &&
        (ref === undefined || one.ref === ref) &&
        (task === undefined || one.task === task) &&
        (environment === undefined || one.environment === environment),
    );
    return paged(call, rows.reverse(), (one) => shown(call, one));
  }),
  operation('repos/create-deployment', `POST ${deployments}`, 'deployments:write', create),
  operation(
    'repos/get-deployment',
    `GET ${deployments}/{deployment_id}`,
    'deployments:read',
    (call) => ok(shown(call, deploymentOf(call))),
  ),
  operation(
    'repos/delete-deployment',
    `DELETE ${deployments}/{deployment_id}`,
    'deployments:write',
    (call) => {
      call.repository().deployments.delete(deploymentOf(call).id);
      return noContent;
    },
  ),
  operation(
    'repos/list-deployment-statuses',
    `GET ${deployments}/{deployment_id}/statuses`,
    'deployments:read',
    (call) => {
      const of = deploymentOf(call);
      return paged(call, of.statuses, (one) => shownStatus(call, of, one));
    },
  ),
  operation(
    'repos/create-deployment-status',
    `POST ${deployments}/{deployment_id}/statuses`,
    'deployments:write',
    addStatus,
  ),
  operation(
    'actions/review-custom-gates-for-run',
    `POST ${repo}/actions/runs/{run_id}/deployment_protection_rule`,
    'deployments:write',
    answerGate,
  ),
  operation(
    'actions/get-pending-deployments-for-run',
    `GET ${repo}/actions/runs/{run_id}/pending_deployments`,
    'actions:read',
    pending,
  ),
  operation(
    'actions/create-workflow-dispatch',
    `POST ${repo}/actions/workflows/{workflow_id}/dispatches`,
    'actions:write',
    (call) => {
      call.repository().dispatches.push({
        workflow: call.params['workflow_id'] ?? '',
        ref: needed(call, 'ref'),
        inputs: call.body['inputs'] ?? {},
      });
      return noContent;
    },
  ),
];
