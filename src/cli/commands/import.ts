/** `sluice import`: turn a Rollout of Argo Rollouts, a Canary of Flagger or a workflow of actions/stale into a sluice.yaml. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { Failure } from '../../domain/failures.js';
import { importActionsStale } from '../../import/actions-stale.js';
import { importRollout } from '../../import/argo.js';
import { importCanary } from '../../import/flagger.js';
import type { Imported, ImportRequest } from '../../import/import.js';
import type { CliIo } from '../output.js';
import { noteLines } from '../render/notes.js';
import { openSession } from '../session.js';

interface ImportFlags {
  readonly output?: string;
  readonly strict?: boolean;
  readonly service?: string;
  readonly environment?: string;
  readonly keepThresholds?: boolean;
}

export function importCommand(io: CliIo): Command {
  const command = new Command('import').description('convert a foreign manifest to sluice.yaml');
  command.addCommand(
    source(io, 'argo', 'a Rollout, with its analysis templates in the same file', importRollout),
  );
  command.addCommand(
    source(io, 'flagger', 'a Canary, best with its Deployment in the same file', importCanary),
  );
  command.addCommand(
    source(io, 'stale', 'a workflow of GitHub Actions that runs actions/stale', importActionsStale),
  );
  return command;
}

function source(
  io: CliIo,
  name: string,
  what: string,
  convert: (request: ImportRequest) => Imported,
): Command {
  return new Command(name)
    .description(`convert ${what}; its notes on stderr say what is not as it was`)
    .argument('<file>', 'the manifest, or - for stdin')
    .option('--output <file>', 'write sluice.yaml there, where no file is yet; left out: stdout')
    .option('--strict', 'fail when a field could not be expressed')
    .option('--service <name>', 'name of the service, or which one of several; left out: its own')
    .option('--environment <name>', 'name of the environment; left out: production')
    .option(
      '--keep-thresholds',
      'judge by the thresholds as they are counted there, not by evidence',
    )
    .action(async (path: string, flags: ImportFlags, command: Command) => {
      const session = openSession(io, command);
      const { service, environment, keepThresholds: keepsThresholds } = flags;
      const text = await manifestAt(path, io);
      const file = path === '-' ? 'stdin' : path;
      const imported = convert({ text, file, service, environment, keepsThresholds });
      if (flags.strict) refuseUnexpressed(imported, file);
      if (flags.output !== undefined) await writeNew(flags.output, imported.yaml);
      if (!session.answers.json) io.writeError(`${noteLines(imported, flags).join('\n')}\n`);
      const written = flags.output === undefined ? {} : { output: flags.output };
      session.answers.answer(
        { ...written, ...imported },
        flags.output === undefined ? imported.yaml.trimEnd().split('\n') : [],
      );
    });
}

async function manifestAt(path: string, io: CliIo): Promise<string> {
  if (path === '-') return await io.readInput();
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure(
      'InvalidInput',
      `${path} cannot be read`,
      {
        where: path,
        next: 'name a file, or - for stdin: kubectl get … -o yaml | sluice import … -',
      },
      error,
    );
  }
}

/** Somebody's sluice.yaml is never overwritten. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new Failure(
      'InvalidInput',
      exists ? `${path} is there already` : `${path} cannot be written`,
      { where: '--output', next: 'name another file, or leave --output out' },
      error,
    );
  }
}

function refuseUnexpressed({ title, notes }: Imported, file: string): void {
  const lost = notes.filter(({ kind }) => kind === 'unexpressed');
  if (lost.length === 0) return;
  const count = lost.length === 1 ? 'a field' : `${lost.length} fields`;
  throw new Failure('InvalidInput', `${title} has ${count} that sluice.yaml cannot express`, {
    where: lost[0]?.where ?? file,
    next: 'leave them out of the manifest, or --strict out of the command',
    faults: lost.map(({ where, field, why, instead }) => ({
      where,
      message: `${field}: ${why}; instead: ${instead}`,
    })),
  });
}
