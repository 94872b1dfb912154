/** The API's process: reads its settings, connects to Temporal, serves, and stops without cutting anybody off. */
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createFileEvidence } from '../adapters/jsonl/file-evidence.js';
import { createJobIdentity } from '../adapters/jwt/job-identity.js';
import { createUiIdentity } from '../adapters/jwt/ui-identity.js';
import { openLedger } from '../adapters/open-ledger.js';
import { loadTracing } from '../adapters/opentelemetry/load-tracing.js';
import { listenForScrapes } from '../config/metrics-listener.js';
import { createPayloadCodec } from '../adapters/temporal/payload-codec.js';
import { readTemporalAccess } from '../adapters/temporal/temporal-access.js';
import { tracedClient } from '../adapters/temporal/traced-client.js';
import { createHmacTickets } from '../adapters/tickets/hmac-ticket.js';
import { createShortTokens } from '../adapters/tickets/short-tokens.js';
import { readCredential } from '../config/credential.js';
import { withFileLock } from '../config/file-lock.js';
import { openPayloadKeys } from '../config/payload-keys.js';
import { loadProject } from '../config/project.js';
import { createProjectNotes } from '../config/project-notes.js';
import { resolvePipeline } from '../config/resolve-pipeline.js';
import { loadSettings } from '../config/settings.js';
import { explainFailure, Failure } from '../domain/failures.js';
import { placeOf } from '../domain/trace.js';
import type { Tracing } from '../ports/tracing.js';
import { createApiMetrics } from './api-metrics.js';
import { createAlertRules } from './alert-rules.js';
import { createApp } from './app.js';
import { createCodecAccess } from './codec-trust.js';
import { createJobAccess } from './job-access.js';
import { defaultLimits } from './limits.js';
import { createApiLogger } from './logger.js';
import { watchLoopLag } from './loop-lag.js';
import { serve } from './server.js';
import { shareViews } from './shared-views.js';
import { openTokenBook, withShortTokens } from './tokens.js';
import { createWebhookSecrets } from './webhook-secrets.js';

/** In the embedded stack nobody balances, and its supervisor waits no longer. */
const drainTimes = {
  embedded: { lingerMs: 200, drainMs: 4000 },
  otherwise: { lingerMs: 2500, drainMs: 9000 },
};

async function main(): Promise<void> {
  const settings = loadSettings(process.env);
  const keys = await openPayloadKeys(settings.payloadKeysFile, Date.now);
  const { connectionOptions, namespace, dataConverter } = await readTemporalAccess(keys);
  // Checked at the start, so that a faulty file is seen now and not by the first release.
  const { project } = await loadProject(settings.configPath);
  let tracing: Tracing | null = null;
  // Logs go to stderr: stdout says one line, when requests are served.
  const logger = createApiLogger(settings.logLevel, pino.destination(2), () => {
    const here = tracing?.here();
    return { project, traceId: (here && placeOf(here))?.traceId };
  });
  tracing = await loadTracing(process.env, {
    service: 'sluice-api',
    onTrouble: (message) => logger.warn(message),
  });
  const ledger = openLedger({
    ...{ project, folder: settings.dataDir, alone: withFileLock },
    ...{ urlFile: settings.ledgerUrlFile, readUrl: (file) => readCredential({ file }, {}) },
  });
  const noteProject = createProjectNotes({
    ...{ path: settings.configPath, project, ledger, clock: Date.now },
    onTrouble: (err) => logger.error({ err }, 'a change of the configuration could not be noted'),
  });
  const tickets = createHmacTickets({ keyFile: settings.approvalKeyFile, clock: Date.now });
  const shortTokens = createShortTokens({ keyFile: settings.approvalKeyFile, clock: Date.now });
  const book = await openTokenBook({
    path: settings.tokensFile,
    clock: Date.now,
    onBadFile: (err) => logger.error({ err }, 'the changed token file is not valid; kept the last'),
  });
  const connection = Connection.lazy(connectionOptions);
  const stopping = new AbortController();
  const client = new Client({ connection, namespace, dataConverter, ...tracedClient(tracing) });
  const lag = watchLoopLag();
  const metrics = createApiMetrics(lag);
  const app = createApp({
    client,
    metrics,
    tracing,
    views: shareViews({ client, limits: defaultLimits }),
    // Read for every release: an edit counts from the next one on, without a restart.
    resolvePipeline: async (service, override) => {
      const read = await loadProject(settings.configPath);
      void noteProject();
      return resolvePipeline(read, service, {
        embedded: settings.embedded,
        ...(override === undefined ? {} : { override }),
      });
    },
    mirroredIn: async (service) => {
      const { github, services } = await loadProject(settings.configPath);
      if (github === undefined || !Object.hasOwn(services, service)) return null;
      return services[service]?.repository ?? null;
    },
    alerts: createAlertRules({
      readProject: () => loadProject(settings.configPath),
      readSecret: (credential) => readCredential(credential, process.env),
      clock: Date.now,
    }),
    webhookSecrets: createWebhookSecrets({
      readCredentials: async () =>
        (await loadProject(settings.configPath)).github?.webhookSecrets ?? [],
      readSecret: (credential) => readCredential(credential, process.env),
      clock: Date.now,
    }),
    ledger,
    audit: ledger,
    evidence: createFileEvidence({ folder: join(settings.dataDir, 'evidence') }),
    tickets,
    tokens: withShortTokens(book, shortTokens),
    jobs: {
      access: createJobAccess({
        readProject: () => loadProject(settings.configPath),
        clock: Date.now,
      }),
      identity: createJobIdentity({ clock: Date.now, fetch }),
      tokens: shortTokens,
    },
    codec: {
      payloads: createPayloadCodec(keys),
      access: createCodecAccess({
        readProject: () => loadProject(settings.configPath),
        clock: Date.now,
      }),
      identity: createUiIdentity({ clock: Date.now, fetch }),
    },
    lag,
    clock: Date.now,
    logger,
    limits: defaultLimits,
    temporalUiUrl: settings.temporalUiUrl,
    stopping: stopping.signal,
  });
  const scraped =
    settings.apiMetrics &&
    (await listenForScrapes(settings.apiMetrics, {
      variable: 'SLUICE_API_METRICS_ADDRESS',
      read: async () => ({
        text: await metrics.registry.metrics(),
        contentType: metrics.registry.contentType,
      }),
      readiness: () => ({
        isReady: !stopping.signal.aborted,
        said: stopping.signal.aborted ? 'shutting down' : 'serving',
      }),
    }));
  const serving = await serve(app, {
    ...settings.api,
    refused: () => metrics.refused('connections'),
  });

  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info('shutting down');
    await serving.stop(settings.embedded ? drainTimes.embedded : drainTimes.otherwise);
    await scraped?.stop();
    await connection.close();
    await tracing?.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  process.stdout.write(
    `${JSON.stringify({ ready: true, url: serving.url, ...(scraped && { metrics: scraped.url }) })}\n`,
  );
  void noteProject();
}

main().catch((error: unknown) => {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(1);
});
