/** Retention: takes whole months out of the ledger, each exported and verified first, and keeps the head of what went. */
import { sql, type Transaction } from 'kysely';
import { Failure } from '../../domain/failures.js';
import { checkChain } from '../../domain/ledger/verify.js';
import type { ChainHead } from '../../domain/ledger/chain.js';
import type { DroppedMonth, DropOldest } from '../../domain/ledger/retention.js';
import {
  connectDatabase,
  databaseFailure,
  type LedgerDatabase,
  type LedgerTables,
} from './database.js';
import { appendWithin, linesOf, lockProject, newestStart } from './ledger-rows.js';

/** Oldest first, each in one transaction. @throws Conflict when a chain is not sound: nothing of that month is dropped then */
export async function dropOldest(options: DropOldest): Promise<readonly DroppedMonth[]> {
  const db = connectDatabase({ url: options.url, connections: 1, statementMs: 0 });
  try {
    const dropped: DroppedMonth[] = [];
    for (const month of await oldMonths(db, options)) {
      dropped.push(await dropMonth(db, month, options));
    }
    return dropped;
  } catch (error) {
    throw databaseFailure(error);
  } finally {
    await db.destroy();
  }
}

const partitionPattern = /^ledger_rows_(\d{4})_(\d{2})$/;

async function oldMonths(
  db: LedgerDatabase,
  { clock, keepMonths }: DropOldest,
): Promise<readonly string[]> {
  const now = new Date(clock());
  const firstKept = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - keepMonths, 1));
  const { rows } = await sql<{ name: string }>`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'sluice.ledger_rows'::regclass ORDER BY 1`.execute(db);
  return rows
    .map(({ name }) => partitionPattern.exec(name)?.slice(1).join('-') ?? '')
    .filter((month) => month !== '' && month < firstKept.toISOString().slice(0, 7));
}

async function dropMonth(
  db: LedgerDatabase,
  month: string,
  options: DropOldest,
): Promise<DroppedMonth> {
  return db.transaction().execute(async (tx) => {
    const partition = sql.id('sluice', `ledger_rows_${month.replace('-', '_')}`);
    // Nobody writes a month that is over; it can be read meanwhile.
    await sql`LOCK TABLE ${partition} IN SHARE MODE`.execute(tx);
    const { rows } = await sql<{ project: string; last: string }>`
      SELECT project, max(seq) AS last FROM ${partition} GROUP BY project ORDER BY 1`.execute(tx);
    const projects: DroppedMonth['projects'][number][] = [];
    for (const { project, last } of rows) {
      projects.push({
        project,
        ...(await exportProject(tx, project, Number(last), month, options)),
      });
    }
    // In the order in which an append takes them: projects first, then the table.
    for (const { project } of projects) await lockProject(tx, project);
    await sql`LOCK TABLE sluice.ledger_rows IN ACCESS EXCLUSIVE MODE`.execute(tx);
    for (const { project, through } of projects) {
      await tx
        .insertInto('ledger_starts')
        .values({ project, seq: `${through.seq}`, hash: through.hash, month })
        .execute();
      await tx
        .deleteFrom('ledger_index')
        .where('project', '=', project)
        .where('seq', '<=', `${through.seq}`)
        .execute();
    }
    await sql`DROP TABLE ${partition}`.execute(tx);
    for (const { project, through, ...rest } of projects) {
      await appendWithin(tx, project, [
        {
          id: `eventsDropped/${month}/${through.hash}`,
          at: new Date(options.clock()).toISOString(),
          ...{ kind: 'eventsDropped', subject: `ledger:${project}` },
          ...{ actor: options.actor, reason: options.reason, data: { month, through, ...rest } },
        },
      ]);
    }
    return { month, projects };
  });
}

const linesAtOnce = 1_000;

async function exportProject(
  tx: Transaction<LedgerTables>,
  project: string,
  last: number,
  month: string,
  { openExport }: DropOldest,
): Promise<{ readonly rows: number; readonly through: ChainHead; readonly file: string }> {
  const check = checkChain();
  const start = await newestStart(tx, project);
  const file = await openExport(`ledger-${month}-${encodeURIComponent(project)}.jsonl`);
  let after: number | null = null;
  do {
    const page = await linesOf(tx, project, { after, to: last, limit: linesAtOnce, start });
    for (const line of page.lines) {
      check.take(line);
      await file.write(line);
    }
    after = page.next;
  } while (after !== null);
  await file.close();
  const { fault, head, rows } = check.report();
  if (fault === null && head?.seq === last) return { rows, through: head, file: file.path };
  throw new Failure(
    'Conflict',
    `the ledger of ${project} is not sound: nothing of ${month} was dropped`,
    {
      where: file.path,
      seen: fault?.message ?? `row ${head?.seq ?? 0}`,
      limit: `row ${last}`,
      next: `look at what was exported: sluice audit verify --file ${file.path}`,
    },
  );
}
