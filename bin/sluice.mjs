#!/usr/bin/env node
/** Starts the command line: compiled where it is installed, from its source in a clone. */
import { existsSync } from 'node:fs';

const source = new URL('../src/cli/main.ts', import.meta.url);
const [command = ''] = process.argv.slice(2);

/** These start a Temporal server, so its program is looked for, and fetched where it is missing. */
if (['up', 'demo'].includes(command) && !process.argv.includes('--help')) {
  const { findTemporalCli } = await import('../scripts/setup/temporal-cli.mjs');
  const { chatter, SetupFault, stopWatchingSignals } = await import('../scripts/setup/run.mjs');
  chatter.quiet = true;
  try {
    process.env.SLUICE_TEMPORAL_CLI = await findTemporalCli(process.env);
  } catch (error) {
    if (!(error instanceof SetupFault)) throw error;
    console.error(`${error.message}\n${error.remedy}`);
    process.exit(1);
  }
  stopWatchingSignals();
}

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../dist/cli/main.js', import.meta.url).href);
}
