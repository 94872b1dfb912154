/** Deployments, their states and the host's question whether one may go on, as webhooks tell of them. */
import {
  type DeploymentEvent,
  type DeploymentReviewEvent,
  longestBody,
  type ProtectionRequestedEvent,
} from './event.js';
import { at, idAt, listAt, shaAt, textAt, timeAt } from './fields.js';
import type { Reading } from './reading.js';

export function readDeployment(payload: unknown): Reading<DeploymentEvent> {
  return readAny(payload, 'created', null, timeAt(payload, 'deployment', 'created_at'));
}

export function readDeploymentStatus(payload: unknown): Reading<DeploymentEvent> {
  const state = textAt(payload, 'deployment_status', 'state');
  return readAny(payload, 'status', state, timeAt(payload, 'deployment_status', 'updated_at'));
}

function readAny(
  payload: unknown,
  action: 'created' | 'status',
  state: string | null,
  atMs: number | null,
): Reading<DeploymentEvent> {
  const deployment = at(payload, 'deployment');
  const deploymentId = idAt(deployment, 'id');
  const sha = shaAt(deployment, 'sha');
  const environment = textAt(deployment, 'environment');
  if (deploymentId === null || sha === null || environment === null) return null;
  const ref = textAt(deployment, 'ref') ?? '';
  return { kind: 'deployment', action, deploymentId, environment, sha, ref, state, atMs };
}

/** The run's number stands in the address to answer at and nowhere else. */
const callbackPattern = /\/actions\/runs\/(\d{1,15})\/deployment_protection_rule$/;

export function readProtectionRequest(payload: unknown): Reading<ProtectionRequestedEvent> {
  const environment = textAt(payload, 'environment');
  const [, run] = callbackPattern.exec(textAt(payload, 'deployment_callback_url') ?? '') ?? [];
  if (environment === null || run === undefined) return null;
  return {
    kind: 'deploymentProtection',
    environment,
    runId: Number(run),
    sha: shaAt(payload, 'deployment', 'sha'),
    ref: textAt(payload, 'deployment', 'ref'),
    deploymentId: idAt(payload, 'deployment', 'id'),
    atMs: timeAt(payload, 'deployment', 'updated_at'),
  };
}

/** The person is the sender; a run may wait for several environments at once. */
export function readDeploymentReview(payload: unknown): Reading<DeploymentReviewEvent> {
  const action = textAt(payload, 'action');
  const runId = idAt(payload, 'workflow_run', 'id');
  const sha = shaAt(payload, 'workflow_run', 'head_sha');
  const jobs = [at(payload, 'workflow_job_run'), ...listAt(payload, 'workflow_job_runs')];
  const environments = [...new Set(jobs.flatMap((job) => textAt(job, 'environment') ?? []))];
  if ((action !== 'approved' && action !== 'rejected') || runId === null || sha === null)
    return null;
  const approver = textAt(payload, 'approver', 'login');
  // Whoever sent it is who counts: a payload that names two people says nothing certain.
  if (approver !== null && approver !== textAt(payload, 'sender', 'login')) return null;
  const comment = (textAt(payload, 'comment') ?? '').slice(0, longestBody);
  const atMs = timeAt(payload, 'since');
  return { kind: 'deploymentReview', action, environments, runId, sha, comment, atMs };
}
