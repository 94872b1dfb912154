/** `sluice up`: the embedded stack, kept running until Ctrl-C; its state survives in the data directory. */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { loadProject, type Project } from '../config/project.js';
import type { PortWish } from '../embedded/free-port.js';
import { typed } from '../embedded/typed.js';
import { startStack } from '../embedded/stack.js';
import { createStackClient } from './demo/stack-client.js';
import { type SteadyTraffic, sendTraffic } from './demo/steady-traffic.js';
import type { ExitName } from './exit-codes.js';
import type { CliIo } from './output.js';

const example = fileURLToPath(new URL('../../examples/checkout/sluice.yaml', import.meta.url));

interface UpFlags {
  readonly dataDir?: string;
  readonly config?: string;
  readonly apiPort?: number;
  readonly uiPort?: number;
  readonly githubStandin?: boolean;
  /** Requests a second; true: as many as is usual. */
  readonly traffic?: number | true;
}

const usualTraffic = 20;
const mostTraffic = 1000;

function rateOf(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate <= mostTraffic) return rate;
  throw new InvalidArgumentError(`requests a second, more than 0 and at most ${mostTraffic}`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('a port from 0 to 65535; 0 takes a free one');
  }
  return port;
}

export function upCommand(io: CliIo, exit: (name: ExitName) => void): Command {
  return new Command('up')
    .description(
      'Run everything on this machine until Ctrl-C: Temporal, a local platform, worker, API',
    )
    .option('--data-dir <folder>', 'where state is kept; default: SLUICE_DATA_DIR or .sluice')
    .option(
      '--config <path>',
      'sluice.yaml or its folder; default: SLUICE_CONFIG, ./sluice.yaml, the example',
    )
    .option('--api-port <port>', 'fail when it is in use', portOf)
    .option('--ui-port <port>', 'fail when it is in use', portOf)
    .option(
      '--github-standin',
      'with a GitHub of this machine, empty at every start: docs/github-standin.md',
    )
    .option(
      '--traffic [rate]',
      `send each target of the local platform steady requests, so that releases can be judged; default: ${usualTraffic} a second`,
      rateOf,
    )
    .action(async (flags: UpFlags) => exit(await up(io, flags)));
}

async function up(io: CliIo, flags: UpFlags): Promise<ExitName> {
  const say = (line: string) => io.write(`${line}\n`);
  const signal = io.interrupted;
  const configPath = configOf(io, flags);
  // Seen before anything is started.
  const project = await loadProject(configPath);
  const stack = await startStack({
    dataDir: flags.dataDir ?? (io.env.SLUICE_DATA_DIR || '.sluice'),
    configPath,
    hasGithub: flags.githubStandin ?? false,
    ports: {
      ...(flags.apiPort === undefined ? {} : { api: wish(flags.apiPort) }),
      ...(flags.uiPort === undefined ? {} : { ui: wish(flags.uiPort) }),
    },
    env: io.env,
    log: say,
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (stack === null) return 'ok';
  const rate = flags.traffic === true ? usualTraffic : flags.traffic;
  let traffic: SteadyTraffic | null = null;
  try {
    if (rate !== undefined) {
      const approver = readFileSync(stack.info.approverTokenFile, 'utf8').trim();
      traffic = sendTraffic(await createStackClient(stack, approver, signal), rate);
    }
    const { apiUrl, temporalUiUrl, approverTokenFile, githubUrl } = stack.info;
    for (const line of [
      `Sluice is up with ${relative('.', project.file)}`,
      '',
      `  Dashboard      ${apiUrl}/ui`,
      `  API            ${apiUrl}`,
      `  API reference  ${apiUrl}/docs`,
      `  Temporal UI    ${temporalUiUrl}`,
      ...(githubUrl === undefined ? [] : [`  GitHub         ${githubUrl} (a stand-in)`]),
      ...(rate === undefined ? [] : [`  Traffic        ${rate} requests a second to every target`]),
      `  Data and logs  ${stack.dataDir}`,
      '',
      'What to try next, in another terminal',
      ...nextLines(project, flags.dataDir, approverTokenFile),
      '',
      'Ctrl-C ends everything; state is kept.',
    ]) {
      say(line);
    }
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
    say('stopping ...');
    return 'ok';
  } finally {
    await traffic?.stop();
    await stack.stop();
  }
}

function wish(port: number): PortWish {
  return { port, strict: true };
}

function configOf(io: CliIo, flags: UpFlags): string {
  const named = flags.config ?? (io.env.SLUICE_CONFIG || undefined);
  return named ?? (existsSync('sluice.yaml') ? 'sluice.yaml' : example);
}

function nextLines(
  project: Project,
  dataDir: string | undefined,
  approverTokenFile: string,
): readonly string[] {
  const [service = '', settings] = Object.entries(project.services)[0] ?? [];
  const template = settings?.workload.artifact;
  const source =
    template === undefined
      ? '--digest sha256:<hex>'
      : `--artifact ${relative('.', template.replaceAll('{version}', '1.0.0'))}`;
  const flag = dataDir === undefined ? '' : ` --data-dir ${dataDir}`;
  const { sluice } = typed;
  const name = `${service}@1.0.0`;
  return [
    `  ${sluice} plan ${name}${flag}`,
    `  ${sluice} release ${name} ${source}${flag}`,
    `  ${sluice} watch ${name}${flag}`,
    `  SLUICE_TOKEN=$(cat ${approverTokenFile}) ${sluice} approve ${name} --reason "looks good"${flag}`,
  ];
}
