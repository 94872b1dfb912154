/** Targets over HTTP: list and read them, lock them, take the previous revision back. */
import { parseTargetWorkflowId, type TargetKey, targetWorkflowId } from '../domain/names.js';
import type { RolloutReceipt } from '../domain/rollout/request.js';
import { workflowTypes } from '../domain/wire-names.js';
import {
  environmentKey,
  needsAttentionKey,
  phaseKey,
  serviceKey,
  versionKey,
} from '../workflows/search-attributes.js';
import {
  ejectUpdate,
  lockUpdate,
  readTargetQuery,
  rollBackUpdate,
  unlockUpdate,
} from '../workflows/target-messages.js';
import { type Answer, defineOperation } from './operation.js';
import { rolloutLocationOf, targetLocation, targetOf } from './paths.js';
import { phaseOf } from './releases.js';
import {
  commandAccepted,
  commandBody,
  ejectAccepted,
  ejectBody,
  lockBody,
  type RolloutAccepted,
  rollBackBody,
  rolloutAccepted,
} from './schemas/command.js';
import { eventStream, lastEventId, streamText } from './schemas/event-stream.js';
import {
  noQuery,
  regionQuery,
  regionStreamQuery,
  regionWatchQuery,
  targetPathParams,
} from './schemas/names.js';
import {
  type TargetList,
  targetList,
  targetListQuery,
  targetViewSchema,
} from './schemas/target.js';
import type { Watched } from './views.js';
import { sendCommand } from './temporal.js';
import { requireEnvironment } from './tokens.js';
import {
  attributeIn,
  attributeIs,
  attributeIsSet,
  isRunning,
  listVisible,
  typeIs,
  type VisibleWorkflow,
} from './visibility.js';
import { streamView, watchView } from './watch-view.js';

const listTargets = defineOperation({
  id: 'listTargets',
  method: 'get',
  path: '/v1/targets',
  tag: 'targets',
  summary: 'List targets',
  description: 'From an index that may lag behind by a second.',
  scope: 'read',
  lane: 'read',
  narrows: true,
  params: noQuery,
  query: targetListQuery,
  body: null,
  success: { status: 200, description: 'One page.', schema: targetList },
  failures: [],
  async handle({ query, bearer }, deps) {
    const conditions = [
      typeIs(workflowTypes.target),
      isRunning,
      ...attributeIs(serviceKey, query.service),
      ...attributeIn(serviceKey, bearer.services),
      ...attributeIs(environmentKey, query.environment),
      ...attributeIs(versionKey, query.version),
      ...attributeIs(phaseKey, query.phase),
      ...attributeIsSet(needsAttentionKey, query.needsAttention),
    ];
    const page = await listVisible(deps, conditions, query);
    const body: TargetList = { items: page.items.map(rowOf), nextCursor: page.nextCursor };
    return { body };
  },
});

function rowOf(row: VisibleWorkflow): TargetList['items'][number] {
  const target = parseTargetWorkflowId(row.workflowId);
  return {
    targetId: row.workflowId,
    service: target.service,
    environment: target.environment,
    region: target.region ?? null,
    version: row.attribute(versionKey),
    phase: phaseOf(row.attribute(phaseKey)),
    needsAttention: row.attribute(needsAttentionKey),
    location: targetLocation(target),
  };
}

const getTarget = defineOperation({
  id: 'getTarget',
  method: 'get',
  path: '/v1/targets/{service}/{environment}',
  tag: 'targets',
  summary: 'Read a target, at once or when it changed',
  scope: 'read',
  lane: 'read',
  params: targetPathParams,
  query: regionWatchQuery,
  body: null,
  success: {
    status: 200,
    description: 'The target as it is.',
    schema: targetViewSchema,
  },
  failures: ['NotFound'],
  handle: (asked, deps) =>
    watchView(deps, watchedTarget(targetOf(asked.params, asked.query)), asked),
});

const streamTarget = defineOperation({
  id: 'streamTarget',
  method: 'get',
  path: '/v1/targets/{service}/{environment}/events',
  tag: 'targets',
  summary: 'Follow a target as it changes, as server-sent events',
  description: streamText,
  scope: 'read',
  lane: 'read',
  params: targetPathParams,
  query: regionStreamQuery,
  body: null,
  requestHeaders: { 'Last-Event-ID': lastEventId },
  success: { status: 200, description: 'The stream.', ...eventStream },
  failures: ['NotFound'],
  handle: async (asked, deps) =>
    streamView(deps, watchedTarget(targetOf(asked.params, asked.query)), asked),
});

function watchedTarget(target: TargetKey): Watched {
  return { workflowId: targetWorkflowId(target), query: readTargetQuery };
}

const lockTarget = defineOperation({
  id: 'lockTarget',
  method: 'post',
  path: '/v1/targets/{service}/{environment}/lock',
  tag: 'targets',
  summary: 'Let no rollout begin; rollback still passes',
  scope: 'operate',
  lane: 'write',
  params: targetPathParams,
  query: regionQuery,
  body: lockBody,
  success: { status: 200, description: 'The target is locked.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected', 'TargetLocked'],
  async handle({ params, query, body, bearer }, deps) {
    requireEnvironment(bearer, params.environment);
    const expiresAtMs = body.expiresIn === undefined ? null : deps.clock() + body.expiresIn;
    const command = { actor: bearer.owner, reason: body.reason, expiresAtMs };
    const id = targetWorkflowId(targetOf(params, query));
    return { body: await sendCommand(deps, id, lockUpdate, command) };
  },
});

const unlockTarget = defineOperation({
  id: 'unlockTarget',
  method: 'post',
  path: '/v1/targets/{service}/{environment}/unlock',
  tag: 'targets',
  summary: 'Let rollouts begin again',
  scope: 'operate',
  lane: 'write',
  params: targetPathParams,
  query: regionQuery,
  body: commandBody,
  success: { status: 200, description: 'The target is free.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected', 'TargetLocked'],
  async handle({ params, query, body, bearer }, deps) {
    requireEnvironment(bearer, params.environment);
    const command = { actor: bearer.owner, reason: body.reason };
    const id = targetWorkflowId(targetOf(params, query));
    return { body: await sendCommand(deps, id, unlockUpdate, command) };
  },
});

const rollBackTarget = defineOperation({
  id: 'rollBackTarget',
  method: 'post',
  path: '/v1/targets/{service}/{environment}/rollback',
  tag: 'targets',
  summary: 'Take the previous revision back, whatever is locked or running',
  scope: 'operate',
  lane: 'rescue',
  params: targetPathParams,
  query: regionQuery,
  body: rollBackBody,
  success: {
    status: 202,
    description: 'The switch back is on its way.',
    schema: rolloutAccepted,
    headers: { Location: 'Path of the rollout that switches back.' },
  },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, query, body, bearer }, deps) {
    requireEnvironment(bearer, params.environment);
    const command = { actor: bearer.owner, reason: body.reason, version: body.version ?? null };
    const id = targetWorkflowId(targetOf(params, query));
    return acceptedRollout(await sendCommand(deps, id, rollBackUpdate, command));
  },
});

const ejectTarget = defineOperation({
  id: 'ejectTarget',
  method: 'post',
  path: '/v1/targets/{service}/{environment}/eject',
  tag: 'targets',
  summary: 'Give a target back to the objects that were there before',
  description:
    'Answers before it is done: the target says so while it lasts, and is not found any more afterwards.',
  scope: 'operate',
  lane: 'write',
  params: targetPathParams,
  query: regionQuery,
  body: ejectBody,
  success: { status: 202, description: 'It is on its way, or planned.', schema: ejectAccepted },
  failures: ['NotFound', 'CommandRejected', 'TargetBusy'],
  async handle({ params, query, body, bearer }, deps) {
    requireEnvironment(bearer, params.environment);
    const command = { actor: bearer.owner, reason: body.reason, dryRun: body.dryRun };
    const id = targetWorkflowId(targetOf(params, query));
    return { body: await sendCommand(deps, id, ejectUpdate, command) };
  },
});

/** The answer to a command that made the target begin or queue a rollout. */
export function acceptedRollout({ rolloutId, position }: RolloutReceipt): Answer {
  const location = rolloutLocationOf(rolloutId);
  const message = position === 0 ? 'it starts now' : `it waits behind ${position}`;
  const body: RolloutAccepted = { accepted: true, message, rolloutId, location, position };
  return { body, headers: { Location: location } };
}

export const targetOperations = [
  listTargets,
  getTarget,
  streamTarget,
  lockTarget,
  unlockTarget,
  rollBackTarget,
  ejectTarget,
];
