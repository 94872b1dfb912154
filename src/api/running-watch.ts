/** The watch that a rollout has under way, read where it is kept meanwhile: in the heartbeats of its activity. */
import { QueryNotRegisteredError, type WorkflowExecutionDescription } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { explainWatch, type WatchSummary } from '../domain/analysis/explain-watch.js';
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import type { WatchState } from '../domain/analysis/watch.js';
import { Failure } from '../domain/failures.js';
import { rolloutWorkflowId } from '../domain/names.js';
import { readHealthQuery } from '../workflows/rollout-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { targetOf } from './paths.js';
import { regionQuery, rolloutPathParams } from './schemas/names.js';
import { runningWatchSchema } from './schemas/running-watch.js';
import type { Watched } from './views.js';
import { describeWorkflow, readView } from './temporal.js';

const watchActivity = 'watchHealth';
// PendingActivityState in the API of Temporal: the step that it belonged to is over.
const cancelRequested = 3;

/** Null while nothing is watched, and until the first look was told. */
async function watchIn(
  { client }: Pick<ApiDeps, 'client'>,
  found: WorkflowExecutionDescription | null,
): Promise<WatchState | null> {
  // What was under way when a workflow ended is told of it for ever.
  if (found?.status.name !== 'RUNNING') return null;
  const [pending] = (found.raw.pendingActivities ?? [])
    .filter(({ activityType }) => activityType?.name === watchActivity)
    .filter(({ state }) => state !== cancelRequested)
    // A closer look may run beside the step's own watch, which began before it.
    .sort((a, b) => Number(a.activityId) - Number(b.activityId));
  const converter = client.options.loadedDataConverter;
  const { payloads } = pending?.heartbeatDetails ?? {};
  const [state] = await decodeArrayFromPayloads(converter, payloads);
  return isWatchState(state) ? state : null;
}

/** Null when it runs on a worker that does not tell its limits yet. */
async function readHealth(deps: ApiDeps, workflowId: string): Promise<HealthPolicy | null> {
  try {
    return await readView(deps, workflowId, readHealthQuery);
  } catch (error) {
    if (error instanceof Failure && error.cause instanceof QueryNotRegisteredError) return null;
    throw error;
  }
}

/** Heartbeats of another version are passed over: this is for show. */
function isWatchState(value: unknown): value is WatchState {
  return typeof value === 'object' && value !== null && 'guards' in value && 'window' in value;
}

/** Beside the snapshots of a rollout: the watch under way, at every look of it. */
export function runningWatchOf(deps: ApiDeps, workflowId: string): NonNullable<Watched['aside']> {
  let health: Promise<HealthPolicy | null> | null = null;
  return async (found) => {
    const state = await watchIn(deps, found);
    if (state === null) return null;
    // The limits of a rollout stay as they are.
    health ??= readHealth(deps, workflowId).catch((error: unknown) => {
      health = null;
      throw error;
    });
    const policy = await health;
    return policy && { rolloutId: workflowId, watch: explainWatch(state, policy) };
  };
}

export const runningWatchOperations = [
  defineOperation({
    id: 'getRunningWatch',
    method: 'get',
    path: '/v1/rollouts/{service}/{environment}/{n}/watch',
    tag: 'rollouts',
    summary: 'Show the watch under way: evidence against limits, counts of both sides',
    scope: 'read',
    lane: 'read',
    params: rolloutPathParams,
    query: regionQuery,
    body: null,
    success: { status: 200, description: 'The watch as it is.', schema: runningWatchSchema },
    failures: ['NotFound'],
    async handle({ params, query }, deps) {
      const workflowId = rolloutWorkflowId({ target: targetOf(params, query), n: params.n });
      const health = await readHealth(deps, workflowId);
      const state = health && (await watchIn(deps, await describeWorkflow(deps, workflowId)));
      const watch: WatchSummary | null = state && health && explainWatch(state, health);
      return { body: { rolloutId: workflowId, watch } };
    },
  }),
];
