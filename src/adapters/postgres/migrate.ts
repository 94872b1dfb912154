/** Brings the ledger's tables to what this version needs; run by their owner, as often as one likes. */
import { Migrator, sql } from 'kysely';
import { connectDatabase, databaseFailure, schemaName } from './database.js';
import { grants, migrations, roles } from './migrations.js';

/**
 * Roles and rights are given each time: a copy that was restored on a new server has none.
 * @param url of the owner: a user who may create schemas and roles
 * @returns names of the migrations that were done now
 */
export async function migrateLedger(url: string): Promise<readonly string[]> {
  const db = connectDatabase({ url, connections: 1, statementMs: 0 });
  try {
    // Of two who make the same schema at once PostgreSQL refuses one. The lock goes with the only connection.
    await sql`SELECT pg_advisory_lock(hashtext('sluice ledger migrate'))`.execute(db);
    await sql`CREATE SCHEMA IF NOT EXISTS ${sql.id(schemaName)}`.execute(db);
    const migrator = new Migrator({
      db: db.withoutPlugins(),
      provider: { getMigrations: async () => ({ ...migrations }) },
      migrationTableSchema: schemaName,
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error !== undefined) throw databaseFailure(error);
    for (const statement of [roles, grants]) await sql.raw(statement).execute(db);
    await sql`SELECT sluice.open_months()`.execute(db);
    return results.map(({ migrationName }) => migrationName);
  } catch (error) {
    throw databaseFailure(error);
  } finally {
    await db.destroy();
  }
}
