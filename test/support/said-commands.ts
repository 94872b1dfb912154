/** Whether a command that somebody is told to type is one: the command, what is below it, and its flags. */
import { Command } from 'commander';
import { runSluice } from './cli-under-test.js';
import { backupCommands, type BackupTools } from '../../src/cli/commands/backup.js';
import { doctorCommand } from '../../src/cli/commands/doctor.js';
import { type WorkersTools, workersCommand } from '../../src/cli/commands/workers.js';
import { ledgerCommand, type LedgerTools } from '../../src/cli/commands/ledger.js';
import type { DoctorTools } from '../../src/cli/doctor/finding.js';
import type { CliIo } from '../../src/cli/output.js';

/** They tell the help of what is below them to the process itself. */
const groups: Readonly<Record<string, Command>> = {
  doctor: doctorCommand({} as CliIo, {} as DoctorTools),
  ledger: ledgerCommand({} as CliIo, {} as LedgerTools),
  workers: workersCommand({ env: {} } as CliIo, {} as WorkersTools),
};

const helps = new Map<string, Promise<string | null>>();

/** Null: there is no such command. */
function helpOf(words: readonly string[]): Promise<string | null> {
  const name = words.join(' ');
  const known = helps.get(name);
  if (known !== undefined) return known;
  const local = (io: CliIo) => [
    ...[new Command('up'), new Command('demo')],
    ...backupCommands(io, {} as BackupTools),
  ];
  const asked = runSluice([...words, '--help'], {}, {}, local).then(({ out, code }) =>
    code === 0 && out.startsWith(`Usage: sluice ${name} `) ? out : null,
  );
  helps.set(name, asked);
  return asked;
}

/** What is wrong with the command; null: nothing. */
export async function faultOf(command: string): Promise<string | null> {
  const [, first = '', second = ''] = command.split(/\s+/);
  if (first === 'help') return null;
  const group = groups[first];
  if (group !== undefined) {
    const isOne = group.commands.some((command) => command.name() === second);
    const isAlone = first === 'doctor' && (second === '' || second.startsWith('-'));
    return isOne || isAlone ? null : `there is no sluice ${first} ${second}`;
  }
  const own = await helpOf([first]);
  if (own === null) return `there is no sluice ${first}`;
  let help = own;
  if (/^Usage: .*\[command\]/m.test(own)) {
    const below = await helpOf([first, second]);
    if (below === null) return `there is no sluice ${first} ${second}`;
    help = below;
  }
  const shared = ['--api', '--token', '--data-dir', '--json'];
  for (const [flag] of command.matchAll(/--[a-z][a-z-]*/g)) {
    if (first === 'up' || shared.includes(flag) || help.includes(`${flag} `)) continue;
    if (help.includes(`${flag}\n`)) continue;
    return `sluice ${first} has no ${flag}`;
  }
  return null;
}
