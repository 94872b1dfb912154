/** `sluice eject`: gives a target back to the objects that were there before, after showing what that means. */
import { Command } from 'commander';
import { parseTargetReference } from '../references.js';
import type { CliIo } from '../output.js';
import { openSession } from '../session.js';

interface EjectFlags {
  readonly reason: string;
  readonly dryRun?: boolean;
}

export function ejectCommand(io: CliIo): Command {
  return new Command('eject')
    .description('give a target back to the objects that were there before; traffic goes on')
    .argument('<reference>', 'checkout/production')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option('--dry-run', 'only say what would be done')
    .action(async (reference: string, { reason, dryRun = false }: EjectFlags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const receipt = await client.eject(parseTargetReference(reference), { reason, dryRun });
      session.answers.answer(receipt, [
        `eject ${reference}: ${receipt.message}`,
        ...receipt.steps.map((step, n) => `  ${n + 1}. ${step}`),
        ...(dryRun ? [] : [`it is done when "sluice get ${reference}" finds nothing any more`]),
      ]);
    });
}
