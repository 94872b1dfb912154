/** `sluice doctor`: looks at the whole set-up, or at GitHub alone, and says of each fault what mends it. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { GithubSettings } from '../../config/github-schema.js';
import { loadProject, type Project } from '../../config/project.js';
import { Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import { parseRepository, type RepositoryKey } from '../../domain/repository/names.js';
import { dataDirOf } from '../connection.js';
import { probeApi } from '../doctor/api.js';
import {
  configFinding,
  probeApprovalKey,
  probeCredentials,
  probeEnvironment,
  probePrograms,
  probeTokens,
} from '../doctor/files.js';
import { type DoctorTools, type Examined, ok } from '../doctor/finding.js';
import {
  probeDataFolder,
  probeDisk,
  probeFolderMode,
  probeGit,
  probeMemory,
  probeNode,
  probeTemporalCli,
} from '../doctor/machine.js';
import { probeGithub, probeMetrics, probePlatforms } from '../doctor/platforms.js';
import { probeRecord } from '../doctor/record.js';
import { probeTemporal } from '../doctor/temporal.js';
import { type CliIo, createAnswers } from '../output.js';
import { createPaint, type Paint } from '../render/paint.js';

interface DoctorFlags {
  readonly api?: string;
  readonly token?: string;
  readonly dataDir?: string;
  readonly config?: string;
  readonly repository?: readonly string[];
  readonly json?: boolean;
}

export function doctorCommand(io: CliIo, tools: DoctorTools): Command {
  const doctor = new Command('doctor')
    .description('look for faults of the set-up, each with what mends it')
    .option('--config <path>', 'sluice.yaml or its folder; default: SLUICE_CONFIG, ./sluice.yaml')
    .option('--api <url>', 'the API; else SLUICE_API_URL, else the stack that runs here')
    .option('--token <token>', 'its token; else SLUICE_TOKEN, else that of the stack')
    .option('--data-dir <folder>', 'data folder of the stack; else SLUICE_DATA_DIR, else .sluice')
    .option('--json', 'answer with one JSON object on stdout')
    .action(async (flags: DoctorFlags) => report(io, flags, await examine(io, tools, flags)));
  doctor
    .command('github')
    .description('credential, clock, permissions, webhook, deliveries and limits at GitHub')
    .option('--config <path>', 'sluice.yaml or its folder; default: SLUICE_CONFIG, ./sluice.yaml')
    .option('--repository <owner/name...>', 'look at these; default: those of all services')
    .option('--json', 'answer with one JSON object on stdout')
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DoctorFlags>();
      const project = await loadProject(configOf(io, flags));
      const repositories = repositoriesOf(project, flags);
      report(io, flags, await tools.inspectGithub(githubOf(project), repositories));
    });
  return doctor;
}

function configOf({ env }: CliIo, { config }: DoctorFlags): string {
  return config ?? (env.SLUICE_CONFIG || 'sluice.yaml');
}

function report(io: CliIo, flags: DoctorFlags, findings: readonly Finding[]): void {
  const faults = findings.filter(({ state }) => state === 'fault').length;
  const paint = createPaint({ isTerminal: flags.json !== true && io.isTerminal, env: io.env });
  createAnswers(io, flags.json === true).answer({ ok: faults === 0, findings }, [
    ...findings.flatMap((finding) => linesOf(finding, paint)),
    faults === 0 ? 'no faults' : `${faults} ${faults === 1 ? 'fault' : 'faults'}`,
  ]);
  io.exit(faults === 0 ? 'ok' : 'failed');
}

type Probe = (examined: Examined) => readonly Finding[] | Promise<readonly Finding[]>;

/** From what everything rests on to what rests on it: the order in which to mend. */
const probes: readonly Probe[] = [
  ...[probeNode, probeGit, probeTemporalCli, probeMemory],
  ...[probeDisk, probeDataFolder, probeFolderMode, probeEnvironment],
  ...[probeCredentials, probePrograms, probeTokens, probeApprovalKey],
  ...[probeApi, probeTemporal, probeRecord, probePlatforms, probeMetrics, probeGithub],
];

async function examine(
  io: CliIo,
  tools: DoctorTools,
  flags: DoctorFlags,
): Promise<readonly Finding[]> {
  const path = configOf(io, flags);
  let project: Project | null = null;
  let configured: Finding;
  try {
    project = await loadProject(resolve(io.folder, path));
    configured = ok('configuration', `${project.file} is valid`);
  } catch (error) {
    configured = configFinding(error, path);
  }
  const examined = { io, tools, dataDir: dataDirOf(flags, io.env), project, flags };
  const found = await Promise.all(probes.map(async (probe) => probe(examined)));
  return [configured, ...found.flat()];
}

function githubOf({ github, file }: Project): GithubSettings {
  if (github !== undefined) return github;
  throw new Failure('InvalidInput', `${file} has no github`, {
    where: 'github',
    next: 'write github: with an app or a token; docs/github.md shows how',
  });
}

function repositoriesOf({ services }: Project, flags: DoctorFlags): readonly RepositoryKey[] {
  const named = flags.repository ?? Object.values(services).flatMap((one) => one.repository ?? []);
  return [...new Set(named)].map(parseRepository);
}

const marks = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  fault: ['FAULT', 'red'],
} as const;

function linesOf({ subject, state, seen, next }: Finding, paint: Paint): string[] {
  const [word, colour] = marks[state];
  const first = `${paint(colour, word.padEnd(8))} ${subject}: ${seen}`;
  return next === undefined ? [first] : [first, `         next: ${next}`];
}
