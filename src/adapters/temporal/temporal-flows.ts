/** Carries word to the workflows of repositories through a Temporal client. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { Failure } from '../../domain/failures.js';
import { taskQueues } from '../../domain/wire-names.js';
import type { FlowBegin, Flows } from '../../ports/flows.js';
import { endSweep, ensureSweep, setReleaseTimes } from './repository-schedules.js';

/** Less than the start-to-close timeout of the activities that ask. */
const patienceMs = 8_000;

const repositoryKey = defineSearchAttributeKey('Repository', 'KEYWORD');

export function createTemporalFlows(client: Client): Flows {
  const soon = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + patienceMs, ask);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw error;
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw error;
      const next = 'see that the Temporal server runs: sluice up';
      throw new Failure('Unavailable', 'Temporal does not answer', { next }, error);
    }
  };

  return {
    async tell(workflowId, signal, argument) {
      try {
        await soon(() => client.workflow.getHandle(workflowId).signal(signal, argument));
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    async tellOrBegin(workflowId, begin, signal, argument) {
      await soon(() =>
        client.workflow.signalWithStart(begin.workflowType, {
          ...optionsOf(workflowId, begin),
          signal,
          signalArgs: [argument],
        }),
      );
    },

    async begin(workflowId, { once, memo, ...begin }) {
      try {
        await soon(() =>
          client.workflow.start(begin.workflowType, {
            ...optionsOf(workflowId, begin),
            workflowIdReusePolicy: once ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
            ...(memo && { memo: { ...memo } }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    },

    keepRepository: (repository) => soon(() => ensureSweep(client, repository)),
    leaveRepository: (repository) => soon(() => endSweep(client, repository)),

    setTimes: (repository, times) => soon(() => setReleaseTimes(client, repository, times)),

    async ask(workflowId, query) {
      try {
        return await soon(() => client.workflow.getHandle(workflowId).query<unknown>(query));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },

    async passBeforeMs(scheduleId) {
      const { info } = await soon(() => client.schedule.getHandle(scheduleId).describe());
      return info.recentActions.at(-2)?.takenAt.getTime() ?? null;
    },

    async readMemo(workflowId) {
      try {
        const { memo } = await soon(() => client.workflow.getHandle(workflowId).describe());
        return memo ?? {};
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
  };
}

function optionsOf(workflowId: string, { input, summary, repository }: FlowBegin) {
  return {
    workflowId,
    taskQueue: taskQueues.workflows,
    args: [input],
    staticSummary: summary.slice(0, 200),
    typedSearchAttributes: new TypedSearchAttributes([{ key: repositoryKey, value: repository }]),
  };
}
