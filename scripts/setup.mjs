/** The launcher: makes this machine ready (packages, Temporal CLI), then runs the command after `--`. */
import { launch } from './setup/launch.mjs';
import { ensureNode, ensurePackages } from './setup/packages.mjs';
import { chatter, SetupFault } from './setup/run.mjs';
import { findTemporalCli } from './setup/temporal-cli.mjs';

const usage = `usage: node scripts/setup.mjs [--quiet] [--packages-only] [-- command ...]
  --quiet          speak only when something is fetched, or missing
  --packages-only  leave the Temporal CLI alone (for commands that start no server)
The command finds the Temporal CLI's path in SLUICE_TEMPORAL_CLI.`;

/** @param {readonly string[]} argv */
function parse(argv) {
  const split = argv.indexOf('--');
  const flags = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? [] : argv.slice(split + 1);
  for (const flag of flags) {
    if (flag !== '--quiet' && flag !== '--packages-only') {
      throw new SetupFault(`setup does not know ${flag}`, usage);
    }
  }
  return {
    quiet: flags.includes('--quiet'),
    packagesOnly: flags.includes('--packages-only'),
    command,
  };
}

try {
  const { quiet, packagesOnly, command } = parse(process.argv.slice(2));
  chatter.quiet = quiet;
  ensureNode();
  const [packages, cli] = await Promise.allSettled([
    ensurePackages(),
    packagesOnly ? undefined : findTemporalCli(process.env),
  ]);
  const faults = [packages, cli].flatMap((part) =>
    part.status === 'rejected' ? [part.reason] : [],
  );
  if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults);
  const path = cli.status === 'fulfilled' ? cli.value : undefined;
  if (command.length === 0) chatter.detail('ready');
  else await launch(command, path === undefined ? {} : { SLUICE_TEMPORAL_CLI: path });
} catch (error) {
  for (const fault of error instanceof AggregateError ? error.errors : [error]) {
    if (!(fault instanceof SetupFault)) throw fault;
    chatter.say(`${fault.message}\n${fault.remedy.replace(/^/gm, '  ')}`);
  }
  process.exitCode = 1;
}
