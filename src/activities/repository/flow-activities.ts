/** Carries an event to the workflows that it concerns. */
import type { CareState } from '../../domain/repository/care.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../../domain/repository/names.js';
import { describeEvent } from '../../domain/webhook/describe.js';
import type { RepositoryEvent } from '../../domain/webhook/event.js';
import type { FlowStart, Route } from '../../domain/webhook/routes.js';
import { queryNames, signalNames, workflowTypes } from '../../domain/wire-names.js';
import type { ReleaseTime } from '../../ports/flows.js';
import { type ActivityPorts, flowsOf } from '../ports.js';

export function createFlowActivities(ports: ActivityPorts) {
  return {
    /** Ids of those that live and were told. A repetition tells again, which flows know by the delivery. */
    async tellFlows(input: {
      readonly event: RepositoryEvent;
      readonly workflowIds: readonly string[];
    }): Promise<readonly string[]> {
      const flows = flowsOf(ports);
      const told = await Promise.all(
        input.workflowIds.map(async (workflowId) => {
          const lives = await flows.tell(workflowId, signalNames.repositoryEvent, input.event);
          return lives ? [workflowId] : [];
        }),
      );
      return told.flat();
    },

    /** Told, and begun where they do not live. */
    async tellOrBeginFlows(input: {
      readonly event: RepositoryEvent;
      readonly routes: readonly Route[];
    }): Promise<void> {
      const { event, routes } = input;
      const flows = flowsOf(ports);
      await Promise.all(
        routes.map(async ({ workflowId, start }) => {
          if (start === null) return;
          const begin = beginOf(event.repository, start, describeEvent(event));
          await flows.tellOrBegin(workflowId, begin, signalNames.repositoryEvent, event);
        }),
      );
    },

    /** The schedule of its sweeps is made or, once it is out of our care, taken away. */
    async keepRepository(input: {
      readonly repository: RepositoryKey;
      readonly isOurs: boolean;
    }): Promise<void> {
      const flows = flowsOf(ports);
      if (input.isOurs) await flows.keepRepository(input.repository);
      else await flows.leaveRepository(input.repository);
    },

    async setReleaseTimes(input: {
      readonly repository: RepositoryKey;
      readonly times: readonly ReleaseTime[];
    }): Promise<void> {
      await flowsOf(ports).setTimes(input.repository, input.times);
    },

    /** What the last sweep over the repository left behind; null before the first. */
    async readLastSweep(repository: RepositoryKey): Promise<unknown> {
      const id = repositoryWorkflowId('repository', repository);
      const care = await flowsOf(ports).ask(id, queryNames.readRepository);
      return (care as CareState | null)?.sweep ?? null;
    },

    async rememberSweep(input: {
      readonly repository: RepositoryKey;
      readonly sweep: unknown;
    }): Promise<void> {
      const { repository, sweep } = input;
      const start = {
        workflowType: workflowTypes.ownRepository,
        input: { repository, carried: null },
      };
      const begin = beginOf(repository, start, `care of ${repositoryPath(repository)}`);
      const id = repositoryWorkflowId('repository', repository);
      await flowsOf(ports).tellOrBegin(id, begin, signalNames.swept, sweep);
    },

    /** Of a schedule; null at its first pass. */
    async readPassBefore(scheduleId: string): Promise<number | null> {
      return flowsOf(ports).passBeforeMs(scheduleId);
    },

    /** False where it runs already. */
    async beginFlow(input: {
      readonly repository: RepositoryKey;
      readonly workflowId: string;
      readonly start: FlowStart;
      readonly summary: string;
    }): Promise<boolean> {
      const begin = beginOf(input.repository, input.start, input.summary);
      return flowsOf(ports).begin(input.workflowId, begin);
    },
  };
}

function beginOf(repository: RepositoryKey, start: FlowStart, summary: string) {
  return { ...start, summary, repository: repositoryPath(repository) };
}
