/** Turns the answers of `sluice init` into a sluice.yaml that a person can read and go on with. */
import { stringify } from 'yaml';
import type { AnswerName } from './questions.js';
import { listOf } from './questions.js';

export interface Written {
  readonly answers: Readonly<Partial<Record<AnswerName, string>>>;
  /** `owner/name`; null: unknown. */
  readonly repository: string | null;
  /** Path or URL of the JSON Schema, for editors. */
  readonly schema: string;
}

/** The whole file; what it leaves out has its default. */
export function writeProjectFile({ answers, repository, schema }: Written): string {
  const { project = '', service = '', command = '' } = answers;
  const isCluster = answers.platform === 'kubernetes';
  const environments = listOf(answers.environments ?? '');
  const workload = isCluster ? { deployment: service } : { command: words(command) };
  const lines = [
    `# yaml-language-server: $schema=${schema}`,
    'apiVersion: sluice/v1',
    `project: ${text(project)}`,
    '',
    '# Where things run.',
    'platforms:',
    ...(isCluster ? clusterLines(environments, answers) : ['  local: { kind: playground }']),
    ...(isCluster ? metricLines(answers) : []),
    '',
    '# What is released.',
    'services:',
    `  ${text(service)}:`,
    ...(repository === null ? [] : [`    repository: ${text(repository)}`]),
    `    workload: ${flow(workload)}`,
    '',
    '# The pipeline, in order.',
    'environments:',
    ...environments.flatMap((name, at) => [
      ...(at === 0 ? [] : ['']),
      ...environmentLines(name, at === environments.length - 1, isCluster, answers),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** One for each environment: two environments cannot share a namespace's Deployment. */
function clusterLines(environments: readonly string[], answers: Written['answers']): string[] {
  const { namespace = '', router = '' } = answers;
  return environments.flatMap((name) => [
    `  ${text(name)}:`,
    '    kind: kubernetes',
    `    namespace: ${text(namespace.replaceAll('{environment}', name))}`,
    `    router: { kind: ${router}, metrics: { prometheus: main } }`,
  ]);
}

function metricLines({ metrics = '' }: Written['answers']): string[] {
  return ['', 'metricSources:', `  main: ${flow({ kind: 'prometheus', url: metrics })}`];
}

function environmentLines(
  name: string,
  isLast: boolean,
  isCluster: boolean,
  { strategy = 'canary', approvals = '0', router = '' }: Written['answers'],
): string[] {
  const isAsked = isLast && approvals !== '0';
  return [
    `  ${text(name)}:`,
    `    platform: ${isCluster ? text(name) : 'local'}`,
    ...(isAsked ? [`    approvals: { required: ${approvals} }`] : []),
    `    strategy: ${strategyText(isLast ? strategy : earlierStrategy(strategy), router)}`,
    ...(isLast ? ['    health: { errorRate: { max: 5% }, latencyP95: { max: 1000ms } }'] : []),
  ];
}

/** Fewer people are hurt before the last environment, but a router that turns as a whole turns so everywhere. */
function earlierStrategy(strategy: string): string {
  return strategy === 'blueGreen' ? 'blueGreen' : 'rolling';
}

function strategyText(strategy: string, router: string): string {
  return router === 'service-selector' ? '{ blueGreen: { weights: [100] } }' : strategy;
}

/** As YAML would write it on one line. */
function text(value: string): string {
  return stringify(value).trimEnd();
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}

/** Quoted parts are one word, as in a shell; nothing else of a shell is there. */
function words(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}
