/** A production around the small shop: a Temporal cluster, workers that share the task queues, two replicas of the API behind a balancer. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { migrateLedger } from '../../src/adapters/postgres/migrate.js';
import { createPostgresLedger } from '../../src/adapters/postgres/postgres-ledger.js';
import { createDataConverter } from '../../src/adapters/temporal/temporal-access.js';
import { createWorkerFleet } from '../../src/adapters/temporal/worker-fleet.js';
import { readCredential } from '../../src/config/credential.js';
import { openPayloadKeys } from '../../src/config/payload-keys.js';
import { choosePorts } from '../../src/embedded/free-port.js';
import { startBalancer } from '../support/balancer.js';
import type { ShopSite } from '../support/busy-shop.js';
import type { LocalProcess } from '../support/local-process.js';
import { eventually } from '../support/local-stack.js';
import type { PlaygroundTap } from '../support/playground-tap.js';
import type { StackParts } from '../support/stack-parts.js';
import { startTcpLink, type TcpLink } from '../support/tcp-link.js';
import { type Cluster, prepareCluster } from './cluster.js';

/** Each queue has two workers, and no worker has all. */
const queues = {
  worker1: 'workflows,watch',
  worker2: 'workflows,actuate-local',
  worker3: 'watch,actuate-local',
};
const workers = ['worker1', 'worker2', 'worker3'] as const;
const replicas = ['api1', 'api2'] as const;
const ours = [...workers, ...replicas];

/** Every two that speak with each other over the network, but for the roles of Temporal among themselves. */
export const linkNames = [
  ...ours.map((name) => `${name}-frontend`),
  ...ours.map((name) => `${name}-ledger`),
  ...['frontend', 'history', 'matching', 'worker'].map((role) => `${role}-postgres`),
];

export interface Production extends ShopSite {
  readonly cluster: Cluster;
  /** Not started: as many workers of the same queues, of the build that is upgraded to. */
  readonly upgraded: readonly LocalProcess[];
  /** By name, those that were asked for. */
  readonly links: ReadonlyMap<string, TcpLink>;
}

/** Of the workers, and of those that they are upgraded to. */
export interface Builds {
  readonly deploymentName: string;
  readonly from: string;
  readonly to: string;
}

/**
 * @param linked names of links that can be cut; all others have no proxy between them
 * @param builds null: the workers have no version
 */
export async function openProduction(
  stack: StackParts,
  tap: PlaygroundTap,
  linked: readonly string[] = [],
  builds: Builds | null = null,
): Promise<Production> {
  const { dataDir, guard } = stack;
  const links = new Map<string, TcpLink>();
  const through = async (name: string, port: number) => {
    if (!linked.includes(name)) return port;
    const link = await startTcpLink(port);
    links.set(name, link);
    return link.port;
  };
  const cluster = await prepareCluster({
    ...{ folder: join(dataDir, 'cluster'), guard },
    postgresPortOf: (role, port) => through(`${role}-postgres`, port),
  });
  const keyFile = join(dataDir, 'payload-keys.json');
  const key = (id: string) => ({ id, secret: randomBytes(32).toString('base64') });
  writeFileSync(keyFile, JSON.stringify({ keys: [key('new'), key('old')] }), { mode: 0o600 });
  const ledgerUrlFile = async (name: string) => {
    const file = join(dataDir, `ledger-url-${name}`);
    const port = await through(`${name}-ledger`, cluster.ports.postgres);
    writeFileSync(file, cluster.databaseUrl('ledger', 'sluice_app', port), { mode: 0o600 });
    return file;
  };
  const envOf = async (name: string) => ({
    ...(await cluster.envOf({
      ...{ name, permissions: [`${cluster.namespace}:write`] },
      frontendPort: await through(`${name}-frontend`, cluster.ports.frontend),
    })),
    SLUICE_PAYLOAD_KEYS_FILE: keyFile,
    SLUICE_LEDGER_URL_FILE: await ledgerUrlFile(name),
  });
  const ports = await choosePorts({ api1: null, api2: null });
  const balancer = await startBalancer();
  const worker = async (name: (typeof workers)[number], buildId = builds?.from) =>
    stack.prepare(
      'worker',
      {
        ...(await envOf(name)),
        ...{ SLUICE_TASK_QUEUES: queues[name], SLUICE_PLAYGROUND_URL: tap.url },
        ...(builds && { TEMPORAL_DEPLOYMENT_NAME: builds.deploymentName }),
        ...(buildId !== undefined && { TEMPORAL_WORKER_BUILD_ID: buildId }),
      },
      { stopWithinMs: 20_000 },
    );
  const api = async (name: (typeof replicas)[number]) =>
    stack.prepare('api', { ...(await envOf(name)), SLUICE_API_PORT: String(ports[name]) });
  const own = {
    ...{ worker1: await worker('worker1'), worker2: await worker('worker2') },
    ...{ worker3: await worker('worker3'), api1: await api('api1'), api2: await api('api2') },
  };
  const upgraded = builds ? await Promise.all(workers.map((each) => worker(each, builds.to))) : [];
  const readFile = await ledgerUrlFile('test');
  const ledger = createPostgresLedger({
    project: 'shop',
    readUrl: () => readCredential({ file: readFile }, {}),
  });
  const { worker: temporalWorker, ...roles } = cluster.processes;
  const access = {
    connection: await cluster.connectionOf({
      ...{ name: 'test', permissions: [`${cluster.namespace}:write`] },
    }),
    namespace: cluster.namespace,
    dataConverter: await createDataConverter(await openPayloadKeys(keyFile, Date.now)),
  };
  return {
    ...{ cluster, links, ledger, upgraded, ...access },
    parts: { ...roles, temporalWorker, ...own },
    writingOf: { worker2: tap.nextPassing, worker3: tap.nextPassing },
    apiUrl: balancer.url,
    async start() {
      await cluster.start();
      await makeLedger(cluster);
      await Promise.all(Object.values(own).map((each) => each.start()));
      if (builds) await makeCurrent(access, builds);
      for (const port of Object.values(ports)) await balancer.add(`http://127.0.0.1:${port}`);
    },
    async stop() {
      balancer.close();
      await Promise.all([...Object.values(own), ...upgraded].map((each) => each.kill()));
      await ledger.close();
      for (const link of links.values()) link.close();
      await cluster.stop();
    },
  };
}

/** The first version, which nothing was under way before. */
async function makeCurrent(
  { connection: options, namespace }: Pick<ShopSite, 'connection' | 'namespace'>,
  { deploymentName, from }: Builds,
): Promise<void> {
  const connection = await Connection.connect(options);
  try {
    const fleet = createWorkerFleet(new Client({ connection, namespace }), Date.now);
    await eventually(
      'the first version is current',
      async () => {
        const reading = await fleet.read(deploymentName);
        if (reading === null) return false;
        const version = { deploymentName, buildId: from };
        return fleet.lead(version, 100, reading.token).then(
          () => true,
          () => false,
        );
      },
      30_000,
    );
  } finally {
    await connection.close();
  }
}

/** As docs/audit.md has it made: its owner migrates, a user who can change nothing writes. */
export async function makeLedger(cluster: Cluster): Promise<void> {
  const ask = async (database: string, statement: string) => {
    const client = new pg.Client({ connectionString: cluster.databaseUrl(database) });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await ask('postgres', 'CREATE DATABASE ledger');
  await migrateLedger(cluster.databaseUrl('ledger'));
  await ask('ledger', 'CREATE ROLE sluice_app LOGIN IN ROLE sluice_writer');
}
