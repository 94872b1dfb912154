/** `sluice pr`: what the checks of a pull request say, as its comment says it. */
import { Command } from 'commander';
import { pullChecksSchema } from '../../api/schemas/pull-checks.js';
import { Failure } from '../../domain/failures.js';
import { printReport, type PullChecksView } from '../../domain/pull-check/view.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession } from '../session.js';

interface Flags {
  readonly dryRun?: boolean;
  readonly reason: string;
}

export function pullCommand(io: CliIo): Command {
  const pull = new Command('pr').description('pull requests: their checks');
  pull
    .command('check')
    .description('check a pull request now, and tell it there')
    .argument('<pull>', 'acme/shop#12')
    .option('--dry-run', 'only say what would be told')
    .option('--reason <text>', 'why; kept in the record', 'asked for at the command line')
    .action(async (text: string, flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const path = pathOf(text);
      const view =
        flags.dryRun === true
          ? await client.actOnRepository([...path, 'plan'], pullChecksSchema, {})
          : await client.actOnRepository(path, pullChecksSchema, { reason: flags.reason });
      session.answers.answer(view, printed(view));
      if (view.trouble !== null) io.exit('failed');
      else if (view.report?.verdict === 'failed') io.exit('rejected');
    });
  pull
    .command('why')
    .description('what its checks said last')
    .argument('<pull>', 'acme/shop#12')
    .action(async (text: string, _flags: unknown, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const view = await client.readOfRepository(pathOf(text), pullChecksSchema);
      session.answers.answer(view, printed(view));
    });
  return pull;
}

function pathOf(text: string): readonly string[] {
  const [path = '', number = '', ...more] = text.split('#');
  if (more.length > 0 || !/^[1-9]\d{0,9}$/.test(number)) {
    throw new Failure('InvalidInput', `"${text.slice(0, 200)}" is not a pull request`, {
      ...{ where: text.slice(0, 200), limit: 'owner/name#number' },
      next: 'sluice pr check acme/shop#12',
    });
  }
  const { owner, name } = parseRepository(path);
  return [owner, name, 'pulls', number, 'checks'];
}

/** The same text as the comment, and where there is none, why. */
function printed({ report, stage, reason, trouble }: PullChecksView): readonly string[] {
  const told = report === null ? [`${stage}: ${reason}`] : printReport(report).split('\n');
  const lines = trouble === null ? told : [...told, `trouble  ${trouble}`];
  return lines.map(harmless);
}
