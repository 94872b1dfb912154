/** The playground's process: from environment to a served platform, and down again without leaving anything behind. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Failure } from '../domain/failures.js';
import { createApi } from './api.js';
import { loadPlaygroundConfig } from './config.js';
import { createMeters } from './meters.js';
import { startPlatform } from './platform.js';
import { claimFolder, createProcessRecords } from './process-records.js';
import { createStateFile } from './state-file.js';
import { createTokenCheck, loadOrCreateToken } from './token.js';

/** Requests in flight and children that do not listen get no more than this when the process is told to end. */
const shutdownMs = 8000;

const log = (line: string) => process.stderr.write(`playground: ${line}\n`);

async function main(): Promise<void> {
  const config = loadPlaygroundConfig(process.env);
  const dataFolder = resolve(config.dataFolder);
  const owner = claimFolder(dataFolder);
  if (owner !== null) {
    throw new Failure('Conflict', `the data folder belongs to the running process ${owner}`, {
      where: dataFolder,
      next: `stop it (kill ${owner}) or choose another SLUICE_PLAYGROUND_DATA`,
    });
  }
  const token = loadOrCreateToken(config.tokenFile);
  const records = createProcessRecords(join(dataFolder, 'processes'));
  const orphans = await records.reap();
  if (orphans.length > 0) log(`ended ${orphans.length} processes of an earlier run`);
  process.once('exit', () => records.killAll());

  const meters = createMeters(config);
  const platform = await startPlatform({
    ...config,
    stateFile: createStateFile(dataFolder),
    records,
    meters,
    parentEnv: process.env,
    log,
  });
  const isAuthorized = createTokenCheck(token);
  const server = createServer(createApi({ platform, metrics: meters.text, isAuthorized, log }));
  // Longer than any client keeps an idle connection, so that it is the client who closes.
  server.keepAliveTimeout = 75_000;

  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), shutdownMs).unref();
    server.close();
    platform.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log(String(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);

  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(config.port, '127.0.0.1', ready);
  });
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ ready: true, url: `http://127.0.0.1:${port}` })}\n`);
}

main().catch((error: unknown) => {
  if (error instanceof Failure) {
    const { where, next } = error.details;
    const parts = [error.message, where && `at ${where}`, next && `next: ${next}`];
    log(parts.filter(Boolean).join('; '));
  } else {
    log(String((error as Error).stack));
  }
  process.exit(1);
});
