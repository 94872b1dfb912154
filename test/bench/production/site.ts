/** The cluster of the production tests with as many workers of the benchmark as it likes, and an API before them. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { createDataConverter } from '../../../src/adapters/temporal/temporal-access.js';
import { openPayloadKeys } from '../../../src/config/payload-keys.js';
import { prepareCluster } from '../../cluster/cluster.js';
import { makeLedger } from '../../cluster/production.js';
import { prepareStack } from '../../support/stack-parts.js';

export const workerNames = ['worker1', 'worker2', 'worker3'] as const;

/** What the workers told within a time. */
export interface Told {
  readonly waitedMs: readonly number[];
  /** Of the largest worker. */
  readonly peakRssMb: number;
}

const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

/** @param services how many, each with one environment and a rollout of three steps */
export async function openBenchSite(services: number) {
  const stack = await prepareStack({
    keepsHistory: true,
    configOf: (dataDir) => writeServices(dataDir, services),
  });
  const { dataDir, guard } = stack;
  const cluster = await prepareCluster({ folder: join(dataDir, 'cluster'), guard });
  const keyFile = join(dataDir, 'payload-keys.json');
  const key = { id: 'one', secret: randomBytes(32).toString('base64') };
  writeFileSync(keyFile, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  const urlFile = join(dataDir, 'ledger-url');
  writeFileSync(urlFile, cluster.databaseUrl('ledger', 'sluice_app'), { mode: 0o600 });
  const statisticsOf = (name: string) => join(dataDir, `statistics-${name}.jsonl`);
  const permissions = [`${cluster.namespace}:write`];
  const envOf = async (name: string) => ({
    ...(await cluster.envOf({ name, permissions })),
    ...{ SLUICE_PAYLOAD_KEYS_FILE: keyFile, SLUICE_LEDGER_URL_FILE: urlFile },
    BENCH_STATISTICS_FILE: statisticsOf(name),
  });
  const worker = async (name: (typeof workerNames)[number]) =>
    stack.prepare('worker', await envOf(name), {
      command: [process.execPath, '--import', 'tsx', program],
      stopWithinMs: 30_000,
    });
  const workers = {
    ...{ worker1: await worker('worker1'), worker2: await worker('worker2') },
    worker3: await worker('worker3'),
  };
  const api = stack.prepare('api', await envOf('api'));
  const connection = Connection.lazy(await cluster.connectionOf({ name: 'bench', permissions }));
  const dataConverter = await createDataConverter(await openPayloadKeys(keyFile, Date.now));
  return {
    ...{ workers, apiUrl: stack.addresses.apiUrl },
    roles: cluster.processes,
    token: readFileSync(stack.credentials.userTokenFile, 'utf8').trim(),
    client: new Client({ connection, namespace: cluster.namespace, dataConverter }),
    async start() {
      await cluster.start();
      await makeLedger(cluster);
      await api.start();
    },
    /** Rows and bytes of all databases. */
    async stored() {
      const sums = { rows: 0, bytes: 0 };
      for (const database of ['temporal', 'temporal_visibility', 'ledger']) {
        const { rows, bytes } = await sizeOf(cluster.databaseUrl(database));
        sums.rows += rows;
        sums.bytes += bytes;
      }
      return sums;
    },
    toldSince(sinceMs: number): Told {
      const lines = workerNames.flatMap((name) => linesOf(statisticsOf(name)));
      const late = lines.filter(({ atMs }) => atMs > sinceMs);
      return {
        waitedMs: late.flatMap(({ waitedMs }) => waitedMs),
        peakRssMb: Math.round(Math.max(0, ...late.map(({ rss }) => rss)) / 1e6),
      };
    },
    async stop() {
      await connection.close();
      await Promise.all(Object.values(workers).map((each) => each.kill()));
      await cluster.stop();
      await stack.stop();
    },
  };
}

export type BenchSite = Awaited<ReturnType<typeof openBenchSite>>;

interface Line {
  readonly atMs: number;
  readonly rss: number;
  readonly waitedMs: readonly number[];
}

function linesOf(file: string): readonly Line[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Line);
}

async function sizeOf(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const ask = async (statement: string) =>
    (await client.query<Record<string, string>>(statement)).rows;
  try {
    const tables = await ask(
      "SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables",
    );
    let rows = 0;
    for (const { name } of tables)
      rows += Number((await ask(`SELECT count(*) AS n FROM ${name}`))[0]?.n);
    const [{ bytes } = { bytes: '0' }] = await ask(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    return { rows, bytes: Number(bytes) };
  } finally {
    await client.end();
  }
}

export const serviceName = (n: number): string => `service-${n}`;

function writeServices(dataDir: string, count: number): string {
  const workload = { command: ['true'], instances: 1 };
  const steps = [20, 50, 100].flatMap((weight) => [
    { setWeight: weight },
    { analysis: { for: '1s', deadline: '10m' } },
  ]);
  const names = Array.from({ length: count }, (_, n) => serviceName(n));
  const path = join(dataDir, 'sluice.yaml');
  // JSON is YAML.
  writeFileSync(
    path,
    JSON.stringify({
      ...{ apiVersion: 'sluice/v1', project: 'shop' },
      platforms: { local: { kind: 'playground' } },
      services: Object.fromEntries(names.map((name) => [name, { workload }])),
      environments: {
        production: {
          platform: 'local',
          strategy: { canary: { steps, progressDeadline: '1h' } },
        },
      },
    }),
  );
  return path;
}
