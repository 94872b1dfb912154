/** The worker's process: settings, adapters, workers; stops when told, and says when it is ready. */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { loadTracing } from '../adapters/opentelemetry/load-tracing.js';
import { ensureRedelivery, ensureSweep } from '../adapters/temporal/repository-schedules.js';
import { readTemporalAccess } from '../adapters/temporal/temporal-access.js';
import { tracedClient } from '../adapters/temporal/traced-client.js';
import { openPayloadKeys } from '../config/payload-keys.js';
import { loadProject, type Project } from '../config/project.js';
import { createProjectNotes } from '../config/project-notes.js';
import { loadSettings } from '../config/settings.js';
import { readVersionWish } from '../config/worker-version.js';
import { explainFailure, Failure } from '../domain/failures.js';
import { parseRepository, type RepositoryKey } from '../domain/repository/names.js';
import { connectAdapters } from './adapters.js';
import { createWorkerLogger } from './logger.js';
import { freeLoopbackAddress, serveMetrics } from './metrics-server.js';
import { ensureReconcileSchedule } from './reconcile-schedule.js';
import { createRolloutMetrics } from './rollout-metrics.js';
import { createRunningRollouts } from './running-rollouts.js';
import { traceCalls } from './trace-calls.js';
import { createWorkers } from './worker.js';
import { workerVersion } from './worker-version.js';
import { loadWorkflowBundle } from './workflow-bundle.js';

async function main(): Promise<void> {
  const settings = loadSettings(process.env);
  const wish = readVersionWish(process.env);
  const project = await loadProject(settings.configPath);
  const listen = settings.workerMetrics;
  const sdkAddress = listen && (await freeLoopbackAddress());
  // stdout says one line, when the worker polls; everything else is log.
  Runtime.install({
    logger: createWorkerLogger(
      { project: project.project, level: settings.logLevel },
      (line) => void process.stderr.write(line),
    ),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
    ...(sdkAddress === null
      ? {}
      : { telemetryOptions: { metrics: { prometheus: { bindAddress: sdkAddress } } } }),
  });
  const keys = await openPayloadKeys(settings.payloadKeysFile, Date.now);
  const { connectionOptions, namespace, dataConverter } = await readTemporalAccess(keys);
  const [connection, native, workflowBundle, tracing] = await Promise.all([
    Connection.connect(connectionOptions),
    NativeConnection.connect(connectionOptions),
    loadWorkflowBundle(settings.cacheDir, dataConverter.failureConverterPath),
    loadTracing(process.env, {
      service: 'sluice-worker',
      onTrouble: (message) => Runtime.instance().logger.warn(message),
    }),
  ]);
  const version = await workerVersion(wish, workflowBundle);
  const client = new Client({ connection, namespace, dataConverter, ...tracedClient(tracing) });
  const metrics = createRolloutMetrics();
  const ports = connectAdapters(settings, project, client, metrics.countReads);
  const noteProject = createProjectNotes({
    ...{ path: settings.configPath, project: project.project, ledger: ports.ledger },
    clock: Date.now,
    onTrouble: (error) =>
      Runtime.instance().logger.warn('the configuration could not be noted', { error }),
  });
  let workers: readonly Worker[] = [];
  // Handed on from here, so that a scraper, a firewall and a NetworkPolicy know one address and not two.
  const served =
    listen &&
    (await serveMetrics(
      listen,
      {
        metrics,
        readRunning: createRunningRollouts(client, () => performance.now()),
        readLedger: async () => ({
          project: project.project,
          rows: (await ports.trail?.head())?.seq ?? 0,
        }),
        sdkUrl: `http://${sdkAddress}/metrics`,
      },
      () => workers.length > 0 && workers.every((worker) => worker.getState() === 'RUNNING'),
    ));
  workers = await createWorkers({
    connection: native,
    namespace,
    dataConverter,
    ports: traceCalls(ports, tracing),
    tracing,
    metrics,
    workflowBundle,
    version,
    only: settings.taskQueues,
    ...(project.github && {
      codeHostPace: { ...project.github, isPerOwner: project.github.app !== undefined },
    }),
  });
  await ensureReconcileSchedule(client);
  if (project.github !== undefined) {
    await ensureRedelivery(client);
    for (const repository of repositoriesOf(project)) await ensureSweep(client, repository);
  }
  const running = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write(
    `${JSON.stringify({ ready: true, ...version, ...(served && { metrics: served.url }) })}\n`,
  );
  void noteProject();
  await running;
  await served?.stop();
  await tracing?.close();
  await Promise.all([native.close(), connection.close()]);
  // All that was begun is over; a note that a silent database never takes is no reason to stay.
  process.exit(0);
}

/** Those that services name; others come with an installation of the App. */
function repositoriesOf({ services }: Project): readonly RepositoryKey[] {
  const paths = Object.values(services).flatMap(({ repository }) => repository ?? []);
  return [...new Set(paths)].map(parseRepository);
}

main().catch((error: unknown) => {
  const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Threads and connections of what does not run yet would keep it for ever, and nobody would start it again.
  process.stderr.write(`${error instanceof Failure ? explainFailure(error) : bug}\n`, () =>
    process.exit(1),
  );
});
