/** Whole months of the ledger dropped from a real PostgreSQL: exported, verified, and the chain goes on. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropOldest } from '../../src/adapters/postgres/drop-oldest.js';
import { migrateLedger } from '../../src/adapters/postgres/migrate.js';
import { createPostgresLedger } from '../../src/adapters/postgres/postgres-ledger.js';
import { ledgerCommand } from '../../src/cli/commands/ledger.js';
import {
  canonicalText,
  type ChainHead,
  emptyHash,
  linkEvents,
} from '../../src/domain/ledger/chain.js';
import type { DroppedMonth } from '../../src/domain/ledger/retention.js';
import { runSluice } from '../support/cli-under-test.js';
import { type PostgresUnderTest, startPostgres } from '../support/postgres.js';
import { chainOf, ledgerEvent, verifiedChain } from './ledger.contract.js';

/** The middle of the month so many months ago. */
function monthsAgo(count: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 15));
}

const nameOf = (count: number) => monthsAgo(count).toISOString().slice(0, 7);

describe('retention of the ledger', function () {
  this.timeout(60_000);
  let postgres: PostgresUnderTest;
  let folder: string;
  const opened: ReturnType<typeof createPostgresLedger>[] = [];

  const open = (project: string) => {
    const readUrl = async () => postgres.url('ledger', 'writer');
    const ledger = createPostgresLedger({ project, readUrl });
    opened.push(ledger);
    return ledger;
  };

  /** Rows as they would stand there had they been written then. */
  async function written(project: string, counts: Readonly<Record<number, number>>): Promise<void> {
    let last: ChainHead = { seq: 0, hash: emptyHash };
    const ago = Object.keys(counts)
      .map(Number)
      .toSorted((a, b) => b - a);
    for (const months of ago) {
      const at = monthsAgo(months).toISOString();
      await postgres.run('ledger', `SELECT sluice.open_month('${at}')`);
      const events = Array.from({ length: counts[months] ?? 0 }, (_, n) =>
        ledgerEvent(`${project}/${months}/${n}`),
      );
      for (const link of linkEvents(project, last, events)) {
        const { seq, hash, previous, event } = link;
        await postgres.run(
          'ledger',
          `INSERT INTO sluice.ledger_index VALUES ('${project}', ${seq}, '${event.id}');
           INSERT INTO sluice.ledger_rows (project, seq, recorded_at, previous, hash, event)
           VALUES ('${project}', ${seq}, '${at}', '${previous}', '${hash}', $text$${canonicalText(event)}$text$)`,
        );
        last = link;
      }
    }
  }

  async function drop(keepMonths: number) {
    const argv = ['ledger', 'drop-oldest', '--url-file', 'owner', '--export-to', '.', '--json'];
    const why = [
      '--keep-months',
      `${keepMonths}`,
      '--actor',
      'ann',
      '--reason',
      'kept long enough',
    ];
    const tools = { migrate: migrateLedger, dropOldest };
    const { out, code } = await runSluice(
      [...argv, ...why],
      {},
      { folder, clock: Date.now },
      (io) => [ledgerCommand(io, tools)],
    );
    return { code, answer: JSON.parse(out) as { readonly dropped: readonly DroppedMonth[] } };
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retention-'));
    postgres = await startPostgres();
    const url = await postgres.createDatabase('ledger');
    await writeFile(join(folder, 'owner'), `${url}\n`);
    await migrateLedger(url);
    await postgres.run('ledger', 'CREATE ROLE writer LOGIN IN ROLE sluice_writer');
    await written('shop', { 5: 4, 4: 3, 3: 2 });
    await written('quiet', { 5: 2 });
    await open('shop').append([ledgerEvent('now')]);
  });
  after(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    await postgres.stop();
    await rm(folder, { recursive: true });
  });

  it('drops nothing of a month whose chain is not sound', async () => {
    await written('broken', { 5: 3 });
    const forced = `SET session_replication_role = replica;
      DELETE FROM sluice.ledger_rows WHERE project = 'broken'`;
    await postgres.run('ledger', `${forced} AND seq = 2`);
    const { code, answer } = await drop(4);
    assert.equal(code, 1);
    assert.match(JSON.stringify(answer), /row 2 is missing before row 3/);
    assert.equal((await verifiedChain(open('shop'))).rows, 10);
    await postgres.run('ledger', forced);
    await postgres.run(
      'ledger',
      `SET session_replication_role = replica;
      DELETE FROM sluice.ledger_index WHERE project = 'broken'`,
    );
  });

  it('drops the months that are too old, and what is left verifies against a head from before', async () => {
    const shop = open('shop');
    const kept = await shop.head();
    const { code, answer } = await drop(4);
    assert.equal(code, 0);
    assert.deepEqual(
      answer.dropped.map(({ month, projects }) => [month, projects.map(({ rows }) => rows)]),
      [[nameOf(5), [2, 4]]],
    );
    const report = await chainOf(shop, kept);
    assert.deepEqual([report.fault, report.rows, report.start?.seq], [null, 7, 4]);
    const [said] = await shop.read({ subject: 'ledger:shop', limit: 1 });
    assert.deepEqual(
      [said?.kind, said?.actor, said?.reason],
      ['eventsDropped', 'ann', 'kept long enough'],
    );
    assert.deepEqual(said?.data['through'], report.start);
    const ids = await postgres.run(
      'ledger',
      `SELECT 1 FROM sluice.ledger_index WHERE project = 'shop'`,
    );
    assert.equal(ids.length, 7);
  });

  it('goes on where a project had nothing else', async () => {
    const quiet = open('quiet');
    await quiet.append([ledgerEvent('again')]);
    const { start, head, rows } = await verifiedChain(quiet);
    assert.deepEqual([start?.seq, head?.seq, rows], [2, 4, 2]);
  });

  it('leaves files that verify without a server and fit together', async () => {
    const meanwhile = Array.from({ length: 20 }, (_, n) =>
      open('shop').append([ledgerEvent(`meanwhile ${n}`)]),
    );
    const [, ...appended] = await Promise.allSettled([drop(3), ...meanwhile]);
    assert.deepEqual([...new Set(appended.map(({ status }) => status))], ['fulfilled']);
    assert.deepEqual((await drop(3)).answer, { dropped: [] });
    const files = (await readdir(folder)).filter((name) => name.endsWith('-shop.jsonl')).toSorted();
    assert.deepEqual(files, [`ledger-${nameOf(5)}-shop.jsonl`, `ledger-${nameOf(4)}-shop.jsonl`]);
    const reports = [];
    for (const file of files) {
      const { out } = await runSluice(
        ['audit', 'verify', '--file', file, '--json'],
        {},
        { folder },
      );
      reports.push(JSON.parse(out) as { ok: boolean; head: ChainHead; start: ChainHead | null });
    }
    const [first, second] = reports;
    assert.ok(first?.ok && second?.ok);
    assert.deepEqual(second.start, first.head);
    assert.deepEqual((await verifiedChain(open('shop'))).start, second.head);
    assert.match(
      await readFile(join(folder, files[1] ?? ''), 'utf8'),
      /^\{"project":"shop","start"/,
    );
  });

  it('refuses a number of months that would drop what is being written', async () => {
    assert.equal((await drop(0)).code, 7);
  });
});
