/** The ledger in PostgreSQL: one chain for each project, appended under a lock, by a user who can change nothing. */
import { sql } from 'kysely';
import { createBatchedAppend } from '../../domain/ledger/batched-append.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { AuditTrail, Ledger } from '../../ports/ledger.js';
import { codeOf, connectDatabase, databaseFailure, type LedgerDatabase } from './database.js';
import { appendWithin, headOf, linesOf, newestStart } from './ledger-rows.js';

export interface PostgresLedgerOptions {
  readonly project: string;
  /** Of a user with the role sluice_writer, or sluice_reader where nothing is appended; read at the first use. */
  readonly readUrl: () => Promise<string>;
}

/** Parameters of one statement have their number. */
const rowsAtOnce = 1_000;
/** No month is open for the row. */
const noPartition = '23514';

/** @throws Unavailable when the database refuses or does not answer */
export function createPostgresLedger(
  options: PostgresLedgerOptions,
): Ledger & AuditTrail & { readonly close: () => Promise<void> } {
  const { project } = options;
  let opened: Promise<LedgerDatabase> | null = null;
  const database = () => {
    opened ??= options.readUrl().then((url) => connectDatabase({ url }));
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  const ask = async <T>(work: (db: LedgerDatabase) => Promise<T>): Promise<T> => {
    try {
      return await work(await database());
    } catch (error) {
      throw databaseFailure(error);
    }
  };

  const append = createBatchedAppend(async (events) => {
    for (let at = 0; at < events.length; at += rowsAtOnce) {
      const some = events.slice(at, at + rowsAtOnce);
      await ask(async (db) => {
        const write = () => db.transaction().execute((tx) => appendWithin(tx, project, some));
        await write().catch(async (error: unknown) => {
          if (codeOf(error) !== noPartition) throw error;
          await sql`SELECT sluice.open_months()`.execute(db);
          await write();
        });
      });
    }
  });

  return {
    append,

    read: ({ subject, limit }) =>
      ask(async (db) => {
        if (limit <= 0) return [];
        const rows = await db
          .selectFrom('ledger_rows')
          .select(sql<string>`event::text`.as('event'))
          .where('project', '=', project)
          .$if(subject !== null, (query) => query.where('subject', '=', subject ?? ''))
          .orderBy('seq', 'desc')
          .limit(limit)
          .execute();
        return rows.map(eventOf).toReversed();
      }),

    find: ({ subject, kind, actor, since }, { before, limit }) =>
      ask(async (db) => {
        const rows = await db
          .selectFrom('ledger_rows')
          .select(['seq', sql<string>`event::text`.as('event')])
          .where('project', '=', project)
          .$if(subject !== null, (query) => query.where('subject', '=', subject ?? ''))
          .$if(kind !== null, (query) => query.where('kind', '=', kind ?? ''))
          .$if(actor !== null, (query) => query.where('actor', '=', actor ?? ''))
          .$if(since !== null, (query) => query.where('at', '>=', since ?? ''))
          .$if(before !== null, (query) => query.where('seq', '<', before ?? ''))
          .orderBy('seq', 'desc')
          .limit(limit + 1)
          .execute();
        const page = rows.slice(0, limit);
        const older = rows.length > limit ? (page.at(-1)?.seq ?? null) : null;
        return { events: page.map(eventOf), older };
      }),

    head: () =>
      ask(async (db) => {
        const head = await headOf(db, project);
        return head.seq === 0 ? null : { project, seq: head.seq, hash: head.hash };
      }),

    lines: ({ after, limit }) =>
      ask(async (db) => {
        const start = after === null ? await newestStart(db, project) : null;
        const from = after === null ? null : Number(after);
        const { lines, next } = await linesOf(db, project, { after: from, limit, start });
        return { lines, next: next === null ? null : `${next}` };
      }),

    close: async () => {
      const db = await opened?.catch(() => null);
      await db?.destroy();
    },
  };
}

function eventOf({ event }: { readonly event: string }): LedgerEvent {
  return JSON.parse(event) as LedgerEvent;
}
