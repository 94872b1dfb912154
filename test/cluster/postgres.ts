/** A PostgreSQL of its own for a test, which takes only those whom the test's authority vouches for. */
import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { lookForPostgres } from '../../scripts/setup/postgres.mjs';
import type { ProcessSpec } from '../../src/embedded/supervised-process.js';
import type { Certified } from '../support/certificates.js';

const run = promisify(execFile);
const user = 'temporal';
/** PostgreSQL refuses to be root; this user owns nothing. */
const nobody = 65_534;

export interface PreparedPostgres {
  /** Its superuser. */
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
  const bin = process.env.SLUICE_POSTGRES_BIN ?? lookForPostgres(process.env);
  if (bin === undefined) throw new Error('no PostgreSQL: node scripts/setup.mjs --postgres');
  const isRoot = process.getuid?.() === 0;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'));
  const data = join(folder, 'data');
  const own = (path: string) => {
    if (isRoot) chownSync(path, nobody, nobody);
  };
  own(folder);
  const keep = (name: string, text: string) => {
    const path = join(data, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    own(path);
  };
  const as = (program: string, ...args: readonly string[]) => [
    ...(isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []),
    ...[join(bin, program), ...args],
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
        while (!(await run(join(bin, 'pg_isready'), address).then(Boolean, () => false)))
          await sleep(50, undefined, { signal });
      },
    },
    // Its children notice a moment later that it is gone.
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
}
