/** Reads of a Temporal server what the doctor judges; loaded only when it is asked, because the SDK takes its time. */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { reconcileScheduleId, taskQueues } from '../../domain/wire-names.js';
import { neededAttributes } from '../../embedded/temporal-server.js';
import { readStack } from '../connection.js';
import type { Examined, TemporalFacts } from './finding.js';

const connectMs = 3000;

export async function readTemporal({ io, dataDir, project }: Examined): Promise<TemporalFacts> {
  const stack = await readStack(dataDir);
  const env = Object.fromEntries(
    Object.entries(io.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: env,
  });
  const isNamed =
    io.env.TEMPORAL_ADDRESS !== undefined || io.env.TEMPORAL_CONFIG_FILE !== undefined;
  const address =
    (isNamed ? undefined : stack?.temporalAddress) ?? connectionOptions.address ?? 'localhost:7233';
  const nothing: TemporalFacts = {
    ...{ address, namespace, serverVersion: null, retentionDays: null, missingAttributes: null },
    ...{ pollers: new Map(), reconciling: null },
  };
  let connection: Connection;
  try {
    connection = await Connection.connect({
      ...connectionOptions,
      address,
      connectTimeout: connectMs,
    });
  } catch {
    return nothing;
  }
  try {
    const queues = [
      taskQueues.workflows,
      taskQueues.watch,
      ...Object.keys(project?.platforms ?? {}).map((name) => taskQueues.actuate(name)),
      ...(project?.github === undefined ? [] : [taskQueues.github]),
    ];
    return await connection.withDeadline(io.clock() + 10_000, async () => ({
      ...nothing,
      serverVersion: (await connection.workflowService.getSystemInfo({})).serverVersion ?? '',
      retentionDays: await retentionOf(connection, namespace),
      missingAttributes: await missingIn(connection, namespace),
      pollers: new Map(
        await Promise.all(
          queues.map(
            async (queue) => [queue, await pollersOf(connection, namespace, queue)] as const,
          ),
        ),
      ),
      reconciling: await scheduleOf(connection, namespace),
    }));
  } finally {
    await connection.close();
  }
}

async function retentionOf(connection: Connection, namespace: string): Promise<number | null> {
  const found = await connection.workflowService.describeNamespace({ namespace }).catch(() => null);
  if (found === null) return null;
  return Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
}

async function missingIn(connection: Connection, namespace: string) {
  const found = await connection.operatorService
    .listSearchAttributes({ namespace })
    .catch(() => null);
  if (found === null) return null;
  return neededAttributes.filter((name) => !Object.hasOwn(found.customAttributes, name));
}

async function pollersOf(connection: Connection, namespace: string, name: string) {
  const count = async (taskQueueType: 1 | 2): Promise<number> => {
    const request = { namespace, taskQueue: { name }, taskQueueType };
    const found = await connection.workflowService.describeTaskQueue(request).catch(() => null);
    return found?.pollers?.length ?? 0;
  };
  const [workflows, activities] = await Promise.all([count(1), count(2)]);
  return { workflows, activities };
}

async function scheduleOf(connection: Connection, namespace: string) {
  const request = { namespace, scheduleId: reconcileScheduleId };
  const found = await connection.workflowService.describeSchedule(request).catch(() => null);
  if (found === null) return null;
  return found.schedule?.state?.paused ? 'paused' : 'runs';
}
