/** The ledger on a real PostgreSQL: the contract, who may do what, and what is found when somebody did it anyway. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { connectDatabase } from '../../src/adapters/postgres/database.js';
import { createPostgresLedger } from '../../src/adapters/postgres/postgres-ledger.js';
import { migrateLedger } from '../../src/adapters/postgres/migrate.js';
import { Failure } from '../../src/domain/failures.js';
import { type PostgresUnderTest, startPostgres } from '../support/postgres.js';
import { startTcpLink } from '../support/tcp-link.js';
import { chainOf, ledgerContract, ledgerEvent, verifiedChain } from './ledger.contract.js';

describe('the ledger on PostgreSQL', function () {
  this.timeout(60_000);
  let postgres: PostgresUnderTest;
  const opened: ReturnType<typeof createPostgresLedger>[] = [];
  let projects = 0;

  const open = (project = `project-${projects++}`, user = 'writer', database = 'ledger') => {
    const readUrl = async () => postgres.url(database, user);
    const ledger = createPostgresLedger({ project, readUrl });
    opened.push(ledger);
    return ledger;
  };
  const asOwner = (statements: string) => postgres.run('ledger', statements);
  /** As one who owns the database and wants to. */
  const byForce = (statements: string) =>
    asOwner(`SET session_replication_role = replica; ${statements}`);

  before(async () => {
    postgres = await startPostgres();
    await migrateLedger(await postgres.createDatabase('ledger'));
    await asOwner('CREATE ROLE writer LOGIN IN ROLE sluice_writer');
    await asOwner('CREATE ROLE reader LOGIN IN ROLE sluice_reader');
    await asOwner('CREATE ROLE stranger LOGIN');
  });
  after(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    await postgres.stop();
  });

  ledgerContract({ name: 'PostgreSQL', create: async () => open() });

  it('keeps each id once, and the chain without forks, when several append the same at once', async () => {
    const writers = [open('shared'), open('shared'), open('shared')];
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) =>
        writers[n % 3]?.append([ledgerEvent(`${n >> 1}`)]),
      ),
    );
    const { rows } = await verifiedChain(open('shared', 'reader'));
    assert.equal(rows, 30);
    const lines = await asOwner(`SELECT 1 FROM sluice.ledger_rows WHERE project = 'shared'`);
    assert.equal(lines.length, 30);
  });

  it('keeps projects apart', async () => {
    await Promise.all(['one', 'two'].map((name) => open(name).append([ledgerEvent('same')])));
    assert.equal((await verifiedChain(open('one'))).rows, 1);
    assert.deepEqual((await open('two').read({ subject: null, limit: 9 })).length, 1);
  });

  const changes = [
    `UPDATE sluice.ledger_rows SET hash = previous`,
    `DELETE FROM sluice.ledger_rows`,
    `TRUNCATE sluice.ledger_rows`,
    `UPDATE sluice.ledger_index SET id = 'x'`,
    `DELETE FROM sluice.ledger_index`,
    `TRUNCATE sluice.ledger_index`,
  ];
  describe('refuses', () => {
    before(() => open('kept').append([ledgerEvent('1')]));

    for (const change of [
      ...changes,
      `INSERT INTO sluice.ledger_starts VALUES ('kept', 1, '${'0'.repeat(64)}', '2026_01')`,
      `DROP TABLE sluice.ledger_rows`,
      `SELECT sluice.open_month(now())`,
      `ALTER TABLE sluice.ledger_rows DISABLE TRIGGER ALL`,
    ]) {
      it(`a writer's ${change.slice(0, 50)}`, async () => {
        const client = await postgres.connect('ledger', 'writer');
        await assert.rejects(client.query(change), { code: '42501' });
        await client.end();
      });
    }

    it(`a reader's rows, and a stranger altogether`, async () => {
      await assert.rejects(open('kept', 'reader').append([ledgerEvent('2')]), /does not let/);
      await assert.rejects(open('kept', 'stranger').head(), /does not let the ledger in/);
    });

    for (const change of changes) {
      it(`even its owner's ${change}`, async () => {
        await assert.rejects(asOwner(change), /the ledger is append-only/);
      });
    }

    it(`even its owner's TRUNCATE of one month`, async () => {
      const [{ month } = { month: '' }] = await asOwner(
        `SELECT inhrelid::regclass::text AS month FROM pg_inherits WHERE inhparent = 'sluice.ledger_rows'::regclass`,
      );
      await assert.rejects(asOwner(`TRUNCATE ${String(month)}`), /the ledger is append-only/);
    });
  });

  describe('names what was done to it by force:', () => {
    const at = (project: string, seq: number) => `WHERE project = '${project}' AND seq = ${seq}`;
    const cases: readonly (readonly [kind: string, seq: number, change: (p: string) => string])[] =
      [
        [
          'altered',
          3,
          (p) =>
            `UPDATE sluice.ledger_rows SET event = replace(event::text, 'step 1', 'step 2')::json ${at(p, 3)}`,
        ],
        [
          'altered',
          4,
          (p) => `UPDATE sluice.ledger_rows SET event = (event::text || ' ')::json ${at(p, 4)}`,
        ],
        ['altered', 2, (p) => `UPDATE sluice.ledger_rows SET hash = previous ${at(p, 2)}`],
        ['dropped', 3, (p) => `DELETE FROM sluice.ledger_rows ${at(p, 3)}`],
        ['dropped', 1, (p) => `DELETE FROM sluice.ledger_rows ${at(p, 1)}`],
        [
          'altered',
          2,
          (p) =>
            `UPDATE sluice.ledger_rows SET seq = 6 - seq WHERE project = '${p}' AND seq IN (2, 4)`,
        ],
      ];
    for (const [n, [kind, seq, change]] of cases.entries()) {
      it(`${kind} row ${seq} (${n + 1})`, async () => {
        const ledger = open(`forced-${n}`);
        await ledger.append(['1', '2', '3', '4', '5'].map((id) => ledgerEvent(id)));
        await byForce(change(`forced-${n}`));
        const { fault } = await chainOf(ledger);
        assert.deepEqual([fault?.kind, fault?.seq], [kind, seq], fault?.message);
      });
    }

    it('truncated, by a head that was kept', async () => {
      const ledger = open('cut');
      await ledger.append(['1', '2', '3'].map((id) => ledgerEvent(id)));
      const kept = await ledger.head();
      await byForce(`DELETE FROM sluice.ledger_rows WHERE project = 'cut' AND seq = 3`);
      assert.equal((await chainOf(ledger)).fault, null);
      assert.equal((await chainOf(ledger, kept)).fault?.kind, 'truncated');
    });
  });

  it('opens the month itself when nobody did', async () => {
    await migrateLedger(await postgres.createDatabase('unopened'));
    await postgres.run(
      'unopened',
      `DO $$ DECLARE each regclass; BEGIN
         FOR each IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'sluice.ledger_rows'::regclass LOOP
           EXECUTE 'DROP TABLE ' || each;
         END LOOP;
       END $$`,
    );
    const ledger = open('new', 'writer', 'unopened');
    await ledger.append([ledgerEvent('1')]);
    assert.equal((await verifiedChain(ledger)).rows, 1);
  });

  it('gives a connection up that swallows everything, and takes another', async () => {
    const { href, port } = new URL(postgres.url('ledger', 'writer'));
    const link = await startTcpLink(Number(port));
    const url = href.replace(`:${port}`, `:${link.port}`);
    const db = connectDatabase({ url, statementMs: 100 });
    const ask = () => sql`SELECT 1`.execute(db);
    await ask();
    link.cut();
    await assert.rejects(ask(), /terminated/);
    link.mend();
    await ask();
    await db.destroy();
    link.close();
  });

  it('is migrated once, by however many at once', async () => {
    const url = await postgres.createDatabase('fresh');
    const done = await Promise.all([migrateLedger(url), migrateLedger(url)]);
    assert.deepEqual(done.flat(), ['0001-ledger']);
    assert.deepEqual(await migrateLedger(url), []);
  });

  it('says what to do where there are no tables, and nothing of the password', async () => {
    await postgres.createDatabase('empty');
    await assert.rejects(
      open('shop', 'postgres', 'empty').append([ledgerEvent('1')]),
      (error) =>
        error instanceof Failure && error.details.next?.includes('sluice ledger migrate') === true,
    );
    const readUrl = async () => 'postgres://writer:hunter2@127.0.0.1:1/ledger';
    const nowhere = createPostgresLedger({ project: 'shop', readUrl });
    opened.push(nowhere);
    await assert.rejects(nowhere.head(), (error) => {
      assert.ok(error instanceof Failure && error.code === 'Unavailable');
      assert.doesNotMatch(
        JSON.stringify([error.message, error.details, String(error.cause)]),
        /hunter2/,
      );
      return true;
    });
  });
});
