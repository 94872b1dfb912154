/** Check runs, statuses and deployments as REST shows them. */
import { timeText, timeTextOrNull } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { CheckRun, Deployment, DeploymentStatus, Repository, Status } from '../state.js';
import type { World } from '../world.js';
import { showAccount, showApp } from './account.js';
import { apiUrl, htmlUrl } from './repository.js';

export function showCheckRun(world: World, repository: Repository, run: CheckRun) {
  const url = `${apiUrl(world, repository)}/check-runs/${run.id}`;
  const html = `${htmlUrl(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', repository.id, run.id),
    head_sha: run.sha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timeTextOrNull(run.startedAtMs),
    completed_at: timeTextOrNull(run.completedAtMs),
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: showApp(world, run.app),
    pull_requests: [],
  };
}

export function showStatus(world: World, repository: Repository, status: Status) {
  return {
    ...showSimpleStatus(world, repository, status),
    creator: showAccount(world, status.creator),
  };
}

export function showSimpleStatus(world: World, repository: Repository, status: Status) {
  return {
    url: `${apiUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: `${world.url}/avatars/${status.creator.id}`,
    id: status.id,
    node_id: nodeId('SC', repository.id, status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: timeText(status.atMs),
    updated_at: timeText(status.atMs),
  };
}

export function showDeployment(world: World, repository: Repository, one: Deployment) {
  const url = `${apiUrl(world, repository)}/deployments/${one.id}`;
  return {
    url,
    id: one.id,
    node_id: nodeId('DE', repository.id, one.id),
    task: one.task,
    original_environment: one.environment,
    environment: one.environment,
    description: one.description,
    created_at: timeText(one.createdAtMs),
    updated_at: timeText(one.updatedAtMs),
    statuses_url: `${url}/statuses`,
    repository_url: apiUrl(world, repository),
    creator: showAccount(world, one.creator),
    sha: one.sha,
    ref: one.ref,
    payload: one.payload,
    transient_environment: one.isTransient,
    production_environment: one.isProduction,
    performed_via_github_app: null,
  };
}

export function showDeploymentStatus(
  world: World,
  repository: Repository,
  deployment: Deployment,
  one: DeploymentStatus,
) {
  const url = `${apiUrl(world, repository)}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${one.id}`,
    id: one.id,
    node_id: nodeId('DES', repository.id, one.id),
    state: one.state,
    creator: showAccount(world, one.creator),
    description: one.description,
    environment: one.environment,
    target_url: one.logUrl,
    created_at: timeText(one.atMs),
    updated_at: timeText(one.atMs),
    deployment_url: url,
    repository_url: apiUrl(world, repository),
    environment_url: one.environmentUrl,
    log_url: one.logUrl,
    performed_via_github_app: null,
  };
}
