/** A Temporal in memory that starts, describes, queries and ends workflows by the policies that it is asked for. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { workflowTypes } from '../../src/domain/wire-names.js';

type Status = 'RUNNING' | 'COMPLETED' | 'FAILED';

interface Run {
  readonly runId: string;
  readonly startTime: Date;
  readonly memo: unknown;
  readonly input: unknown;
  readonly handled: string[];
  status: Status;
  closeTime?: Date;
}

interface StartOptions {
  readonly workflowId: string;
  readonly args?: readonly unknown[];
  readonly memo?: unknown;
  readonly workflowIdConflictPolicy?: string;
  readonly workflowIdReusePolicy?: string;
}

export interface MemoryTemporal {
  readonly client: Client;
  /** Every run that ever was, by workflow. */
  readonly runs: ReadonlyMap<string, readonly Run[]>;
  end(workflowId: string, status: 'COMPLETED' | 'FAILED'): void;
}

/**
 * @param hesitate between a request and its answer, on both ways, as the network does
 * @param view what a query of a workflow answers
 */
export function startMemoryTemporal(
  hesitate: () => Promise<void> = async () => {},
  view: (run: Run, workflowId: string) => object = () => ({}),
): MemoryTemporal {
  const runs = new Map<string, Run[]>();
  let tick = 0;
  const newest = (workflowId: string) => runs.get(workflowId)?.at(-1);

  /** One moment, as in the server: nothing happens in between. */
  function start(type: string, options: StartOptions): Run {
    const { workflowId, workflowIdReusePolicy: reuse, workflowIdConflictPolicy } = options;
    const last = newest(workflowId);
    if (last?.status === 'RUNNING' && workflowIdConflictPolicy === 'USE_EXISTING') return last;
    const isRefused =
      last !== undefined &&
      (last.status === 'RUNNING' ||
        reuse === 'REJECT_DUPLICATE' ||
        (reuse === 'ALLOW_DUPLICATE_FAILED_ONLY' && last.status === 'COMPLETED'));
    if (isRefused) throw new WorkflowExecutionAlreadyStartedError('there', workflowId, type);
    tick += 1;
    const isOver = type === workflowTypes.request;
    const run: Run = {
      ...{ runId: `run-${tick}`, startTime: new Date(tick), memo: options.memo ?? {} },
      ...{ input: options.args?.[0], handled: [] },
      status: isOver ? 'COMPLETED' : 'RUNNING',
      ...(isOver ? { closeTime: new Date(tick) } : {}),
    };
    runs.set(workflowId, [...(runs.get(workflowId) ?? []), run]);
    return run;
  }

  async function asked<T>(answer: () => T): Promise<T> {
    await hesitate();
    const given = answer();
    await hesitate();
    return given;
  }

  function found(workflowId: string): Run {
    const run = newest(workflowId);
    if (run === undefined) throw new WorkflowNotFoundError('none', workflowId, '');
    return run;
  }

  const client = {
    options: { namespace: 'default' },
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflowService: { getSystemInfo: async () => ({}) },
    workflow: {
      start: (type: string, options: StartOptions) => asked(() => start(type, options)),
      getHandle: (workflowId: string) => ({
        describe: () =>
          asked(() => {
            const { status, handled, ...run } = found(workflowId);
            return { ...run, workflowId, status: { name: status }, historyLength: handled.length };
          }),
        query: () => asked(() => view(found(workflowId), workflowId)),
      }),
    },
  };
  return {
    client: client as unknown as Client,
    runs,
    end(workflowId, status) {
      tick += 1;
      const run = found(workflowId);
      run.status = status;
      run.closeTime = new Date(tick);
      run.handled.push('end');
    },
  };
}
