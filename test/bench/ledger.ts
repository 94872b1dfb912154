/**
 * `npm run bench:ledger`: what the ledger takes on a real PostgreSQL and in a file: events appended in batches, the chain
 * verified, the read model folded from all of it. `--json`; `--events 100000` for another number, `--batch 500`.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrateLedger } from '../../src/adapters/postgres/migrate.js';
import { createPostgresLedger } from '../../src/adapters/postgres/postgres-ledger.js';
import { readLine } from '../../src/domain/ledger/chain.js';
import { emptyReadModel, foldEvents } from '../../src/domain/ledger/read-model.js';
import { checkChain } from '../../src/domain/ledger/verify.js';
import type { LedgerEvent } from '../../src/domain/ledger-event.js';
import type { AuditTrail, Ledger } from '../../src/ports/ledger.js';
import { openLedgerFile } from '../support/ledger-file.js';
import { startPostgres } from '../support/postgres.js';
import { rolloutEvents } from '../support/recorded-rollouts.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '100000' },
    batch: { type: 'string', default: '500' },
  },
});
const count = Number(values.events);
const batch = Number(values.batch);
/** What is to be reached: all of it together, in seconds. */
const limitS = 60;

async function seconds<T>(
  work: () => Promise<T>,
): Promise<{ readonly s: number; readonly value: T }> {
  const startedAtMs = performance.now();
  const value = await work();
  return { s: Math.round((performance.now() - startedAtMs) / 10) / 100, value };
}

async function* linesOf(trail: AuditTrail): AsyncGenerator<readonly string[]> {
  let after: string | null = null;
  do {
    const page = await trail.lines({ after, limit: 1000 });
    yield page.lines;
    after = page.next;
  } while (after !== null);
}

async function measure(ledger: Ledger & AuditTrail, events: readonly LedgerEvent[]) {
  const append = await seconds(async () => {
    for (let at = 0; at < events.length; at += batch) {
      await ledger.append(events.slice(at, at + batch));
    }
  });
  const verify = await seconds(async () => {
    const check = checkChain();
    for await (const lines of linesOf(ledger)) for (const line of lines) check.take(line);
    return check.report();
  });
  const fold = await seconds(async () => {
    let model = emptyReadModel;
    for await (const lines of linesOf(ledger)) {
      model = foldEvents(
        model,
        lines.flatMap((line) => {
          const read = readLine(line);
          return read?.kind === 'link' ? [read.link.event] : [];
        }),
      );
    }
    return model;
  });
  const { fault, rows } = verify.value;
  const { rollouts, deployments, commands } = fold.value;
  if (fault !== null || rows !== events.length || fold.value.events !== rows) {
    throw new Error(`the ledger is not whole: ${fault?.message ?? `${rows} rows`}`);
  }
  return {
    ...{ appendS: append.s, verifyS: verify.s, foldS: fold.s },
    ...{ rollouts: rollouts.size, deployments: deployments.length, commands: commands.length },
  };
}

const events = rolloutEvents(count);
const folder = await mkdtemp(join(tmpdir(), 'bench-ledger-'));
// As an organisation would run it: what is confirmed is on the disk.
const server = await startPostgres({});
try {
  await migrateLedger(await server.createDatabase('ledger'));
  await server.run('ledger', 'CREATE ROLE writer LOGIN IN ROLE sluice_writer');
  const readUrl = async () => server.url('ledger', 'writer');
  const postgresLedger = createPostgresLedger({ project: 'shop', readUrl });
  const postgres = await measure(postgresLedger, events);
  await postgresLedger.close();
  const [size] = await server.run('ledger', `SELECT pg_database_size('ledger') AS bytes`);
  const path = join(folder, 'ledger.jsonl');
  const file = await measure(openLedgerFile(path), events);
  const totalS = postgres.appendS + postgres.foldS;
  const result = {
    ...{ events: count, batch },
    postgres: { ...postgres, bytes: Number(size?.['bytes']) },
    file: { ...file, bytes: (await stat(path)).size },
    missed: totalS > limitS ? [`appended and folded in ${totalS} s, limit ${limitS} s`] : [],
  };
  process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
} finally {
  await server.stop();
  await rm(folder, { recursive: true });
}
