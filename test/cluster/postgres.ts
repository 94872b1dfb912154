/** A PostgreSQL of its own for a test, which takes only those whom the test's authority vouches for. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ProcessSpec } from '../../src/embedded/supervised-process.js';
import type { Certified } from '../support/certificates.js';

const run = promisify(execFile);
const debian = '/usr/lib/postgresql';
const user = 'temporal';

export interface PreparedPostgres {
  readonly user: string;
  readonly spec: Pick<ProcessSpec, 'command' | 'isReady'>;
  remove(): void;
}

/** Makes an empty cluster of databases in a folder that goes with it. */
export async function preparePostgres(options: {
  readonly port: number;
  readonly authority: string;
  readonly server: Certified;
}): Promise<PreparedPostgres> {
  const owner = await unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'));
  const data = join(folder, 'data');
  const own = (path: string) => {
    if (owner !== null) chownSync(path, owner.uid, owner.gid);
  };
  own(folder);
  const keep = (name: string, text: string) => {
    const path = join(data, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    own(path);
  };
  const as = (program: string, ...args: readonly string[]) => [
    ...(owner === null
      ? []
      : ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']),
    ...[join(programs(), program), ...args],
  ];
  const [command = '', ...args] = as('initdb', '-D', data, '-U', user, '-A', 'trust', '--no-sync');
  await run(command, [...args, '-E', 'UTF8', '--locale=C'], { cwd: folder });
  keep('server.crt', options.server.certificate);
  keep('server.key', options.server.key);
  keep('ca.crt', options.authority);
  keep('pg_hba.conf', 'hostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n');
  // What is written outlives the process, and a machine that goes down ends the test as well.
  const settings = [
    ...['fsync = off', 'ssl = on', "ssl_ca_file = 'ca.crt'", 'max_connections = 200'],
    ...["listen_addresses = '127.0.0.1'", `port = ${options.port}`],
    ...["unix_socket_directories = ''", "log_min_messages = 'warning'"],
  ];
  appendFileSync(join(data, 'postgresql.conf'), `${settings.join('\n')}\n`);
  const address = ['-h', '127.0.0.1', '-p', String(options.port), '-q', '-t', '30'];
  return {
    user,
    spec: {
      command: as('postgres', '-D', data),
      async isReady(_line, signal) {
        while (!(await run(join(programs(), 'pg_isready'), address).then(Boolean, () => false)))
          await sleep(50, undefined, { signal });
      },
    },
    // Its children notice a moment later that it is gone.
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
}

/** Postgres refuses to run as root; null where we are not. */
async function unprivileged(): Promise<{ readonly uid: number; readonly gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const idOf = async (flag: string) => {
    const known = await run('id', [flag, 'postgres']).catch(() => run('id', [flag, 'nobody']));
    return Number(known.stdout);
  };
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

/** The newest that Debian's packages have left, or whatever is on PATH. */
function programs(): string {
  const onPath = (process.env.PATH ?? '').split(':').find((path) => existsSync(`${path}/initdb`));
  if (onPath !== undefined) return onPath;
  const versions = existsSync(debian) ? readdirSync(debian).map(Number) : [];
  const newest = Math.max(...versions.filter((each) => each > 0));
  const folder = join(debian, String(newest), 'bin');
  if (existsSync(join(folder, 'initdb'))) return folder;
  throw new Error('PostgreSQL is not here: apt-get install postgresql, or put initdb on PATH');
}
