/** Hands traces on through workflows: what came with a start or a message goes to whatever is asked for its sake. */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import {
  AsyncLocalStorage,
  ContinueAsNew,
  isCancellation,
  workflowInfo,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import {
  beneath,
  placeOf,
  readTraceContext,
  spanIdOfRun,
  type TraceContext,
  traceHeader,
} from '../domain/trace.js';
import { workflowTypes } from '../domain/wire-names.js';
import { innermostMessage } from './innermost-error.js';
import { traces } from './trace-sinks.js';

/** They live longer than whatever began them: what they are told belongs to a trace, they themselves to none. */
const lasting: readonly string[] = [
  workflowTypes.target,
  workflowTypes.ownRepository,
  workflowTypes.retireBranch,
  workflowTypes.followIssue,
  workflowTypes.mergePulls,
  workflowTypes.sweepItems,
  workflowTypes.watchItem,
  workflowTypes.checkPull,
  workflowTypes.syncIssues,
  workflowTypes.protectBranches,
];

/** Of what waits for its turn when one run goes over into the next. */
const waitingHeader = 'sluice-waiting-traces';
/** More than ever wait at a target: the rest are answers about rollouts that had begun before. */
const mostWaiting = 50;

/**
 * Nothing here is async or takes a random number: answers come in the very microtask they always came in and ids stay
 * as they were, so that a history replays whether it was written with traces or without.
 */
export function interceptors(): WorkflowInterceptors {
  const around = new AsyncLocalStorage<TraceContext>();
  let own: TraceContext | null = null;
  /** By id of a rollout: who asked for it, until it begins. */
  let waiting: readonly (readonly [string, TraceContext])[] = [];

  const here = (): TraceContext | null => around.getStore() ?? own;
  const forget = (workflowId: string): void => {
    waiting = waiting.filter(([id]) => id !== workflowId);
  };

  return {
    inbound: [
      {
        execute(input, next) {
          const carried = readHeader(input, waitingHeader) ?? {};
          waiting = Object.entries(carried as Readonly<Record<string, TraceContext>>);
          const { runId, workflowType, runStartTime } = workflowInfo();
          const under = lasting.includes(workflowType) ? null : readTrace(input);
          if (under === null) return next(input);
          const spanId = spanIdOfRun(runId);
          own = beneath(under, spanId);
          const span = { name: `RunWorkflow:${workflowType}`, under, spanId, updateId: null };
          return tellEnd(next(input), { ...span, startMs: runStartTime.getTime() });
        },
        handleUpdate(input, next) {
          const under = readTrace(input);
          if (under === null) return next(input);
          const answer = around.run(under, () => next(input));
          answer.then(
            (receipt) => {
              const rolloutId = rolloutIn(receipt);
              if (rolloutId === null) return;
              forget(rolloutId);
              waiting = [...waiting, [rolloutId, under] as const].slice(-mostWaiting);
            },
            () => undefined,
          );
          const span = { name: `HandleUpdate:${input.name}`, under, spanId: null };
          return tellEnd(answer, { ...span, updateId: input.updateId, startMs: Date.now() });
        },
        handleSignal(input, next) {
          const under = readTrace(input);
          if (under === null) return next(input);
          const span = { name: `HandleSignal:${input.signalName}`, under, spanId: null };
          const heard = around.run(under, () => next(input));
          return tellEnd(heard, { ...span, updateId: null, startMs: Date.now() });
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(withTrace(input, here())),
        signalWorkflow: (input, next) => next(withTrace(input, here())),
        startChildWorkflowExecution(input, next) {
          const { workflowId } = input.options;
          const [, asked] = waiting.find(([id]) => id === workflowId) ?? [];
          forget(workflowId);
          return next(withTrace(input, asked ?? here()));
        },
        continueAsNew(input, next) {
          const traced = withTrace(input, here());
          return next(
            waiting.length === 0
              ? traced
              : withHeader(traced, waitingHeader, Object.fromEntries(waiting)),
          );
        },
        getLogAttributes(input, next) {
          const context = here();
          const place = context && placeOf(context);
          return next(place === null ? input : { ...input, traceId: place.traceId });
        },
      },
    ],
    internals: [
      {
        dispose(input, next) {
          around.disable();
          next(input);
        },
      },
    ],
  };
}

interface WithHeaders {
  readonly headers: Headers;
}

function readHeader({ headers }: WithHeaders, name: string): unknown {
  const payload = headers[name];
  return payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
}

function readTrace(input: WithHeaders): TraceContext | null {
  return readTraceContext(readHeader(input, traceHeader));
}

function withHeader<Input extends WithHeaders>(input: Input, name: string, said: unknown): Input {
  const payload = defaultPayloadConverter.toPayload(said);
  return { ...input, headers: { ...input.headers, [name]: payload } };
}

function withTrace<Input extends WithHeaders>(input: Input, context: TraceContext | null): Input {
  return context === null ? input : withHeader(input, traceHeader, context);
}

type Begun = Pick<Parameters<typeof traces.ended>[0], 'name' | 'under' | 'spanId' | 'updateId'> & {
  readonly startMs: number;
};

/** The very promise it was given: another one would be answered later. */
function tellEnd<T>(work: Promise<T>, begun: Begun): Promise<T> {
  if (placeOf(begun.under)?.isSampled !== true) return work;
  work.then(
    () => traces.ended({ ...begun, endMs: Date.now(), fault: null }),
    (error: unknown) => traces.ended({ ...begun, endMs: Date.now(), fault: faultOf(error) }),
  );
  return work;
}

/** Null for what is no fault of the workflow. */
function faultOf(error: unknown): string | null {
  if (error instanceof ContinueAsNew || isCancellation(error)) return null;
  return innermostMessage(error);
}

/** An answer that names a rollout hands its trace on to it. */
function rolloutIn(receipt: unknown): string | null {
  const { rolloutId } = (receipt ?? {}) as { readonly rolloutId?: unknown };
  return typeof rolloutId === 'string' ? rolloutId : null;
}
