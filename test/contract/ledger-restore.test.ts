/** docs/disaster.md rehearsed on PostgreSQL: a ledger is lost, and what was dumped of it goes on, with every right it had. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dropOldest } from '../../src/adapters/postgres/drop-oldest.js';
import { migrateLedger } from '../../src/adapters/postgres/migrate.js';
import { createPostgresLedger } from '../../src/adapters/postgres/postgres-ledger.js';
import { ledgerCommand } from '../../src/cli/commands/ledger.js';
import type { ChainHead } from '../../src/domain/ledger/chain.js';
import { runSluice } from '../support/cli-under-test.js';
import { type PostgresUnderTest, startPostgres } from '../support/postgres.js';
import { chainOf, ledgerEvent, verifiedChain } from './ledger.contract.js';

const run = promisify(execFile);
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ledgerEvent(`${from + n}`));

describe('a ledger on PostgreSQL that is restored', function () {
  this.timeout(60_000);
  const servers: PostgresUnderTest[] = [];
  const opened: ReturnType<typeof createPostgresLedger>[] = [];
  let folder: string;
  let dump: string;
  let first: PostgresUnderTest;
  /** Of the copy, and of what was there when it was lost. */
  let copied: ChainHead | null;
  let lost: ChainHead | null;

  const open = (server: PostgresUnderTest, project = 'shop', user = 'writer') => {
    const ledger = createPostgresLedger({
      project,
      readUrl: async () => server.url('ledger', user),
    });
    opened.push(ledger);
    return ledger;
  };

  async function startServer(): Promise<PostgresUnderTest> {
    const server = await startPostgres();
    servers.push(server);
    await server.createDatabase('ledger');
    return server;
  }

  /** As the page says. What pg_restore tells of roles that are not there yet is passed over. */
  async function restoreTo(server: PostgresUnderTest): Promise<string> {
    const owner = server.url('ledger');
    const told = await run(join(server.bin, 'pg_restore'), ['--no-owner', '-d', owner, dump]).then(
      () => '',
      ({ stderr }: { stderr: string }) => stderr,
    );
    await writeFile(join(folder, 'owner-url'), owner, { mode: 0o600 });
    const argv = ['ledger', 'migrate', '--url-file', 'owner-url'];
    const tools = { migrate: migrateLedger, dropOldest };
    const { code, err } = await runSluice(argv, {}, { folder }, (io) => [ledgerCommand(io, tools)]);
    assert.equal(code, 0, err);
    return told;
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-restore-'));
    dump = join(folder, 'ledger.dump');
    first = await startServer();
    await migrateLedger(first.url('ledger'));
    await first.run('ledger', 'CREATE ROLE writer LOGIN IN ROLE sluice_writer');
    // A month that is over, as the months before this one will be.
    await first.run('ledger', `SELECT sluice.open_month(now() - interval '40 days')`);
    const ledger = open(first);
    await ledger.append(events(1, 40));
    await open(first, 'other').append(events(1, 3));
    copied = await ledger.head();
    const dumping = ['--format=custom', '--schema=sluice', `--file=${dump}`, first.url('ledger')];
    await run(join(first.bin, 'pg_dump'), dumping);
    await ledger.append(events(41, 45));
    lost = await ledger.head();
  });
  after(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function isAsBefore(server: PostgresUnderTest): Promise<void> {
    const ledger = open(server);
    const { rows, head } = await verifiedChain(ledger);
    assert.deepEqual([rows, head?.hash], [40, copied?.hash]);
    const { fault } = await chainOf(ledger, lost);
    assert.equal(fault?.kind, 'truncated');
    // What was written is not written twice, and the chain goes on for both projects.
    await ledger.append([...events(39, 40), ...events(50, 52)]);
    await open(server, 'other').append(events(4, 4));
    assert.equal((await verifiedChain(ledger)).rows, 43);
    assert.equal((await verifiedChain(open(server, 'other'))).rows, 4);
    for (const [user, change] of [
      ['postgres', 'UPDATE sluice.ledger_rows SET hash = previous'],
      ['postgres', 'DELETE FROM sluice.ledger_index'],
      ['postgres', 'TRUNCATE sluice.ledger_rows'],
      ['writer', 'DELETE FROM sluice.ledger_rows'],
      ['writer', 'SELECT sluice.open_month(now())'],
      ['stranger', 'SELECT sluice.open_months()'],
      ['stranger', 'SELECT 1 FROM sluice.ledger_rows'],
    ] as const) {
      const client = await server.connect('ledger', user);
      await assert.rejects(client.query(change), { code: '42501' }, `${user}: ${change}`);
      await client.end();
    }
  }

  it('is what it was on the same server, beside what was written since the loss', async () => {
    await first.run('ledger', 'CREATE ROLE stranger LOGIN; DROP SCHEMA sluice CASCADE');
    await migrateLedger(first.url('ledger'));
    await open(first).append(events(46, 47));
    await first.run('ledger', 'ALTER SCHEMA sluice RENAME TO sluice_interim');
    assert.equal(await restoreTo(first), '');
    await isAsBefore(first);
    const interim = await first.run(
      'ledger',
      'SELECT id FROM sluice_interim.ledger_rows ORDER BY seq',
    );
    assert.deepEqual(
      interim.map(({ id }) => id),
      ['46', '47'],
    );
  });

  it('is what it was on a new server, which has none of its roles', async () => {
    const server = await startServer();
    assert.match(await restoreTo(server), /role "sluice_writer" does not exist/);
    await server.run(
      'ledger',
      'CREATE ROLE writer LOGIN IN ROLE sluice_writer; CREATE ROLE stranger LOGIN',
    );
    await isAsBefore(server);
  });
});
