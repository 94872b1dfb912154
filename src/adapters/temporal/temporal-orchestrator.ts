/** Asks the engine's own workflows through a Temporal client. */
import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  Failure,
  type FailureCode,
  type FailureDetails,
  failureRules,
} from '../../domain/failures.js';
import {
  environmentPath,
  parseTargetWorkflowId,
  type TargetKey,
  targetWorkflowId,
} from '../../domain/names.js';
import type { LedgerSighting } from '../../domain/ledger/sighting.js';
import type { RolloutReceipt } from '../../domain/rollout/request.js';
import type { RolloutResult, RolloutView } from '../../domain/rollout/view.js';
import type { TargetView } from '../../domain/target/view.js';
import {
  queryNames,
  priorityKeys,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../domain/wire-names.js';
import type { Orchestrator } from '../../ports/orchestrator.js';

/** Less than the start-to-close timeout of the activities that ask. */
const patienceMs = 8_000;
/** Passes of before the ledger was looked at have seen nothing of it. */
const mostPasses = 10;

interface Pass {
  readonly ledger?: { readonly sighting: LedgerSighting | null };
}

export function createTemporalOrchestrator(client: Client): Orchestrator {
  const soon = <T>(ask: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + patienceMs, ask);

  /** Update-with-start: the target is there afterwards, whether or not it was before. */
  async function tellTarget<T>(
    target: TargetKey,
    platform: string,
    update: string,
    argument: unknown,
    updateId?: string,
  ): Promise<T> {
    const startWorkflowOperation = new WithStartWorkflowOperation(workflowTypes.target, {
      workflowId: targetWorkflowId(target),
      taskQueue: taskQueues.workflows,
      priority: { priorityKey: priorityKeys.rollout },
      args: [{ target, platform, carried: null }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `${target.service} in ${environmentPath(target)}`,
      staticDetails: `The single writer of ${target.service} in ${environmentPath(target)} on platform ${platform}.`,
    });
    try {
      return (await soon(() =>
        client.workflow.executeUpdateWithStart<() => Promise<unknown>, unknown, [unknown]>(update, {
          startWorkflowOperation,
          args: [argument],
          ...(updateId === undefined ? {} : { updateId }),
        }),
      )) as T;
    } catch (error) {
      throw failureOf(error);
    }
  }

  async function statusOf(workflowId: string): Promise<string | null> {
    try {
      return (await soon(() => client.workflow.getHandle(workflowId).describe())).status.name;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw failureOf(error);
    }
  }

  return {
    // The target knows requests by their id. As the update's id it would also keep a refusal for ever.
    requestRollout: (target, platform, request) =>
      tellTarget<RolloutReceipt>(target, platform, updateNames.requestRollout, request),

    rollBackTarget: (target, platform, command, requestId) =>
      tellTarget<RolloutReceipt>(target, platform, updateNames.rollBack, command, requestId),

    async repairTarget(target, platform, command) {
      await tellTarget(target, platform, updateNames.repair, command);
    },

    async listTargets() {
      const query = `WorkflowType = '${workflowTypes.target}' AND ExecutionStatus = 'Running'`;
      const targets: TargetKey[] = [];
      try {
        for await (const { workflowId } of client.workflow.list({ query }))
          targets.push(parseTargetWorkflowId(workflowId));
      } catch (error) {
        throw failureOf(error);
      }
      return targets;
    },

    async readLastSighting() {
      const query = `WorkflowType = '${workflowTypes.reconcile}' AND ExecutionStatus = 'Completed'`;
      try {
        let passes = 0;
        for await (const { workflowId, runId } of client.workflow.list({
          query,
          pageSize: mostPasses,
        })) {
          const pass = client.workflow.getHandle<() => Promise<Pass>>(workflowId, runId);
          const { ledger } = await soon(() => pass.result());
          if (ledger?.sighting) return ledger.sighting;
          if ((passes += 1) >= mostPasses) break;
        }
      } catch (error) {
        throw failureOf(error);
      }
      return null;
    },

    async readTarget(target) {
      const workflowId = targetWorkflowId(target);
      if ((await statusOf(workflowId)) !== 'RUNNING') return null;
      const handle = client.workflow.getHandle(workflowId);
      return soon(() => handle.query<TargetView>(queryNames.readTarget));
    },

    async readRollout(rolloutId) {
      const status = await statusOf(rolloutId);
      if (status === null) return { kind: 'unknown' };
      if (status === 'RUNNING') return { kind: 'running' };
      if (status !== 'COMPLETED') return { kind: 'lost', reason: `it was ${status.toLowerCase()}` };
      const result = await soon(() => client.workflow.getHandle(rolloutId).result());
      return { kind: 'finished', result: result as RolloutResult };
    },

    async readOrphaned(rolloutId) {
      const { releaseId, phase } = await soon(() =>
        client.workflow.getHandle(rolloutId).query<RolloutView>(queryNames.readRollout),
      );
      if (releaseId === null || phase === 'RollingBack') return null;
      const status = await statusOf(releaseId);
      if (status !== 'TERMINATED' && status !== 'TIMED_OUT') return null;
      return `${releaseId} was ${status === 'TERMINATED' ? 'terminated' : 'timed out'}`;
    },
  };
}

/** A rejection of ours comes back as the Failure it was; all else is Temporal not answering. */
function failureOf(error: unknown): Failure {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message, details } = error.cause;
    if (type && type in failureRules) {
      return new Failure(
        type as FailureCode,
        message,
        (details?.[0] ?? {}) as FailureDetails,
        error,
      );
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(
    'Unavailable',
    `Temporal did not answer: ${message}`,
    { next: 'is a worker running? sluice up starts one' },
    error,
  );
}
