/** The process of the command line: its streams, its signals and its exit code. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { githubIdentity } from '../config/github-identity.js';
import { openPayloadKeys } from '../config/payload-keys.js';
import { loadSettings } from '../config/settings.js';
import { Failure } from '../domain/failures.js';
import { backupCommands, type BackupTools } from './commands/backup.js';
import { doctorCommand } from './commands/doctor.js';
import { ledgerCommand, type LedgerTools } from './commands/ledger.js';
import { type WorkersTools, workersCommand } from './commands/workers.js';
import type { DoctorTools, InspectGithub } from './doctor/finding.js';
import { exitCodes } from './exit-codes.js';
import { runCli } from './program.js';
import type { CliIo } from './output.js';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupt.abort());
}

const io: CliIo = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  readInput: () => text(process.stdin),
  env: process.env,
  folder: process.cwd(),
  home: homedir(),
  terminal:
    process.stdin.isTTY && process.stdout.isTTY
      ? { input: process.stdin, output: process.stdout }
      : null,
  isTerminal: process.stdout.isTTY === true,
  // Zero where a terminal does not know its width.
  columns: () => process.stdout.columns || 100,
  fetch,
  clock: Date.now,
  interrupted: interrupt.signal,
  exit: (name) => {
    process.exitCode = exitCodes[name].code;
  },
};

// A reader that has seen enough (`sluice get | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** Loaded only when asked for: they bring the whole embedded stack with them. */
async function localCommands(argv: readonly string[]): Promise<Command[]> {
  // Completion asks for the flags of a command that is typed.
  const isWanted = (name: string) =>
    argv[0] === name || (argv[0] === 'complete' && argv.includes(name));
  const up = isWanted('up')
    ? (await import('./up.js')).upCommand(io, io.exit)
    : new Command('up').description('run the whole of Sluice on this machine');
  const demo = isWanted('demo')
    ? (await import('./demo.js')).demoCommand(io, io.exit)
    : new Command('demo').description('see releases promoted and rolled back, in a minute');
  return [
    up,
    demo,
    ...backupCommands(io, backupTools),
    doctorCommand(io, doctorTools),
    ledgerCommand(io, ledgerTools),
    workersCommand(io, workersTools),
  ];
}

/** Loaded only when asked for: it brings GitHub's whole API with it. */
async function inspectGithub(...[github, repositories]: Parameters<InspectGithub>) {
  const { inspectGithub: inspect } = await import('../adapters/github/inspection.js');
  const { proxiedFetch } = await import('../adapters/github/proxied-fetch.js');
  const identity = githubIdentity(github, process.env);
  const fetch = proxiedFetch(process.env);
  return inspect({ url: github.url, identity, repositories, ...(fetch && { fetch }) });
}

/** Loaded likewise. */
const inspectKubernetes: DoctorTools['inspectKubernetes'] = async (settings) => {
  const { inspectAccess } = await import('../adapters/kubernetes/inspect-access.js');
  const { namespace, kubeconfig, context, router } = settings;
  const place = {
    namespace,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
  return inspectAccess(place, router.kind);
};

const readTemporal: DoctorTools['readTemporal'] = async (examined) => {
  const { readTemporal: read } = await import('./doctor/read-temporal.js');
  return read(examined);
};

const doctorTools: DoctorTools = {
  nodeVersion: process.version,
  readTemporal,
  inspectGithub,
  inspectKubernetes,
};

/** Loaded likewise. */
const ledgerTools: LedgerTools = {
  migrate: async (url) => {
    const { migrateLedger } = await import('../adapters/postgres/migrate.js');
    return migrateLedger(url);
  },
  dropOldest: async (options) => {
    const { dropOldest } = await import('../adapters/postgres/drop-oldest.js');
    return dropOldest(options);
  },
};

/** Loaded likewise. */
const backupTools: BackupTools = {
  writeBackup: async (...given) => {
    const { writeBackup } = await import('../embedded/backup.js');
    return writeBackup(...given);
  },
  planRestore: async (...given) => {
    const { planRestore } = await import('../embedded/restore.js');
    return planRestore(...given);
  },
  restore: async (plan) => {
    const { restore } = await import('../embedded/restore.js');
    return restore(plan);
  },
  record: async (dataDir, project, event) => {
    const { createJsonlLedger } = await import('../adapters/jsonl/jsonl-ledger.js');
    const { withFileLock } = await import('../config/file-lock.js');
    const file = join(dataDir, 'ledger.jsonl');
    await createJsonlLedger({ file, project, alone: withFileLock }).append([event]);
  },
};

/** Loaded likewise. */
const workersTools: WorkersTools = {
  open: async () => {
    const { Client, Connection } = await import('@temporalio/client');
    const { readTemporalAccess } = await import('../adapters/temporal/temporal-access.js');
    const { createWorkerFleet } = await import('../adapters/temporal/worker-fleet.js');
    const rollouts = await import('../adapters/temporal/worker-rollouts.js');
    const { cacheDir, payloadKeysFile } = loadSettings(process.env);
    const keys = await openPayloadKeys(payloadKeysFile, Date.now);
    const { connectionOptions, namespace, dataConverter } = await readTemporalAccess(keys);
    const connection = await Connection.connect(connectionOptions).catch((error: unknown) => {
      const next = 'name it: export TEMPORAL_ADDRESS=<host:port>';
      throw new Failure('Unavailable', 'Temporal does not answer', { next }, error);
    });
    const client = new Client({ connection, namespace, dataConverter });
    const fleet = createWorkerFleet(client, Date.now);
    return {
      read: fleet.read,
      last: (deploymentName) => rollouts.lastWorkerRollout(client, deploymentName),
      start: (input) => rollouts.startWorkerRollout(client, input),
      result: (deploymentName) => rollouts.workerRolloutResult(client, deploymentName),
      callOff: (deploymentName) => rollouts.callOffWorkerRollout(client, deploymentName),
      leadBack: fleet.leadBack,
      rescue: fleet.rescue,
      record: (ledBack) => rollouts.startWorkersRecord(client, ledBack),
      async replay(folder) {
        const { loadWorkflowBundle } = await import('../workers/workflow-bundle.js');
        const check = await import('../workers/check-histories.js');
        const bundle = await loadWorkflowBundle(cacheDir, dataConverter.failureConverterPath);
        const histories = folder === null ? check.openHistories(client) : check.historiesIn(folder);
        return check.replayHistories(bundle, dataConverter, histories);
      },
      close: () => connection.close(),
    };
  },
};

const argv = process.argv.slice(2);
await runCli(argv, io, await localCommands(argv));
