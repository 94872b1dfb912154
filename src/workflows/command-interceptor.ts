/** Counts what people command and whether it was accepted: one place for all workflows, beside their stories. */
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { type CommandName, commandNames } from '../domain/wire-names.js';
import { metrics } from './metric-sinks.js';

export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        validateUpdate(input, next) {
          try {
            next(input);
          } catch (error) {
            count(input.name, false);
            throw error;
          }
        },
        // Not async: the answer must come in the very microtask it always came in, or histories would not replay.
        handleUpdate(input, next) {
          const answer = next(input);
          answer.then(
            () => count(input.name, true),
            () => count(input.name, false),
          );
          return answer;
        },
      },
    ],
  };
}

function count(update: string, accepted: boolean): void {
  const command = commandNames.find((name): name is CommandName => name === update);
  if (command !== undefined) metrics.commanded(command, accepted);
}
