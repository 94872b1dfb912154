/** Rollouts over HTTP: read them and command them. */
import type { UpdateDefinition } from '@temporalio/common';
import type { Command, CommandReceipt } from '../domain/command.js';
import { rolloutWorkflowId, targetWorkflowId } from '../domain/names.js';
import {
  abortUpdate,
  pauseUpdate,
  promoteFullUpdate,
  promoteUpdate,
  readRolloutQuery,
  resumeUpdate,
} from '../workflows/rollout-messages.js';
import { retryRolloutUpdate } from '../workflows/target-messages.js';
import type { ApiDeps } from './deps.js';
import type { Lane } from './limits.js';
import { defineOperation } from './operation.js';
import { targetOf } from './paths.js';
import { commandAccepted, commandBody, rolloutAccepted } from './schemas/command.js';
import { eventStream, lastEventId, streamText } from './schemas/event-stream.js';
import {
  regionQuery,
  regionStreamQuery,
  regionWatchQuery,
  rolloutPathParams,
} from './schemas/names.js';
import { rolloutViewSchema } from './schemas/rollout.js';
import { runningWatchOf } from './running-watch.js';
import type { Watched } from './views.js';
import { acceptedRollout } from './targets.js';
import { sendCommand } from './temporal.js';
import { requireEnvironment } from './tokens.js';
import { streamView, watchView } from './watch-view.js';

const getRollout = defineOperation({
  id: 'getRollout',
  method: 'get',
  path: '/v1/rollouts/{service}/{environment}/{n}',
  tag: 'rollouts',
  summary: 'Read a rollout, at once or when it changed',
  scope: 'read',
  lane: 'read',
  params: rolloutPathParams,
  query: regionWatchQuery,
  body: null,
  success: {
    status: 200,
    description: 'The rollout as it is.',
    schema: rolloutViewSchema,
  },
  failures: ['NotFound'],
  handle: (asked, deps) => watchView(deps, watchedRollout(deps, idOf(asked)), asked),
});

const streamRollout = defineOperation({
  id: 'streamRollout',
  method: 'get',
  path: '/v1/rollouts/{service}/{environment}/{n}/events',
  tag: 'rollouts',
  summary: 'Follow a rollout as it changes, as server-sent events',
  description: `${streamText} Between them \`watch\` tells of the watch under way, as \`getRunningWatch\` does.`,
  scope: 'read',
  lane: 'read',
  params: rolloutPathParams,
  query: regionStreamQuery,
  body: null,
  requestHeaders: { 'Last-Event-ID': lastEventId },
  success: { status: 200, description: 'The stream.', ...eventStream },
  failures: ['NotFound'],
  handle: async (asked, deps) => streamView(deps, watchedRollout(deps, idOf(asked)), asked),
});

function watchedRollout(deps: ApiDeps, workflowId: string): Watched {
  return { workflowId, query: readRolloutQuery, aside: runningWatchOf(deps, workflowId) };
}

function idOf({
  params,
  query,
}: {
  readonly params: { readonly service: string; readonly environment: string; readonly n: number };
  readonly query: { readonly region?: string | undefined };
}): string {
  return rolloutWorkflowId({ target: targetOf(params, query), n: params.n });
}

interface RolloutCommand {
  readonly name: string;
  readonly summary: string;
  readonly lane: Lane;
  readonly update: UpdateDefinition<CommandReceipt, [Command]>;
}

const commands: readonly RolloutCommand[] = [
  {
    name: 'pause',
    summary: 'Hold at the present weight; health is still watched',
    lane: 'write',
    update: pauseUpdate,
  },
  { name: 'resume', summary: 'Go on', lane: 'write', update: resumeUpdate },
  {
    name: 'promote',
    summary: 'Go on to the next step without waiting',
    lane: 'write',
    update: promoteUpdate,
  },
  {
    name: 'promoteFull',
    summary: 'Skip the remaining steps and promote',
    lane: 'write',
    update: promoteFullUpdate,
  },
  {
    name: 'abort',
    summary: 'Roll back to the stable revision at once',
    lane: 'rescue',
    update: abortUpdate,
  },
];

function commandOperation({ name, summary, lane, update }: RolloutCommand) {
  return defineOperation({
    id: `${name}Rollout`,
    method: 'post',
    path: `/v1/rollouts/{service}/{environment}/{n}/${name}`,
    tag: 'rollouts',
    summary,
    scope: 'operate',
    lane,
    params: rolloutPathParams,
    query: regionQuery,
    body: commandBody,
    success: { status: 200, description: 'The command was taken.', schema: commandAccepted },
    failures: ['NotFound', 'CommandRejected'],
    async handle({ params, query, body, bearer }, deps) {
      requireEnvironment(bearer, params.environment);
      const id = idOf({ params, query });
      const command = { actor: bearer.owner, reason: body.reason };
      return { body: await sendCommand(deps, id, update, command) };
    },
  });
}

const retryRollout = defineOperation({
  id: 'retryRollout',
  method: 'post',
  path: '/v1/rollouts/{service}/{environment}/{n}/retry',
  tag: 'rollouts',
  summary: 'Repeat an ended rollout from its first step, under a new number',
  scope: 'operate',
  lane: 'write',
  params: rolloutPathParams,
  query: regionQuery,
  body: commandBody,
  success: {
    status: 202,
    description: 'The new rollout.',
    schema: rolloutAccepted,
    headers: { Location: 'Path of the new rollout.' },
  },
  failures: ['NotFound', 'CommandRejected', 'TargetLocked', 'TargetBusy', 'OlderVersion'],
  async handle({ params, query, body, bearer }, deps) {
    requireEnvironment(bearer, params.environment);
    const id = targetWorkflowId(targetOf(params, query));
    const command = { actor: bearer.owner, reason: body.reason, n: params.n };
    return acceptedRollout(await sendCommand(deps, id, retryRolloutUpdate, command));
  },
});

export const rolloutOperations = [
  getRollout,
  streamRollout,
  ...commands.map(commandOperation),
  retryRollout,
];
