/** `sluice demo`: four releases of a small shop on a stack of its own, under steady load, with their table. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { typed } from '../embedded/typed.js';
import { startStack } from '../embedded/stack.js';
import { resultLines } from './demo/report.js';
import { runDemo } from './demo/run-demo.js';
import { createScreen } from './demo/screen.js';
import type { ExitName } from './exit-codes.js';
import type { CliIo } from './output.js';

const example = fileURLToPath(new URL('../../examples/checkout', import.meta.url));

export function demoCommand(io: CliIo, exit: (name: ExitName) => void): Command {
  return new Command('demo')
    .description('Show four releases under load: two promoted, two rolled back by their health')
    .option('--json', 'one JSON object on stdout, everything else on stderr', false)
    .option('--keep', 'leave everything running afterwards, until Ctrl-C', false)
    .action(async ({ json, keep }: { readonly json: boolean; readonly keep: boolean }) => {
      exit(await demo(io, json, keep));
    });
}

async function demo(io: CliIo, json: boolean, keep: boolean): Promise<ExitName> {
  const startedAtMs = io.clock();
  const screen = createScreen(io, json);
  const signal = io.interrupted;
  screen.say('Sluice starts Temporal, a local platform, a worker and the API on this machine ...');
  const stack = await startStack({
    dataDir: null,
    configPath: `${example}/sluice.demo.yaml`,
    env: io.env,
    log: (line) => screen.say(line),
    signal,
  }).catch(unlessInterrupted(signal));
  if (stack === null) return 'aborted';
  try {
    const { temporalUiUrl, apiUrl } = stack.info;
    const links = [
      `  Dashboard      ${apiUrl}/ui`,
      `  Temporal UI    ${temporalUiUrl}`,
      `  API reference  ${apiUrl}/docs`,
    ];
    for (const line of ['', ...links, '']) screen.say(line);
    const artifactsFolder = `${example}/artifacts`;
    const result = await runDemo({ stack, artifactsFolder, screen, startedAtMs, signal });
    if (json) io.write(`${JSON.stringify(result)}\n`);
    const table = ['', ...resultLines(result), ''];
    for (const line of table) screen.say(line);
    for (const line of keep ? whileKept(links, stack.dataDir) : afterwards) screen.say(line);
    if (keep) await aborted(signal);
    return result.ok ? 'ok' : 'failed';
  } catch (error) {
    screen.close();
    if (signal.aborted) return 'aborted';
    throw error;
  } finally {
    await stack.stop();
  }
}

function unlessInterrupted(signal: AbortSignal) {
  return (error: unknown): null => {
    if (signal.aborted) return null;
    throw error;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const afterwards = [
  'What to try next',
  `  ${typed.demo} --keep`,
  '      the same, and everything stays up: look at it in the Temporal UI',
  `  ${typed.sluice} up`,
  '      the same stack for your own releases; its state survives a restart',
  `  ${relative('.', example)}/sluice.yaml`,
  '      the pipeline as you would write it',
];

function whileKept(links: readonly string[], dataDir: string): readonly string[] {
  return [
    'Everything is still up, until Ctrl-C',
    ...links,
    'What to try next, in another terminal',
    `  ${typed.sluice} get checkout@1.2.0 --data-dir ${dataDir}`,
    `  ${typed.sluice} why checkout@1.2.0 --data-dir ${dataDir}`,
    `  ${typed.sluice} rollback checkout/production --reason "try it" --data-dir ${dataDir}`,
  ];
}
