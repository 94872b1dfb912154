/** Every attempt of an activity as a span, beneath the workflow that asked for it; its log lines name the trace. */
import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors, InjectedSinks } from '@temporalio/worker';
import { placeOf, readTraceContext, traceHeader } from '../domain/trace.js';
import type { Tracing } from '../ports/tracing.js';
import type { TraceSinks } from '../workflows/trace-sinks.js';
import { countCalls } from './trace-calls.js';

/** None where there are no traces: an attempt then costs what it always did. */
export function traceActivities(
  tracing: Tracing | null,
): readonly ((context: Context) => ActivityInterceptors)[] {
  if (tracing === null) return [];
  return [({ info }) => interceptorsOf(tracing, info)];
}

function interceptorsOf(tracing: Tracing, info: Context['info']): ActivityInterceptors {
  return {
    inbound: {
      execute(input, next) {
        const payload = input.headers[traceHeader];
        const under = payload && readTraceContext(defaultPayloadConverter.fromPayload(payload));
        // What nobody traces begins no trace: schedules and sweeps go on for ever.
        if (!under) return next(input);
        const attributes = {
          temporalWorkflowId: info.workflowExecution?.workflowId,
          run_id: info.workflowExecution?.runId,
          temporalActivityId: info.activityId,
          'temporal.attempt': info.attempt,
          'temporal.taskQueue': info.taskQueue,
        };
        const span = { name: `RunActivity:${info.activityType}`, kind: 'consumer', under } as const;
        return tracing.span({ ...span, attributes }, (open) =>
          countCalls(
            () => next(input),
            (unshown) => open.set({ 'sluice.calls.unshown': unshown }),
          ),
        );
      },
    },
    outbound: {
      getLogAttributes(input, next) {
        const here = tracing.here();
        const place = here && placeOf(here);
        return next(place === null ? input : { ...input, traceId: place.traceId });
      },
    },
  };
}

/** Workflows that were begun with a trace tell of it to every worker, also to one that sends none. */
export function traceSinks(tracing: Tracing | null): InjectedSinks<TraceSinks> {
  return {
    traces: {
      ended: {
        fn({ workflowId, runId }, { spanId, updateId, ...span }) {
          tracing?.record({
            ...span,
            ...(spanId !== null && { spanId }),
            kind: 'internal',
            attributes: {
              temporalWorkflowId: workflowId,
              run_id: runId,
              temporalUpdateId: updateId ?? undefined,
            },
          });
        },
      },
    },
  };
}
