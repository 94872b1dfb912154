/** What `sluice init` has to know: at most eight questions, each with the answer that is probably right. */
import { basename } from 'node:path';
import { namePattern } from '../../domain/names.js';
import type { Sighting, Surroundings } from './look-around.js';

export const answerNames = [
  'project',
  'service',
  'platform',
  'environments',
  'command',
  'namespace',
  'router',
  'metrics',
  'strategy',
  'approvals',
] as const;
export type AnswerName = (typeof answerNames)[number];
export type Answers = Readonly<Partial<Record<AnswerName, string>>>;

export interface Question {
  readonly name: AnswerName;
  readonly text: string;
  /** Taken unless somebody says otherwise. */
  readonly usual: string;
  /** What the usual answer was found in; null: it is only a custom. */
  readonly foundIn: string | null;
  /** The usual answer is good enough to ask nobody; a flag can say otherwise. */
  readonly isQuiet?: true;
  readonly choices?: readonly { readonly value: string; readonly hint: string }[];
  /** What is wrong with an answer; null: nothing. */
  readonly faultOf: (answer: string) => string | null;
}

type Asked = (found: Surroundings, answers: Answers) => Question | null;

/** The next one that is not answered; null when everything is. */
export function nextQuestion(found: Surroundings, answers: Answers): Question | null {
  for (const ask of asked) {
    const question = ask(found, answers);
    if (question !== null && answers[question.name] === undefined) return question;
  }
  return null;
}

/** Answers that nothing asks for, because another one makes them meaningless. */
export function idleAnswers(found: Surroundings, answers: Answers): readonly AnswerName[] {
  const wanted = asked.flatMap((ask) => ask(found, answers)?.name ?? []);
  return answerNames.filter((name) => answers[name] !== undefined && !wanted.includes(name));
}

export function listOf(text: string): readonly string[] {
  return text
    .split(/[,\s]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const wrongName = 'a–z, 0–9 and inner hyphens, at most 63';

function nameFault(answer: string): string | null {
  return namePattern.test(answer) ? null : wrongName;
}

/** `@acme/Check_out` → `check-out` */
function nameFrom(text: string): string {
  const name = (text.split('/').at(-1) ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const trimmed = name.slice(0, 63).replaceAll(/^-+|-+$/g, '');
  return trimmed === '' ? 'app' : trimmed;
}

function usually(
  sighting: Sighting | null | undefined,
  otherwise: string,
  as: (value: string) => string = (value) => value,
): Pick<Question, 'usual' | 'foundIn'> {
  return sighting
    ? { usual: as(sighting.value), foundIn: sighting.where }
    : { usual: otherwise, foundIn: null };
}

function choice(choices: NonNullable<Question['choices']>): Pick<Question, 'choices' | 'faultOf'> {
  const values = choices.map(({ value }) => value);
  const faultOf = (answer: string) =>
    values.includes(answer) ? null : `one of ${values.join(', ')}`;
  return { choices, faultOf };
}

const project: Asked = ({ folder, repository }) => ({
  name: 'project',
  text: 'Name of the project',
  isQuiet: true,
  ...usually(repository, nameFrom(basename(folder)), (path) => nameFrom(path.split('/')[0] ?? '')),
  faultOf: nameFault,
});

const service: Asked = ({ folder, deployments, repository, packageName }) => ({
  name: 'service',
  text: 'Name of the service that is released; on Kubernetes also of its Deployment',
  ...usually(deployments[0] ?? packageName ?? repository, nameFrom(basename(folder)), nameFrom),
  faultOf: nameFault,
});

const platform: Asked = ({ deployments }) => ({
  name: 'platform',
  text: 'Where it runs',
  ...usually(deployments[0], 'playground', () => 'kubernetes'),
  ...choice([
    { value: 'playground', hint: 'processes of this machine, by `sluice up`' },
    { value: 'kubernetes', hint: 'a Deployment and the router before it' },
  ]),
});

const environments: Asked = (found, { platform: at }) => ({
  name: 'environments',
  text: 'Environments, in the order in which a release goes through them',
  ...usually(found.environments, at === 'kubernetes' ? 'production' : 'staging, production'),
  faultOf(answer) {
    const names = listOf(answer);
    const wrong = names.find((name) => !namePattern.test(name));
    if (wrong !== undefined) return `"${wrong}" is no name: ${wrongName}`;
    if (names.length === 0) return 'at least one';
    return new Set(names).size === names.length ? null : 'each once';
  },
});

const command: Asked = ({ startCommand }, { platform: at }) =>
  at === 'playground'
    ? {
        name: 'command',
        text: 'Command that starts it; it listens on the port in PORT',
        ...usually(startCommand, 'node server.js'),
        faultOf: (answer) => (answer.trim() === '' ? 'a program and its arguments' : null),
      }
    : null;

const namespace: Asked = (found, answers) => {
  if (answers.platform !== 'kubernetes') return null;
  const isOne = listOf(answers.environments ?? '').length < 2;
  return {
    name: 'namespace',
    text: isOne ? 'Its namespace' : 'Its namespaces; {environment} is filled in',
    ...(isOne ? usually(found.namespace, 'default') : usually(null, '{environment}')),
    faultOf(answer) {
      if (!isOne && !answer.includes('{environment}')) {
        return 'with {environment}: two environments in one namespace would share a Deployment';
      }
      return nameFault(answer.replaceAll('{environment}', 'x'));
    },
  };
};

const router: Asked = (found, { platform: at }) =>
  at === 'kubernetes'
    ? {
        name: 'router',
        text: 'What divides its traffic',
        ...usually(found.router, 'replica-share'),
        ...choice([
          { value: 'gateway-api', hint: 'HTTPRoute or GRPCRoute' },
          { value: 'istio', hint: 'VirtualService' },
          { value: 'ingress-nginx', hint: 'Ingress' },
          { value: 'traefik-service', hint: 'TraefikService' },
          { value: 'aws-alb', hint: 'Ingress of the AWS load balancer' },
          { value: 'service-selector', hint: 'the Service is turned as a whole' },
          { value: 'replica-share', hint: 'the number of pods behind one Service' },
        ]),
      }
    : null;

const metrics: Asked = (_found, { platform: at }) =>
  at === 'kubernetes'
    ? {
        name: 'metrics',
        text: 'Address of the Prometheus that counts its requests',
        ...usually(null, 'http://prometheus.monitoring:9090'),
        faultOf: (answer) => (/^https?:\/\/[^\s/@]+/.test(answer) ? null : 'an http(s) URL'),
      }
    : null;

const blueGreen = { value: 'blueGreen', hint: 'full scale beside the old one, then over' };

const strategy: Asked = (_found, { router: by }) => ({
  name: 'strategy',
  text: 'How the last environment takes a new version',
  ...usually(null, by === 'service-selector' ? 'blueGreen' : 'canary'),
  // A Service that is turned as a whole knows no shares.
  ...choice(
    by === 'service-selector'
      ? [blueGreen]
      : [
          { value: 'canary', hint: '5, 25, 50, 100 % of the traffic, judged at each step' },
          blueGreen,
          { value: 'rolling', hint: 'instance by instance' },
        ],
  ),
});

const approvals: Asked = (_found, { environments: names = '' }) => ({
  name: 'approvals',
  text: `How many people must approve before ${listOf(names).at(-1) ?? 'the last environment'}`,
  ...usually(null, '1'),
  faultOf: (answer) => (/^(\d|1\d|20)$/.test(answer) ? null : 'a number from 0 to 20'),
});

const asked: readonly Asked[] = [
  ...[project, service, platform, environments],
  ...[command, namespace, router, metrics, strategy, approvals],
];
