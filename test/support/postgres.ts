/** A real PostgreSQL of its own: fresh data in a temporary folder, a free loopback port, gone when it is stopped. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { lookForPostgres } from '../../scripts/setup/postgres.mjs';
import { choosePorts } from '../../src/embedded/free-port.js';

export interface PostgresUnderTest {
  /** Where its programs are. */
  readonly bin: string;
  /** Of the superuser `postgres`, or of another user, at a database. */
  url(database: string, user?: string): string;
  connect(database: string, user?: string): Promise<pg.Client>;
  /** Makes a database and returns the URL of its owner, the superuser. */
  createDatabase(name: string): Promise<string>;
  /** Runs statements at a database as the superuser. */
  run(database: string, statements: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to be root; this user owns nothing. */
const nobody = 65_534;
const startMs = 30_000;

export async function startPostgres(
  settings: Readonly<Record<string, string>> = { fsync: 'off' },
): Promise<PostgresUnderTest> {
  const bin = process.env.SLUICE_POSTGRES_BIN ?? lookForPostgres(process.env);
  if (bin === undefined) throw new Error('no PostgreSQL: node scripts/setup.mjs --postgres');
  const folder = await mkdtemp(join(tmpdir(), 'pg-'));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, nobody, nobody);
  const as = { ...(isRoot && { uid: nobody, gid: nobody }), cwd: folder };
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'];
  execFileSync(join(bin, 'initdb'), initdb, { ...as, stdio: ['ignore', 'ignore', 'inherit'] });
  const { port } = await choosePorts({ port: null });
  const given = { listen_addresses: '127.0.0.1', port: `${port}`, unix_socket_directories: folder };
  const options = Object.entries({ ...given, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const log: string[] = [];
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...options], {
    ...as,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr.setEncoding('utf8').on('data', (text: string) => void log.push(text));
  const url = (database: string, user = 'postgres') =>
    `postgres://${user}@127.0.0.1:${port}/${database}`;
  const connect = async (database: string, user?: string) => {
    const client = new pg.Client({ connectionString: url(database, user) });
    await client.connect();
    return client;
  };
  const run = async (database: string, statements: string) => {
    const client = await connect(database);
    try {
      const result = await client.query<Record<string, unknown>>(statements);
      return result.rows ?? [];
    } finally {
      await client.end();
    }
  };
  await untilReady(server, () => run('postgres', 'SELECT 1'), log);
  return {
    bin,
    url,
    run,
    connect,
    async createDatabase(name) {
      await run('postgres', `CREATE DATABASE ${name}`);
      return url(name);
    },
    async stop() {
      if (server.exitCode === null) {
        server.kill('SIGQUIT');
        await once(server, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(
  server: ChildProcess,
  ask: () => Promise<unknown>,
  log: readonly string[],
): Promise<void> {
  const untilMs = performance.now() + startMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (server.exitCode === null && performance.now() < untilMs) {
        await sleep(50);
        continue;
      }
      server.kill('SIGQUIT');
      throw new Error(`PostgreSQL did not start:\n${log.join('').slice(-2000)}`, { cause: error });
    }
  }
}
