/** The launcher: makes this machine ready (packages, Temporal CLI, a browser, PostgreSQL), then runs the command after `--`. */
import { findChromium } from './setup/chromium.mjs';
import { launch } from './setup/launch.mjs';
import { findPostgres } from './setup/postgres.mjs';
import { ensureNode, ensurePackages } from './setup/packages.mjs';
import { chatter, SetupFault, tellFault } from './setup/run.mjs';
import { findTemporalCli } from './setup/temporal-cli.mjs';

const usage = `usage: node scripts/setup.mjs [--quiet] [--packages-only] [--chromium] [--postgres] [-- command ...]
  --quiet          speak only when something is fetched, or missing
  --packages-only  leave the Temporal CLI alone (for commands that start no server)
  --chromium       find or install a Chromium too
  --postgres       find or install a PostgreSQL too
The command finds the Temporal CLI's path in SLUICE_TEMPORAL_CLI, Chromium's in SLUICE_CHROMIUM,
PostgreSQL's folder of programs in SLUICE_POSTGRES_BIN.`;

const known = ['--quiet', '--packages-only', '--chromium', '--postgres'];

/** @param {readonly string[]} argv */
function parse(argv) {
  const split = argv.indexOf('--');
  const flags = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? [] : argv.slice(split + 1);
  for (const flag of flags) {
    if (!known.includes(flag)) {
      throw new SetupFault(`setup does not know ${flag}`, usage);
    }
  }
  return {
    quiet: flags.includes('--quiet'),
    packagesOnly: flags.includes('--packages-only'),
    browser: flags.includes('--chromium'),
    database: flags.includes('--postgres'),
    command,
  };
}

try {
  const { quiet, packagesOnly, browser, database, command } = parse(process.argv.slice(2));
  chatter.quiet = quiet;
  ensureNode();
  const [packages, cli, chromium, postgres] = await Promise.allSettled([
    ensurePackages(),
    packagesOnly ? undefined : findTemporalCli(process.env),
    browser ? findChromium(process.env) : undefined,
    database ? findPostgres(process.env) : undefined,
  ]);
  const faults = [packages, cli, chromium, postgres].flatMap((part) =>
    part.status === 'rejected' ? [part.reason] : [],
  );
  if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults);
  const paths = {
    ...(cli.status === 'fulfilled' && cli.value && { SLUICE_TEMPORAL_CLI: cli.value }),
    ...(chromium.status === 'fulfilled' && chromium.value && { SLUICE_CHROMIUM: chromium.value }),
    ...(postgres.status === 'fulfilled' &&
      postgres.value && { SLUICE_POSTGRES_BIN: postgres.value }),
  };
  if (command.length === 0) chatter.detail('ready');
  else await launch(command, paths);
} catch (error) {
  for (const fault of error instanceof AggregateError ? error.errors : [error]) tellFault(fault);
}
