/** Temporal, playground and worker as real processes on this machine, for tests that kill them. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import {
  createPlaygroundPlatform,
  type PlaygroundPlatform,
} from '../../src/adapters/playground/platform.js';
import { createTemporalOrchestrator } from '../../src/adapters/temporal/temporal-orchestrator.js';
import type { Revision } from '../../src/domain/rollout/revision.js';
import type { WorkloadSpec } from '../../src/domain/rollout/workload.js';
import type { Ledger } from '../../src/ports/ledger.js';
import type { Orchestrator } from '../../src/ports/orchestrator.js';
import { openLedgerFile } from './ledger-file.js';
import type { LocalProcess } from './local-process.js';
import { prepareStack } from './stack-parts.js';

const checkout = resolve(import.meta.dirname, '../../examples/checkout');

/** What an artifact makes of the demo service; see examples/checkout/server.mjs. */
export interface CheckoutBehaviour {
  readonly errorRate?: number;
  readonly latencyMs?: number;
  readonly crashAfterMs?: number;
  readonly startDelayMs?: number;
  readonly hang?: boolean;
}

export interface LocalStack {
  readonly dataDir: string;
  readonly temporal: LocalProcess;
  readonly playground: LocalProcess;
  readonly worker: LocalProcess;
  readonly client: Client;
  readonly orchestrator: Orchestrator;
  readonly platform: PlaygroundPlatform;
  readonly ledger: Ledger;
  readonly workload: WorkloadSpec;
  /** Writes the artifact of a version and returns the revision that promises it. */
  release(version: string, behaviour?: CheckoutBehaviour): Revision;
  stop(): Promise<void>;
}

export async function startLocalStack(
  options: {
    readonly keepsHistory?: boolean;
    readonly instances?: number;
    readonly upstreamTimeoutMs?: number;
  } = {},
): Promise<LocalStack> {
  const parts = await prepareStack({
    keepsHistory: options.keepsHistory === true,
    configOf: () => join(checkout, 'sluice.yaml'),
  });
  const { dataDir, credentials, addresses } = parts;
  const temporal = parts.prepare('temporal');
  const playground = parts.prepare('playground', {
    SLUICE_PLAYGROUND_UPSTREAM_TIMEOUT_MS: String(options.upstreamTimeoutMs ?? 10_000),
  });
  const worker = parts.prepare('worker');
  let connection: Connection | null = null;
  const stop = async () => {
    await connection?.close();
    await worker.stop();
    await parts.stop();
  };
  try {
    await Promise.all([playground.start(), temporal.start().then(() => worker.start())]);
    connection = await Connection.connect({ address: addresses.temporalAddress });
  } catch (error) {
    await stop();
    throw error;
  }
  const client = new Client({ connection });
  return {
    ...{ dataDir, temporal, playground, worker, client, stop },
    orchestrator: createTemporalOrchestrator(client),
    platform: createPlaygroundPlatform({
      url: addresses.playgroundUrl,
      tokenFile: credentials.playgroundTokenFile,
    }),
    ledger: openLedgerFile(join(dataDir, 'ledger.jsonl')),
    workload: {
      command: [process.execPath, 'server.mjs', '{artifact}'],
      env: {},
      artifact: join(dataDir, 'artifacts', 'checkout-{version}.json'),
      directory: checkout,
      instances: options.instances ?? 3,
      healthPath: '/healthz',
    },
    release(version, behaviour = {}) {
      const text = JSON.stringify({ version, ...behaviour });
      writeFileSync(join(dataDir, 'artifacts', `checkout-${version}.json`), text);
      return { version, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` };
    },
  };
}

/** @throws when it does not come true in time */
export async function eventually<Value>(
  what: string,
  read: () => Promise<Value | null | undefined | false> | Value | null | undefined | false,
  withinMs: number,
): Promise<Value> {
  for (const untilMs = Date.now() + withinMs; Date.now() < untilMs; await sleep(25)) {
    const value = await read();
    if (value) return value;
  }
  throw new Error(`not within ${withinMs} ms: ${what}`);
}
