/** `sluice ledger`: make the ledger's tables in PostgreSQL, and drop its oldest months. */
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { readCredential } from '../../config/credential.js';
import { Failure } from '../../domain/failures.js';
import type { DroppedMonth, DropOldest, ExportFile } from '../../domain/ledger/retention.js';
import { type CliIo, createAnswers } from '../output.js';

/** What the commands ask of the database; its adapter is loaded when one of them runs. */
export interface LedgerTools {
  readonly migrate: (url: string) => Promise<readonly string[]>;
  readonly dropOldest: (asked: DropOldest) => Promise<readonly DroppedMonth[]>;
}

interface Flags {
  readonly urlFile: string;
  readonly json?: boolean;
}

interface DropFlags extends Flags {
  readonly keepMonths: string;
  readonly exportTo: string;
  readonly actor: string;
  readonly reason: string;
}

const urlFile = ['--url-file <file>', "with the URL of the tables' owner"] as const;
const asJson = ['--json', 'answer with one JSON object on stdout'] as const;

export function ledgerCommand(io: CliIo, tools: LedgerTools): Command {
  const ledger = new Command('ledger').description(
    "the ledger's tables in PostgreSQL: migrate, drop-oldest",
  );
  const urlOf = (flags: Flags) =>
    readCredential({ file: resolve(io.folder, flags.urlFile) }, io.env);
  ledger
    .command('migrate')
    .description('make or renew the tables and roles; may be repeated')
    .requiredOption(...urlFile)
    .option(...asJson)
    .action(async (flags: Flags) => {
      const migrated = await tools.migrate(await urlOf(flags));
      createAnswers(io, flags.json === true).answer({ migrated }, [
        migrated.length === 0 ? 'nothing to do' : `done: ${migrated.join(', ')}`,
      ]);
    });
  ledger
    .command('drop-oldest')
    .description('export, verify and drop the months that are too old')
    .requiredOption(...urlFile)
    .requiredOption('--keep-months <n>', 'that stay beside the present one')
    .requiredOption('--export-to <folder>', 'where what is dropped is kept')
    .requiredOption('--actor <name>', 'who does it; kept in the record')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option(...asJson)
    .action(async (flags: DropFlags) => {
      const dropped = await tools.dropOldest({
        ...{ url: await urlOf(flags), keepMonths: monthsOf(flags.keepMonths) },
        ...{ actor: flags.actor, reason: flags.reason, clock: io.clock },
        openExport: openExport(resolve(io.folder, flags.exportTo)),
      });
      const lines = dropped.flatMap(({ month, projects }) => [
        `${month} dropped`,
        ...projects.map(
          ({ project, rows, through, file }) =>
            `  ${project}: ${rows} rows up to ${through.seq}:${through.hash} in ${file}`,
        ),
      ]);
      createAnswers(io, flags.json === true).answer(
        { dropped },
        lines.length === 0 ? ['no month is old enough'] : lines,
      );
    });
  return ledger;
}

function monthsOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new Failure('InvalidInput', '--keep-months is not a number of months', {
    ...{ where: '--keep-months', seen: text, limit: 'from 1 on', next: '--keep-months 13' },
  });
}

/** A file that is there was written by an attempt that did not end: what it says may not be all. */
function openExport(folder: string): (name: string) => Promise<ExportFile> {
  return async (name) => {
    const path = join(folder, name);
    const handle = await open(path, 'w', 0o600).catch((error: unknown) => {
      const next = 'name a folder that is there and can be written';
      throw new Failure('InvalidInput', `${path} cannot be written`, { where: path, next }, error);
    });
    return {
      path,
      write: async (line: string) => void (await handle.write(`${line}\n`)),
      close: async () => {
        await handle.sync();
        await handle.close();
      },
    };
  };
}
