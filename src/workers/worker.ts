/** The workers of one process: one for each task queue, so that a rollback never waits behind a watch. */
import type { DataConverter } from '@temporalio/common';
import {
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import { failureInterceptor } from '../activities/failure-interceptor.js';
import { createActivities } from '../activities/index.js';
import { createOutcomeInterceptor } from '../activities/outcome-interceptor.js';
import { livenessInterceptor } from '../activities/liveness-interceptor.js';
import type { ActivityPorts } from '../activities/ports.js';
import { createRolloutInterceptor } from '../activities/rollout-interceptor.js';
import type { WorkerVersion } from '../domain/workers/version.js';
import { taskQueues } from '../domain/wire-names.js';
import type { Tracing } from '../ports/tracing.js';
import { type CodeHostPace, defaultPace, settlePace } from './code-host-pace.js';
import type { RolloutMetrics } from './rollout-metrics.js';
import { traceActivities, traceSinks } from './trace-interceptor.js';
import { versioned } from './worker-version.js';

export interface WorkerSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly dataConverter?: DataConverter;
  readonly ports: ActivityPorts;
  readonly metrics: Pick<RolloutMetrics, 'sinks' | 'activityInterceptor'>;
  /** Absent or null: no traces are sent. */
  readonly tracing?: Tracing | null;
  /** Null: every queue. */
  readonly only: readonly string[] | null;
  readonly workflowBundle: WorkflowBundle;
  /** Absent or null: the workers take part in no deployment, and get whatever nobody else gets. */
  readonly version?: WorkerVersion | null;
  readonly codeHostPace?: CodeHostPace;
  /** 0 makes every workflow task a replay: for tests. */
  readonly maxCachedWorkflows?: number;
  /** At each queue, in place of what the queue is meant for: for measurements. */
  readonly activitySlots?: number;
}

export async function createWorkers(setup: WorkerSetup): Promise<readonly Worker[]> {
  const { connection, namespace, ports, metrics } = setup;
  const activities = createActivities(ports);
  const { tracing = null } = setup;
  const counted = [...traceActivities(tracing), failureInterceptor, metrics.activityInterceptor];
  const common = {
    connection,
    namespace,
    dataConverter: setup.dataConverter ?? {},
    shutdownGraceTime: '5s',
    // A cancelled activity hears of it with the next heartbeat that is let through.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    interceptors: { activity: counted },
    // What a workflow does not say of itself: it ends with the version that it began with.
    ...(setup.version && {
      workerDeploymentOptions: {
        ...{ version: setup.version, useWorkerVersioning: true },
        defaultVersioningBehavior: 'PINNED',
      },
    }),
  } satisfies Partial<WorkerOptions>;
  const options: WorkerOptions[] = [
    {
      ...common,
      taskQueue: taskQueues.workflows,
      activities: activities.workflows,
      workflowBundle: setup.version ? versioned(setup.workflowBundle) : setup.workflowBundle,
      sinks: { ...metrics.sinks, ...traceSinks(tracing) },
      maxCachedWorkflows: setup.maxCachedWorkflows ?? 500,
      // What a dead worker had in its cache goes to another one after this time. A replay costs milliseconds here,
      // and a rollback must not wait for a process that is gone.
      stickyQueueScheduleToStartTimeout: '2s',
    },
    {
      ...common,
      taskQueue: taskQueues.watch,
      activities: activities.watch,
      maxConcurrentActivityTaskExecutions: 1_000,
    },
    ...Object.keys(ports.platforms).map((platform) => ({
      ...common,
      taskQueue: taskQueues.actuate(platform),
      activities: activities.actuate,
      interceptors: {
        activity: [...counted, livenessInterceptor, createRolloutInterceptor(ports)],
      },
      maxConcurrentActivityTaskExecutions: 200,
    })),
  ];
  const isWanted = (taskQueue: string): boolean =>
    setup.only === null || setup.only.includes(taskQueue);
  const { activitySlots: maxConcurrentActivityTaskExecutions } = setup;
  const wanted = options
    .filter(({ taskQueue }) => isWanted(taskQueue))
    .map((one) =>
      maxConcurrentActivityTaskExecutions === undefined
        ? one
        : { ...one, maxConcurrentActivityTaskExecutions },
    );
  // One wish for both queues: with one of them alone, flows would stand still.
  if (ports.codeHost !== undefined && isWanted(taskQueues.github)) {
    const paced = await settlePace(connection, namespace, setup.codeHostPace ?? defaultPace);
    wanted.push(
      ...paced.map((queue) => ({
        ...common,
        ...queue,
        activities: activities.github,
        // All pages of a long list take longer than a silent worker is waited for. Outcomes are seen inside of the
        // failures' translation, as they were thrown.
        interceptors: {
          activity: [...counted, livenessInterceptor, createOutcomeInterceptor(ports)],
        },
        maxConcurrentActivityTaskExecutions: 50,
      })),
    );
  }
  return Promise.all(wanted.map((option) => Worker.create(option)));
}
