/** Refuses events that a query brings along before their workflow task, which a worker would take in at the time of the task before. */
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Of the newest activation that told the workflow of events. */
interface Told {
  /** Of the workflow task, to the nanosecond; two tasks never share one. */
  readonly time: string;
  readonly historyLength: number;
}

/**
 * A worker that takes a workflow over for a query is given its whole history, with events that no workflow task has told
 * of yet. It takes them in all the same, with the clock of the last task, keeps the workflow so, and goes on with it:
 * what it then decides by its clock nobody can replay. Such events are known by a history that has grown while the clock
 * stood still. What is thrown fails the query, which is asked again, and has the worker forget the workflow.
 */
export function interceptors(): WorkflowInterceptors {
  let told: Told = { time: '', historyLength: 0 };
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, historyLength, jobs } = input.activation;
          // What is only asked tells of nothing, however much of the history came with it.
          if (jobs?.every(({ queryWorkflow }) => queryWorkflow != null)) return next(input);
          const now = {
            time: [timestamp?.seconds, timestamp?.nanos].join(' '),
            historyLength: Number(historyLength),
          };
          if (now.time === told.time && now.historyLength > told.historyLength) {
            const grown = `${told.historyLength} to ${now.historyLength}`;
            throw new Error(`a query brought events ${grown} before their workflow task`);
          }
          told = now;
          return next(input);
        },
      },
    ],
  };
}
