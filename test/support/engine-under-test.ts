/** The whole engine on a real Temporal server, over a platform in memory whose time and traffic run by themselves. */
import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { type DataConverter, defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { ActivityPorts } from '../../src/activities/ports.js';
import { createMemoryEvidence } from '../../src/adapters/memory/evidence.js';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { createMemoryPlatform, type MemoryPlatform } from '../../src/adapters/memory/platform.js';
import { createTemporalFlows } from '../../src/adapters/temporal/temporal-flows.js';
import { createTemporalPhaseLog } from '../../src/adapters/temporal/phase-log.js';
import { createTemporalOrchestrator } from '../../src/adapters/temporal/temporal-orchestrator.js';
import { createWorkerFleet } from '../../src/adapters/temporal/worker-fleet.js';
import { tracedClient } from '../../src/adapters/temporal/traced-client.js';
import { createHmacTickets } from '../../src/adapters/tickets/hmac-ticket.js';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import type { WorkerVersion } from '../../src/domain/workers/version.js';
import type { Gate } from '../../src/ports/gate.js';
import type { Ledger } from '../../src/ports/ledger.js';
import type { Platform } from '../../src/ports/platform.js';
import type { SeriesSource } from '../../src/ports/series-source.js';
import type { Tracing } from '../../src/ports/tracing.js';
import type { CodeHostPace } from '../../src/workers/code-host-pace.js';
import { createRolloutMetrics, type RolloutMetrics } from '../../src/workers/rollout-metrics.js';
import { traceCalls } from '../../src/workers/trace-calls.js';
import { createWorkers } from '../../src/workers/worker.js';
import { loadWorkflowBundle } from '../../src/workers/workflow-bundle.js';
import { loadSettings } from '../../src/config/settings.js';
import { searchAttributes } from '../../src/workflows/search-attributes.js';

/** What a version makes of its requests. */
export interface Behaviour {
  readonly errorRate: number;
  readonly latencyMs: number;
}

export interface EngineUnderTest {
  readonly client: Client;
  readonly environment: TestWorkflowEnvironment;
  readonly platform: MemoryPlatform;
  readonly ports: ActivityPorts;
  readonly behaviours: Map<string, Behaviour>;
  /** Counted on across restarts of the workers. */
  readonly metrics: RolloutMetrics;
  /** Requests a second to every target. */
  rps: number;
  restartWorkers(): Promise<void>;
  /** More workers of all queues beside the first ones, until they are stopped. */
  startFleet(fleet: Fleet): Promise<{ stop(): Promise<void> }>;
  stopWorkers(): Promise<void>;
  stop(): Promise<void>;
}

export interface Fleet {
  /** Left out: these workers take part in no deployment. */
  readonly version?: WorkerVersion;
  /** Left out: the workflows as they are. */
  readonly workflowBundle?: WorkflowBundle;
  /** Left out: every queue. */
  readonly only?: readonly string[] | null;
  /** Left out: what each queue is meant for. */
  readonly activitySlots?: number;
}

const healthy: Behaviour = { errorRate: 0, latencyMs: 20 };
/** A stand-in has limits of its own. */
const unpaced = { activitiesPerSecond: 10_000, creationsPerSecond: 10_000, isPerOwner: true };
const tickMs = 20;
const batch = 20;

export async function startEngine(
  options: {
    readonly maxCachedWorkflows?: number;
    readonly gate?: Gate;
    /** More settings of the server, `key=value`. */
    readonly serverSettings?: readonly string[];
    readonly ledger?: Ledger;
    /** Where approvals are signed elsewhere too. */
    readonly ticketKey?: Buffer;
    readonly metrics?: RolloutMetrics;
    /** Beside the one in memory, which is `local`. */
    readonly platforms?: Readonly<Record<string, Platform>>;
    /** Metric sources by name. */
    readonly series?: Readonly<Record<string, SeriesSource>>;
    /** A code host and what belongs to it, which make the engine keep repositories too. */
    readonly repositories?: Pick<
      ActivityPorts,
      'codeHost' | 'policies' | 'mergeTrees' | 'issueTree' | 'issueTreeOverApi' | 'placeOfRollout'
    >;
    readonly codeHostPace?: CodeHostPace;
    /** Of the client and the workers; left out: nothing is encrypted. */
    readonly dataConverter?: DataConverter;
    /** The first workers; left out: unversioned ones of today. */
    readonly fleet?: Fleet;
    /** Of the workers and what they ask of workflows; left out: no traces are sent. */
    readonly tracing?: Tracing;
  } = {},
): Promise<EngineUnderTest> {
  installQuietRuntime();
  const { dataConverter, tracing = null } = options;
  const environment = await TestWorkflowEnvironment.createLocal({
    ...(dataConverter && { client: { dataConverter } }),
    server: {
      executable: { type: 'existing-path', path: findTemporalCli(process.env) },
      searchAttributes: searchAttributes.map(({ name, type }) =>
        defineSearchAttributeKey(name, type),
      ),
      extraArgs: [
        '--dynamic-config-value',
        'history.timerProcessorMaxTimeShift="10ms"',
        '--dynamic-config-value',
        'frontend.WorkflowTimeSkippingEnabled=true',
        '--dynamic-config-value',
        'matching.enableFairness=true',
        ...(options.serverSettings ?? []).flatMap((one) => ['--dynamic-config-value', one]),
      ],
      log: { format: 'json', level: 'error' },
    },
  });
  const { client } = environment;
  const asking = new Client({
    ...{ connection: environment.connection, namespace: 'default' },
    ...(dataConverter && { dataConverter }),
    ...tracedClient(tracing),
  });
  const platform = createMemoryPlatform({ startMs: 60 });
  const memory = createMemoryLedger();
  const ports: ActivityPorts = {
    platforms: { local: platform, ...options.platforms },
    series: options.series ?? {},
    gate: options.gate ?? createMemoryGate(),
    evidence: createMemoryEvidence(),
    ...{ ledger: options.ledger ?? memory, trail: { ...memory }, project: 'shop' },
    orchestrator: createTemporalOrchestrator(asking),
    workerFleet: createWorkerFleet(asking, Date.now),
    phaseLog: createTemporalPhaseLog(asking),
    tickets: createHmacTickets({
      key: options.ticketKey ?? Buffer.from(randomUUID()),
      clock: Date.now,
    }),
    now: Date.now,
    ...(options.repositories && { flows: createTemporalFlows(asking), ...options.repositories }),
  };
  const metrics = options.metrics ?? createRolloutMetrics();
  const behaviours = new Map<string, Behaviour>();
  let first: { stop(): Promise<void> } = { stop: () => Promise.resolve() };

  const startFleet = async ({ version, workflowBundle, only = null, activitySlots }: Fleet) => {
    const workers: readonly Worker[] = await createWorkers({
      ...{
        ports: traceCalls(ports, tracing),
        tracing,
        metrics,
        only,
        connection: environment.nativeConnection,
        namespace: 'default',
      },
      maxCachedWorkflows: options.maxCachedWorkflows ?? 500,
      codeHostPace: options.codeHostPace ?? unpaced,
      ...(dataConverter && { dataConverter }),
      workflowBundle: workflowBundle ?? (await bundleOnce(dataConverter?.failureConverterPath)),
      ...(version && { version }),
      ...(activitySlots !== undefined && { activitySlots }),
    });
    const running = Promise.all(workers.map((worker) => worker.run()));
    return {
      async stop() {
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        await running;
      },
    };
  };
  const startWorkers = async (): Promise<void> => {
    first = await startFleet(options.fleet ?? {});
  };
  const stopWorkers = (): Promise<void> => first.stop();
  await startWorkers();

  const engine: EngineUnderTest = {
    ...{ client, environment, platform, ports, behaviours, metrics },
    rps: 400,
    ...{ stopWorkers, startFleet },
    async restartWorkers() {
      await stopWorkers();
      await startWorkers();
    },
    async stop() {
      clearInterval(ticker);
      await stopWorkers();
      await environment.teardown();
    },
  };

  let owed = 0;
  const ticker = setInterval(() => {
    platform.world.advance(tickMs);
    owed += (engine.rps * tickMs) / 1000;
    // Whole percents of a small batch would round to nothing: only full batches are sent.
    const requests = batch * Math.floor(owed / batch);
    if (requests === 0) return;
    owed -= requests;
    for (const { key, split } of platform.world.targets()) {
      if (split.stable === null && split.weight === 0) continue;
      const revisions = platform.world.targetOf(key).revisions;
      const serves = (name: string | null, share: number): boolean =>
        share === 0 ||
        name === null ||
        (revisions.get(name)?.instances.some(({ state }) => state === 'ready') ?? false);
      // Nobody is there to count what is sent to a revision that a test took away.
      if (!serves(split.stable, 100 - split.weight) || !serves(split.candidate, split.weight))
        continue;
      platform.world.sendTraffic(key, requests, (revision, count) => {
        const version = revision.replace(/-[0-9a-f]{8}$/, '');
        const { errorRate, latencyMs } = behaviours.get(version) ?? healthy;
        const errors = Math.floor(count * errorRate + Math.random());
        return {
          requests: count,
          errors: errorRate === 0 ? 0 : Math.min(count, errors),
          latencyMs,
        };
      });
    }
  }, tickMs);
  return engine;
}

const bundles = new Map<string | undefined, Promise<WorkflowBundle>>();
/** Bundling takes seconds: once for all engines and restarts of a test run. */
export function bundleOnce(failureConverterPath?: string): Promise<WorkflowBundle> {
  const { cacheDir } = loadSettings(process.env);
  const bundle =
    bundles.get(failureConverterPath) ?? loadWorkflowBundle(cacheDir, failureConverterPath);
  bundles.set(failureConverterPath, bundle);
  return bundle;
}

let installed = false;
export function installQuietRuntime(): void {
  if (installed) return;
  installed = true;
  // Releases that fail and activities that are cancelled are what these tests are about: no warnings.
  const level = process.env.SLUICE_TEST_LOG === '1' ? 'INFO' : 'ERROR';
  const filter = makeTelemetryFilterString({ core: level, other: level });
  Runtime.install({
    logger: new DefaultLogger(level),
    telemetryOptions: { logging: { filter, forward: {} } },
  });
}
