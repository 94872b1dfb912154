/** Rows of the ledger's tables: appended under the lock of their project, and read as the lines of its chain. */
import { type Kysely, sql, type Transaction } from 'kysely';
import {
  canonicalText,
  type ChainHead,
  emptyHash,
  lineOfStart,
  linkEvents,
} from '../../domain/ledger/chain.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { LedgerTables } from './database.js';

/** The database, or a transaction of it. */
type Asked = Kysely<LedgerTables>;

/** One after the other, whoever appends: the lock is the project's and ends with the transaction. */
export async function appendWithin(
  tx: Transaction<LedgerTables>,
  project: string,
  events: readonly LedgerEvent[],
): Promise<void> {
  await lockProject(tx, project);
  const fresh = await notYetThere(tx, project, events);
  if (fresh.length === 0) return;
  const last = await headOf(tx, project);
  const links = linkEvents(project, last, fresh);
  await tx
    .insertInto('ledger_index')
    .values(links.map(({ seq, event }) => ({ project, seq: `${seq}`, id: event.id })))
    .execute();
  // Never earlier than the row before, whatever the clock does, so that a month holds one stretch of the chain.
  const recorded_at = sql<Date>`GREATEST(clock_timestamp(), ${last.recordedAt}::timestamptz)`;
  await tx
    .insertInto('ledger_rows')
    .values(
      links.map(({ seq, previous, hash, event }) => ({
        ...{ project, seq: `${seq}`, previous, hash },
        ...{ event: canonicalText(event), recorded_at },
      })),
    )
    .execute();
}

/** Until the transaction ends nobody else appends to the project. */
export async function lockProject(tx: Transaction<LedgerTables>, project: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`sluice ledger ${project}`}, 0))`.execute(
    tx,
  );
}

async function notYetThere(
  tx: Transaction<LedgerTables>,
  project: string,
  events: readonly LedgerEvent[],
): Promise<readonly LedgerEvent[]> {
  const byId = new Map<string, LedgerEvent>();
  for (const event of events) if (!byId.has(event.id)) byId.set(event.id, event);
  const there = await tx
    .selectFrom('ledger_index')
    .select('id')
    .where('project', '=', project)
    .where('id', 'in', [...byId.keys()])
    .execute();
  for (const { id } of there) byId.delete(id);
  return [...byId.values()];
}

/** The newest row; where all were dropped, the last of them; seq 0 before the first. */
export async function headOf(
  db: Asked,
  project: string,
): Promise<ChainHead & { readonly recordedAt: string | null }> {
  const row = await db
    .selectFrom('ledger_rows')
    .select(['seq', 'hash', sql<string>`recorded_at::text`.as('recordedAt')])
    .where('project', '=', project)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) return { ...row, seq: Number(row.seq) };
  const start = await newestStart(db, project);
  return { ...(start ?? { seq: 0, hash: emptyHash }), recordedAt: null };
}

/** The last row that retention dropped; null: none was. */
export async function newestStart(db: Asked, project: string): Promise<ChainHead | null> {
  const row = await db
    .selectFrom('ledger_starts')
    .select(['seq', 'hash'])
    .where('project', '=', project)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { seq: Number(row.seq), hash: row.hash };
}

/** As `AuditTrail.lines` gives them; a page from the beginning begins with the line of `start`. */
export async function linesOf(
  db: Asked,
  project: string,
  page: {
    readonly after: number | null;
    readonly limit: number;
    readonly start: ChainHead | null;
    /** Last row; left out: the newest. */
    readonly to?: number;
  },
): Promise<{ readonly lines: readonly string[]; readonly next: number | null }> {
  const { after, limit, start, to } = page;
  const rows = await db
    .selectFrom('ledger_rows')
    .select(['seq', 'previous', 'hash', sql<string>`event::text`.as('event')])
    .where('project', '=', project)
    .$if(after !== null, (query) => query.where('seq', '>', `${after}`))
    .$if(to !== undefined, (query) => query.where('seq', '<=', `${to}`))
    .orderBy('seq')
    .limit(limit)
    .execute();
  const lines = rows.map(({ seq, event, previous, hash }) => {
    // The event's text as it is stored: composed anew it would hide what was changed of it.
    const rest = canonicalText({ hash, previous, project, seq: Number(seq) });
    return `{"event":${event},${rest.slice(1)}`;
  });
  const isBeginning = after === null && start !== null;
  return {
    lines: isBeginning ? [lineOfStart(project, start), ...lines] : lines,
    next: rows.length < limit ? null : Number(rows.at(-1)?.seq),
  };
}
