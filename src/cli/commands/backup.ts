/** `sluice backup` and `sluice restore`: the data directory of a stack of this machine, kept and brought back. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Backup } from '../../embedded/backup.js';
import type { RestorePlan } from '../../embedded/restore.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import { Failure } from '../../domain/failures.js';
import { linesFromFile, verifyLines } from '../audit-lines.js';
import { dataDirOf } from '../connection.js';
import { type CliIo, createAnswers } from '../output.js';

/** What the commands do; loaded when one of them runs. */
export interface BackupTools {
  readonly writeBackup: (dataDir: string, file: string, clock: () => number) => Promise<Backup>;
  readonly planRestore: (
    file: string,
    dataDir: string,
    clock: () => number,
  ) => Promise<RestorePlan>;
  readonly restore: (plan: RestorePlan) => Promise<void>;
  readonly record: (dataDir: string, project: string, event: LedgerEvent) => Promise<void>;
}

interface Flags {
  readonly dataDir?: string;
  readonly json?: boolean;
}

interface RestoreFlags extends Flags {
  readonly dryRun?: boolean;
  readonly replace?: boolean;
  readonly reason?: string;
}

const dataDirFlag = [
  '--data-dir <folder>',
  'of the stack; default: SLUICE_DATA_DIR or .sluice',
] as const;
const jsonFlag = ['--json', 'answer with one JSON object on stdout'] as const;

export function backupCommands(io: CliIo, tools: BackupTools): Command[] {
  const backup = new Command('backup')
    .description('keep the data directory of a stopped stack in one file, secrets included')
    .argument('<file>', 'a new one, readable by you alone')
    .option(...dataDirFlag)
    .option(...jsonFlag)
    .action(async (file: string, flags: Flags) => {
      const made = await tools.writeBackup(
        dataDirOf(flags, io.env),
        resolve(io.folder, file),
        io.clock,
      );
      createAnswers(io, flags.json === true).answer(made, [
        `kept      ${made.files} files, ${made.bytes} bytes`,
        `in        ${made.file}`,
        `sha256    ${made.sha256}`,
      ]);
    });
  const restore = new Command('restore')
    .description('bring a data directory back from a backup; what is there is moved aside')
    .argument('<file>', 'what `sluice backup` wrote')
    .option(...dataDirFlag)
    .option('--dry-run', 'verify the backup and say what would be done')
    .option('--replace', 'although there is something: it is moved aside')
    .option('--reason <text>', 'why; kept in the record')
    .option(...jsonFlag)
    .action(async (file: string, flags: RestoreFlags) => restoreFrom(io, tools, file, flags));
  return [backup, restore];
}

async function restoreFrom(
  io: CliIo,
  tools: BackupTools,
  file: string,
  flags: RestoreFlags,
): Promise<void> {
  const answers = createAnswers(io, flags.json === true);
  const plan = await tools.planRestore(
    resolve(io.folder, file),
    dataDirOf(flags, io.env),
    io.clock,
  );
  const { movesPresentTo } = plan;
  const said = [
    `backup    of ${plan.createdAt}: ${plan.files} files, ${plan.bytes} bytes, sound`,
    `to        ${plan.dataDir}`,
    ...(movesPresentTo === null ? [] : [`moves     what is there to ${movesPresentTo}`]),
  ];
  if (flags.dryRun === true) {
    return answers.answer({ done: false, ...plan, ledger: null }, [...said, 'nothing was changed']);
  }
  if (movesPresentTo !== null && flags.replace !== true) {
    throw new Failure('Conflict', 'There is a data directory already', {
      where: plan.dataDir,
      next: 'look at what would be done: --dry-run; then move it aside: --replace',
    });
  }
  const { reason } = flags;
  if (reason === undefined) {
    throw new Failure('InvalidInput', 'A restore needs a reason', {
      where: '--reason',
      next: 'say why: --reason "the disk was lost"',
    });
  }
  await tools.restore(plan);
  const ledger = await verifyLedger(io, plan.dataDir);
  const replaced = movesPresentTo === null ? null : await verifyLedger(io, movesPresentTo);
  if (ledger?.project != null && ledger.fault === null) {
    const at = new Date(io.clock()).toISOString();
    await tools.record(plan.dataDir, ledger.project, {
      id: `restore:${plan.createdAt}:${at}`,
      at,
      kind: 'backupRestored',
      subject: `project:${ledger.project}`,
      actor: io.env.USER ?? 'unknown',
      reason,
      data: {
        ...{ backupOf: plan.createdAt, files: plan.files, movedTo: movesPresentTo },
        // Rows between these two are not in this record any more.
        head: ledger.head,
        replaced: replaced?.head ?? null,
      },
    });
  }
  answers.answer({ done: true, ...plan, ledger }, [
    ...said,
    ledger === null
      ? 'ledger    none'
      : `ledger    ${ledger.rows} rows, ${ledger.fault === null ? 'sound' : ledger.fault.message}`,
    'start it: sluice up',
  ]);
  if (ledger !== null && ledger.fault !== null) io.exit('failed');
}

async function verifyLedger(io: CliIo, dataDir: string) {
  try {
    return await verifyLines(linesFromFile(join(dataDir, 'ledger.jsonl')), null, io);
  } catch (error) {
    // A stack that has done nothing yet has no ledger.
    if (error instanceof Failure && error.code === 'InvalidInput') return null;
    throw error;
  }
}
