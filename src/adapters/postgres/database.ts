/** The connection to the ledger's database: its tables as types, and its refusals as failures. */
import { Socket } from 'node:net';
import { type Generated, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Failure } from '../../domain/failures.js';

/** Generated columns come from the event itself, so that no filter can say what the event does not. */
export interface LedgerTables {
  readonly ledger_rows: {
    project: string;
    /** A 64-bit number, which comes as text. */
    seq: string;
    recorded_at: Date;
    previous: string;
    hash: string;
    /** Canonical JSON, kept byte for byte. */
    event: string;
    id: Generated<string>;
    at: Generated<string>;
    kind: Generated<string>;
    subject: Generated<string>;
    actor: Generated<string>;
  };
  /** One id once and one row once over all months, which no constraint over months can hold. */
  readonly ledger_index: { project: string; seq: string; id: string };
  /** The last rows that retention dropped. */
  readonly ledger_starts: {
    project: string;
    seq: string;
    hash: string;
    month: string;
    dropped_at: Generated<Date>;
  };
}

export type LedgerDatabase = Kysely<LedgerTables>;

export const schemaName = 'sluice';

const connectMs = 5_000;
/** Nothing here takes longer, and an activity that writes has no more. */
const statementMs = 15_000;
/** A server that is there would have ended the statement; a network that swallows everything never tells. */
const silentAfterMs = 5_000;

export interface ConnectOptions {
  /** postgres://user:password@host:port/database; a secret. */
  readonly url: string;
  readonly connections?: number;
  /** Default 15 s; 0: as long as it takes. */
  readonly statementMs?: number;
}

export function connectDatabase(options: ConnectOptions): LedgerDatabase {
  const longestMs = options.statementMs ?? statementMs;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 4,
    connectionTimeoutMillis: connectMs,
    statement_timeout: longestMs,
    stream: () => {
      const socket = new Socket();
      return longestMs === 0
        ? socket
        : socket.setTimeout(longestMs + silentAfterMs, () => socket.destroy());
    },
    application_name: 'sluice ledger',
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it is replaced at the next use; one in use tells whoever asked. Without
  // somebody who hears of it either would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(
    schemaName,
  );
}

/** Of an SQL statement that was refused: five characters of PostgreSQL's table of error codes. */
export function codeOf(error: unknown): string | null {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : null;
}

const missingCodes = ['3F000', '42P01', '42883'];
const refusedCodes = ['42501', '28000', '28P01', '3D000'];

/** What a caller can do about it; never the URL, for it holds the password. */
export function databaseFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error) ?? 'unknown';
  const about = { where: 'SLUICE_LEDGER_URL_FILE', seen: code };
  if (missingCodes.includes(code)) {
    const next = 'make its tables, as their owner: sluice ledger migrate';
    const message = 'the database has no tables of the ledger, or old ones';
    return new Failure('Unavailable', message, { ...about, next }, error);
  }
  if (refusedCodes.includes(code)) {
    const next = 'grant sluice_writer to the user of the URL; see docs/audit.md';
    const message = 'the database does not let the ledger in';
    return new Failure('Unavailable', message, { ...about, next }, error);
  }
  const next = 'see that PostgreSQL runs and can be reached from here';
  return new Failure(
    'Unavailable',
    `the ledger's database does not answer (${code})`,
    { ...about, next },
    error,
  );
}
