/** Tells of what is asked of workflows, and hands the trace on to them. */
import type { ClientOptions, Headers, WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { traceHeader } from '../../domain/trace.js';
import type { OpenSpan, Tracing } from '../../ports/tracing.js';

/** Queries and descriptions change nothing and are asked by the second: they are left out. */
export function tracedClient(tracing: Tracing | null): Pick<ClientOptions, 'interceptors'> {
  if (tracing === null) return {};
  const marked = (headers: Headers): Headers => {
    const here = tracing.here();
    if (here === null) return headers;
    return { ...headers, [traceHeader]: defaultPayloadConverter.toPayload({ ...here }) };
  };
  const ask = <T>(
    name: string,
    workflowId: string | undefined,
    next: (open: OpenSpan) => Promise<T>,
  ): Promise<T> =>
    tracing.span({ name, kind: 'client', attributes: { temporalWorkflowId: workflowId } }, next);

  const interceptor: WorkflowClientInterceptor = {
    startWithDetails: (input, next) =>
      ask(`StartWorkflow:${input.workflowType}`, input.options.workflowId, async (open) => {
        const started = await next({ ...input, headers: marked(input.headers) });
        open.set({ run_id: started.runId });
        return started;
      }),
    signal: (input, next) =>
      ask(`SignalWorkflow:${input.signalName}`, input.workflowExecution.workflowId, () =>
        next({ ...input, headers: marked(input.headers) }),
      ),
    signalWithStart: (input, next) =>
      ask(`SignalWithStartWorkflow:${input.signalName}`, input.options.workflowId, () =>
        next({ ...input, headers: marked(input.headers) }),
      ),
    startUpdate: (input, next) =>
      ask(`UpdateWorkflow:${input.updateName}`, input.workflowExecution.workflowId, (open) => {
        open.set({ temporalUpdateId: input.options.updateId });
        return next({ ...input, headers: marked(input.headers) });
      }),
    startUpdateWithStart: (input, next) =>
      ask(
        `UpdateWithStartWorkflow:${input.updateName}`,
        input.workflowStartOptions.workflowId,
        (open) => {
          open.set({ temporalUpdateId: input.updateOptions.updateId });
          return next({
            ...input,
            workflowStartHeaders: marked(input.workflowStartHeaders),
            updateHeaders: marked(input.updateHeaders),
          });
        },
      ),
    cancel: (input, next) =>
      ask('CancelWorkflow', input.workflowExecution.workflowId, () => next(input)),
    terminate: (input, next) =>
      ask('TerminateWorkflow', input.workflowExecution.workflowId, () => next(input)),
  };
  return { interceptors: { workflow: [interceptor] } };
}
