/** `sluice init`: a first sluice.yaml from what is found and at most eight answers, and what a release would then do. */
import { access, copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { parseProject } from '../../config/project.js';
import { resolvePipeline } from '../../config/resolve-pipeline.js';
import { Failure } from '../../domain/failures.js';
import { planRollout, printPlan } from '../../domain/rollout/plan.js';
import { askOnTerminal } from '../init/ask.js';
import { lookAround, type Surroundings } from '../init/look-around.js';
import {
  type AnswerName,
  type Answers,
  answerNames,
  idleAnswers,
  nextQuestion,
} from '../init/questions.js';
import { writeProjectFile } from '../init/write-project.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession } from '../session.js';

type InitFlags = Readonly<Partial<Record<AnswerName, string>>> & {
  readonly output: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
};

const publishedSchema = fileURLToPath(
  new URL('../../../schemas/sluice.schema.json', import.meta.url),
);
const schemaName = 'sluice.schema.json';

export function initCommand(io: CliIo): Command {
  return new Command('init')
    .description('write a first sluice.yaml: at most eight questions, with answers that were found')
    .option('-y, --yes', 'ask nothing: take what was found or is usual')
    .option('--project <name>', 'name of the project')
    .option('--service <name>', 'what is released; on Kubernetes the name of its Deployment')
    .option('--platform <kind>', 'playground or kubernetes')
    .option('--environments <list>', 'in the order of the pipeline, with commas')
    .option('--command <words>', 'on the playground: what starts it')
    .option('--namespace <name>', 'on Kubernetes; {environment} is filled in')
    .option('--router <kind>', 'on Kubernetes: what divides the traffic')
    .option('--metrics <url>', 'on Kubernetes: the Prometheus that counts requests')
    .option('--strategy <name>', 'of the last environment: canary, blueGreen, rolling')
    .option('--approvals <n>', 'before the last environment')
    .option('--output <file>', 'where to write it', 'sluice.yaml')
    .option('--force', 'replace the file that is there')
    .option('--dry-run', 'print the file and write nothing')
    .action(async (flags: InitFlags, command: Command) => init(io, flags, command));
}

async function init(io: CliIo, flags: InitFlags, command: Command): Promise<void> {
  const session = openSession(io, command);
  const file = resolve(io.folder, flags.output);
  const isThere = await exists(file);
  if (isThere && !flags.force && !flags.dryRun) throw alreadyThere(flags.output);
  const found = await lookAround({
    folder: io.folder,
    home: io.home,
    kubeconfig: io.env.KUBECONFIG,
  });
  const answers = await answersFor(io, found, flags);
  if (answers === null) return io.exit('aborted');
  const schema = await schemaFor(file, flags.dryRun === true);
  const repository = found.repository?.value ?? null;
  const yaml = writeProjectFile({ answers, repository, schema: schema.reference });
  const stages = stagesOf(yaml, file);
  if (!flags.dryRun) {
    if (schema.copyTo !== null) await copyFile(publishedSchema, schema.copyTo);
    await writeFile(file, yaml, { flag: flags.force ? 'w' : 'wx' });
  }
  const done = flags.dryRun ? 'dryRun' : isThere ? 'replaced' : 'written';
  session.answers.answer(
    { file, done, answers, found: sightings(found), stages, yaml },
    flags.dryRun
      ? yaml.trimEnd().split('\n')
      : [
          `${done === 'replaced' ? 'replaced' : 'wrote'} ${flags.output}`,
          ...(schema.copyTo === null
            ? []
            : [`wrote ${relative(io.folder, schema.copyTo)}, for editors`]),
          '',
          ...planLines(answers.service ?? '', stages),
          ...nextLines(found, answers),
        ],
  );
}

async function answersFor(
  io: CliIo,
  found: Surroundings,
  flags: InitFlags,
): Promise<Answers | null> {
  let answers: Answers = Object.fromEntries(
    answerNames.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  );
  const given = new Set(Object.keys(answers));
  // Asked about all the same, so that a flag is checked by the same rule as an answer.
  let known: Answers = {};
  for (;;) {
    const question = nextQuestion(found, known);
    if (question === null) break;
    const { name, usual, isQuiet, faultOf } = question;
    const answer = given.has(name)
      ? answers[name]
      : flags.yes || isQuiet
        ? usual
        : await ask(io, question);
    if (answer === null || answer === undefined) return null;
    const fault = faultOf(answer);
    if (fault !== null) throw wrongAnswer(name, answer, fault);
    known = { ...known, [name]: answer };
  }
  answers = { ...answers, ...known };
  const [idle] = idleAnswers(found, answers);
  if (idle !== undefined) {
    throw new Failure('InvalidInput', `--${idle} means nothing on ${answers.platform}`, {
      where: `--${idle}`,
      next: `leave --${idle} out, or name another --platform`,
    });
  }
  return answers;
}

async function ask(
  { terminal, interrupted }: CliIo,
  question: Parameters<typeof askOnTerminal>[1],
): Promise<string | null> {
  if (terminal !== null) return askOnTerminal(terminal, question, interrupted);
  throw new Failure('InvalidInput', `nobody is there to be asked: ${question.text}`, {
    where: `--${question.name}`,
    next: 'sluice init --yes, or answer by flags: sluice init --help',
  });
}

/** Where editors find the schema: beside the package when the file is in the same tree, else as a copy beside the file. */
async function schemaFor(
  file: string,
  isDry: boolean,
): Promise<{ readonly reference: string; readonly copyTo: string | null }> {
  const beside = relative(dirname(file), publishedSchema);
  const isNear = !isAbsolute(beside) && !beside.startsWith('..');
  if (isNear) return { reference: beside.replaceAll('\\', '/'), copyTo: null };
  const copy = join(dirname(file), schemaName);
  const isSame =
    (await readFile(copy, 'utf8').catch(() => null)) === (await readFile(publishedSchema, 'utf8'));
  return { reference: schemaName, copyTo: isDry || isSame ? null : copy };
}

/** The file as it would be read, and its steps: what is written is known to be valid. */
function stagesOf(yaml: string, file: string) {
  const project = parseProject(yaml, file);
  return Object.keys(project.services).flatMap((service) =>
    resolvePipeline(project, service, { embedded: false }).environments.map((stage) => ({
      environment: stage.environment,
      platform: stage.platform,
      strategy: stage.strategy.kind,
      approvals: stage.promotion === 'manual' ? Math.max(1, stage.approvals.required) : 0,
      steps: printPlan(
        planRollout({
          strategy: stage.strategy,
          fullScale: stage.workload.instances,
          hasStable: true,
        }),
      ),
    })),
  );
}

function planLines(service: string, stages: ReturnType<typeof stagesOf>): readonly string[] {
  return [
    `A release of ${service} would do this:`,
    ...stages.flatMap(({ environment, platform, strategy, approvals, steps }, at) => [
      `${at + 1}. ${environment}  ${strategy} on ${platform}`,
      ...(approvals > 0
        ? [`   gate    ${approvals} ${approvals === 1 ? 'approval' : 'approvals'}`]
        : []),
      ...steps.map((step) => `   ${harmless(step)}`),
    ]),
  ];
}

function nextLines(
  { importable }: Surroundings,
  { platform, service = '' }: Answers,
): readonly string[] {
  return [
    '',
    'next',
    ...importable.map(
      ({ value }) => `  ${harmless(value)}  # takes over the steps and limits written there`,
    ),
    '  sluice validate  # after every change',
    ...(platform === 'kubernetes'
      ? [
          '  kubectl apply -f deploy/kubernetes/rbac.yaml  # what the worker may do: docs of the package',
        ]
      : ['  sluice up  # everything on this machine']),
    `  sluice plan ${service}`,
  ];
}

function sightings(found: Surroundings) {
  const { repository, packageName, startCommand, namespace, router, environments } = found;
  const single = { repository, packageName, startCommand, namespace, router, environments };
  return [
    ...Object.entries(single).flatMap(([what, seen]) => (seen === null ? [] : [{ what, ...seen }])),
    ...found.deployments.map((seen) => ({ what: 'deployment', ...seen })),
    ...found.importable.map((seen) => ({ what: 'importable', ...seen })),
  ];
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function alreadyThere(file: string): Failure {
  return new Failure('InvalidInput', `${file} is there already`, {
    where: '--output',
    seen: file,
    next: 'see what would stand there: sluice init --dry-run; replace it: sluice init --force',
  });
}

function wrongAnswer(name: AnswerName, seen: string, limit: string): Failure {
  return new Failure('InvalidInput', `--${name} does not fit`, {
    where: `--${name}`,
    seen,
    limit,
    next: `write --${name} ${limit.startsWith('one of') ? `<${limit}>` : '<value>'}`,
  });
}
