/** What people tell a release over HTTP: approve, reject, abort, retry. */
import { type ReleaseKey, releaseWorkflowId } from '../domain/names.js';
import {
  abortReleaseUpdate,
  approveUpdate,
  readReleaseQuery,
  rejectUpdate,
  retryReleaseUpdate,
} from '../workflows/release-messages.js';
import type { ApiDeps } from './deps.js';
import { type Asked, defineOperation } from './operation.js';
import { commandAccepted, commandBody, stageCommandBody } from './schemas/command.js';
import { noQuery, releasePath } from './schemas/names.js';
import { readView, sendCommand } from './temporal.js';
import { requireEnvironment } from './tokens.js';

const ticketLifetimeMs = 60_000;

const approveRelease = defineOperation({
  id: 'approveRelease',
  method: 'post',
  path: '/v1/releases/{service}/{version}/approve',
  tag: 'releases',
  summary: 'Approve the entry into an environment',
  scope: 'approve',
  lane: 'write',
  params: releasePath,
  query: noQuery,
  body: stageCommandBody,
  success: { status: 200, description: 'The approval counts.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected', 'PolicyDenied'],
  async handle({ params, body, bearer }, deps) {
    requireEnvironment(bearer, body.environment);
    const releaseId = releaseWorkflowId(params);
    const { environment, reason } = body;
    const actor = bearer.owner;
    const expiresAtMs = deps.clock() + ticketLifetimeMs;
    const ticket = deps.tickets.issue({ releaseId, environment, actor, expiresAtMs });
    const command = { actor, reason, environment, ticket };
    return { body: await sendCommand(deps, releaseId, approveUpdate, command) };
  },
});

const rejectRelease = defineOperation({
  id: 'rejectRelease',
  method: 'post',
  path: '/v1/releases/{service}/{version}/reject',
  tag: 'releases',
  summary: 'Refuse the entry into an environment; the release ends',
  scope: 'approve',
  lane: 'write',
  params: releasePath,
  query: noQuery,
  body: stageCommandBody,
  success: { status: 200, description: 'The release is rejected.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected', 'PolicyDenied'],
  async handle({ params, body, bearer }, deps) {
    requireEnvironment(bearer, body.environment);
    const command = { actor: bearer.owner, reason: body.reason, environment: body.environment };
    return { body: await sendCommand(deps, releaseWorkflowId(params), rejectUpdate, command) };
  },
});

/** A token for some environments may command a release only while it is at one of them. */
async function requireStage(
  { bearer, params }: Pick<Asked<ReleaseKey, unknown, unknown>, 'bearer' | 'params'>,
  deps: ApiDeps,
): Promise<void> {
  if (bearer.environments === null) return;
  const view = await readView(deps, releaseWorkflowId(params), readReleaseQuery);
  if (view.environment !== null) requireEnvironment(bearer, view.environment);
}

const abortRelease = defineOperation({
  id: 'abortRelease',
  method: 'post',
  path: '/v1/releases/{service}/{version}/abort',
  tag: 'releases',
  summary: 'Stop a release; a rollout of it that runs is rolled back',
  scope: 'operate',
  lane: 'rescue',
  params: releasePath,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It is being stopped.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    await requireStage({ params, bearer }, deps);
    const command = { actor: bearer.owner, reason: body.reason };
    return {
      body: await sendCommand(deps, releaseWorkflowId(params), abortReleaseUpdate, command),
    };
  },
});

const retryRelease = defineOperation({
  id: 'retryRelease',
  method: 'post',
  path: '/v1/releases/{service}/{version}/retry',
  tag: 'releases',
  summary: 'Try the present environment again',
  scope: 'operate',
  lane: 'write',
  params: releasePath,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It is tried again.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    await requireStage({ params, bearer }, deps);
    const command = { actor: bearer.owner, reason: body.reason };
    return {
      body: await sendCommand(deps, releaseWorkflowId(params), retryReleaseUpdate, command),
    };
  },
});

export const releaseCommandOperations = [approveRelease, rejectRelease, abortRelease, retryRelease];
