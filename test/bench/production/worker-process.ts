/** A worker of the benchmark: workflows, ledger and payloads as in production; what it does to a platform is a wait of 200 ms. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { type ActivityInterceptors, NativeConnection } from '@temporalio/worker';
import { createMemoryEvidence } from '../../../src/adapters/memory/evidence.js';
import { createMemoryGate } from '../../../src/adapters/memory/gate.js';
import { createMemoryPlatform } from '../../../src/adapters/memory/platform.js';
import { createPostgresLedger } from '../../../src/adapters/postgres/postgres-ledger.js';
import { readTemporalAccess } from '../../../src/adapters/temporal/temporal-access.js';
import { createTemporalOrchestrator } from '../../../src/adapters/temporal/temporal-orchestrator.js';
import { createHmacTickets } from '../../../src/adapters/tickets/hmac-ticket.js';
import { readCredential } from '../../../src/config/credential.js';
import { openPayloadKeys } from '../../../src/config/payload-keys.js';
import { loadSettings } from '../../../src/config/settings.js';
import { beginWatch } from '../../../src/domain/analysis/watch.js';
import { createRolloutMetrics } from '../../../src/workers/rollout-metrics.js';
import { createWorkers } from '../../../src/workers/worker.js';
import { loadWorkflowBundle } from '../../../src/workers/workflow-bundle.js';

const actMs = 200;
const activitySlots = 10;
const toldEveryMs = 500;

const passed = { kind: 'pass', undecided: null, reason: 'a stub', evidence: [] };
/** What the platform's activities answer. */
const answers: Readonly<Record<string, () => unknown>> = {
  shiftTraffic: () => undefined,
  promoteCandidate: () => undefined,
  retireRevision: () => undefined,
  repairTarget: () => undefined,
  restoreStable: () => ({ overtaken: false, unrecorded: [] }),
  watchHealth: () => ({
    verdict: { ...passed, atMs: Date.now(), looks: 1, missedLooks: 0 },
    ...{ seen: beginWatch(null), evidenceRef: null },
  }),
};

const settings = loadSettings(process.env);
const keys = await openPayloadKeys(settings.payloadKeysFile, Date.now);
const { connectionOptions, namespace, dataConverter } = await readTemporalAccess(keys);
const [connection, native, workflowBundle] = await Promise.all([
  Connection.connect(connectionOptions),
  NativeConnection.connect(connectionOptions),
  loadWorkflowBundle(settings.cacheDir, dataConverter.failureConverterPath),
]);
const client = new Client({ connection, namespace, dataConverter });
const urlFile = settings.ledgerUrlFile ?? '';
const metrics = createRolloutMetrics();
let waitedMs: number[] = [];

const workers = await createWorkers({
  ...{ connection: native, namespace, dataConverter, workflowBundle, activitySlots, only: null },
  ports: {
    platforms: { local: createMemoryPlatform() },
    gate: createMemoryGate(),
    evidence: createMemoryEvidence(),
    ledger: createPostgresLedger({
      project: 'shop',
      readUrl: () => readCredential({ file: urlFile }, {}),
    }),
    orchestrator: createTemporalOrchestrator(client),
    tickets: createHmacTickets({ keyFile: settings.approvalKeyFile, clock: Date.now }),
    now: Date.now,
  },
  metrics: {
    sinks: metrics.sinks,
    activityInterceptor: ({ info }: Context): ActivityInterceptors => ({
      inbound: {
        async execute(input, next) {
          waitedMs.push(Date.now() - info.currentAttemptScheduledTimestampMs);
          const answer = answers[info.activityType];
          if (answer === undefined) return next(input);
          await sleep(actMs);
          return answer();
        },
      },
    }),
  },
});

const told = setInterval(() => {
  const line = { atMs: Date.now(), rss: process.memoryUsage().rss, waitedMs };
  waitedMs = [];
  appendFileSync(String(process.env.BENCH_STATISTICS_FILE), `${JSON.stringify(line)}\n`);
}, toldEveryMs);
const running = Promise.all(workers.map((worker) => worker.run()));
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await running;
clearInterval(told);
process.exit(0);
