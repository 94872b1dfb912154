/** `sluice doctor github`: looks at our set-up at GitHub, and says of each fault what mends it. */
import { Command } from 'commander';
import type { GithubSettings } from '../../config/github-schema.js';
import { loadProject, type Project } from '../../config/project.js';
import { Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import { parseRepository, type RepositoryKey } from '../../domain/repository/names.js';
import { type CliIo, createAnswers } from '../output.js';
import { createPaint, type Paint } from '../render/paint.js';

export type InspectGithub = (
  github: GithubSettings,
  repositories: readonly RepositoryKey[],
) => Promise<readonly Finding[]>;

interface DoctorFlags {
  readonly config?: string;
  readonly repository?: readonly string[];
  readonly json?: boolean;
}

export function doctorCommand(io: CliIo, inspect: InspectGithub): Command {
  const doctor = new Command('doctor').description(
    'look for faults of the set-up, each with what mends it',
  );
  doctor
    .command('github')
    .description('credential, clock, permissions, webhook, deliveries and limits at GitHub')
    .option('--config <path>', 'sluice.yaml or its folder; default: SLUICE_CONFIG, ./sluice.yaml')
    .option('--repository <owner/name...>', 'look at these; default: those of all services')
    .option('--json', 'answer with one JSON object on stdout')
    .action(async (flags: DoctorFlags) => {
      const project = await loadProject(flags.config ?? (io.env.SLUICE_CONFIG || 'sluice.yaml'));
      const findings = await inspect(githubOf(project), repositoriesOf(project, flags));
      const faults = findings.filter(({ state }) => state === 'fault').length;
      const paint = createPaint({ isTerminal: flags.json !== true && io.isTerminal, env: io.env });
      createAnswers(io, flags.json === true).answer({ ok: faults === 0, findings }, [
        ...findings.flatMap((finding) => linesOf(finding, paint)),
        faults === 0 ? 'no faults' : `${faults} ${faults === 1 ? 'fault' : 'faults'}`,
      ]);
      io.exit(faults === 0 ? 'ok' : 'failed');
    });
  return doctor;
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
