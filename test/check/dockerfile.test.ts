/** The Dockerfile keeps the rules by which an image can be trusted: pinned, small, read-only, and nobody is root in it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import { settingsSchema } from '../../src/config/settings.js';
import { dockerfileText, imageEnvironment } from '../support/dockerfile.js';

interface Step {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly text: string;
  readonly firstLine: string;
  /** 0 before the first FROM. */
  readonly stage: number;
}

function stepsOf(text: string): readonly Step[] {
  let stage = 0;
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => {
      const keyword = instruction.getKeyword();
      if (keyword === 'FROM') stage += 1;
      const words = instruction.getArguments().map((argument) => argument.getValue());
      const firstLine = text.split('\n')[instruction.getRange().start.line] ?? '';
      return { keyword, words, stage, text: words.join(' '), firstLine };
    });
}

const known = new Set([...Object.keys(settingsSchema.shape), 'NODE_ENV', 'HOME']);

function faultsOf(text: string): readonly string[] {
  const faults: string[] = [];
  const steps = stepsOf(text);
  const last = steps.at(-1)?.stage ?? 0;
  const of = (keyword: string) => steps.filter((step) => step.keyword === keyword);
  const image = steps.filter(({ stage }) => stage === last);
  const base = of('ARG').find(({ text: words }) => words.startsWith('NODE_IMAGE='))?.text ?? '';
  if (!/^NODE_IMAGE=node:\d+\.\d+\.\d+-trixie-slim$/.test(base)) faults.push(`base ${base}`);
  for (const { words } of of('FROM'))
    if (words[0] !== '${NODE_IMAGE}') faults.push(`another base ${words[0]}`);
  if (of('ADD').length > 0) faults.push('ADD');
  for (const { text: words } of of('RUN')) {
    if (/apt-get install/.test(words) && !/--no-install-recommends/.test(words))
      faults.push('recommended packages');
    if (/apt-get update/.test(words) && !/rm -rf \/var\/lib\/apt\/lists/.test(words))
      faults.push('package lists');
    if (/\bnpm (install|i)\b/.test(words)) faults.push('npm install');
    if (/\b(curl|wget)\b|--allow-unauthenticated/.test(words)) faults.push('fetches');
  }
  const user = image.findIndex(({ keyword }) => keyword === 'USER');
  if (!/^[1-9]\d{3,}:[1-9]\d{3,}$/.test(image[user]?.text ?? '')) faults.push('USER');
  if (image.some(({ keyword }, index) => index > user && keyword === 'RUN')) faults.push('RUN');
  for (const step of image) {
    if (step.keyword === 'COPY' && !step.firstLine.includes('--from=')) {
      if (!step.words.every((word) => existsSync(word))) faults.push(`copies ${step.text}`);
    }
    if (['ENTRYPOINT', 'CMD'].includes(step.keyword) && !step.words[0]?.startsWith('['))
      faults.push(`${step.keyword} in a shell`);
  }
  const environment = imageEnvironment(text);
  for (const [name, value] of Object.entries(environment)) {
    if (!known.has(name)) faults.push(`sets ${name}`);
    if (/SECRET|PASSWORD|TOKEN$|API_KEY/.test(name)) faults.push(`a secret in ${name}`);
    if (name === 'HOME' && value !== '/tmp') faults.push('HOME');
  }
  const ports = of('EXPOSE').flatMap(({ words }) => words);
  if (!ports.includes(environment['SLUICE_WORKER_METRICS_ADDRESS']?.split(':')[1] ?? ''))
    faults.push('EXPOSE');
  return faults;
}

describe('Dockerfile', () => {
  it('keeps the rules', () => {
    assert.deepEqual(faultsOf(dockerfileText), []);
    assert.equal(stepsOf(dockerfileText).filter(({ keyword }) => keyword === 'FROM').length, 3);
  });

  const planted: readonly (readonly [string, string | RegExp, string, RegExp])[] = [
    ['a base that moves', 'node:24.21.0-trixie-slim', 'node:24-slim', /^base/],
    ['Alpine, where the bridge cannot run', 'trixie-slim', 'alpine', /^base/],
    ['another base in one stage', 'FROM ${NODE_IMAGE} AS image', 'FROM debian AS image', /another/],
    ['root', 'USER 10001:10001', 'USER root', /USER/],
    ['a name that no cluster can check', 'USER 10001:10001', 'USER node:node', /USER/],
    ['no user', 'USER 10001:10001\n', '', /USER/],
    ['a shell around the program', 'ENTRYPOINT ["node"]', 'ENTRYPOINT node', /in a shell/],
    ['packages nobody asked for', '--no-install-recommends ', '', /recommended/],
    ['lists of packages that stay', 'rm -rf /var/lib/apt/lists/* /opt', 'rm -rf /opt', /lists/],
    ['an unlocked installation', 'npm ci --omit=dev', 'npm install --omit=dev', /npm install/],
    ['a file that is not there', 'COPY --from=package /package ./', 'COPY start.sh ./', /copies/],
    ['ADD', 'COPY . .', 'ADD . .', /ADD/],
    ['a setting that nobody reads', 'SLUICE_DATA_DIR=', 'SLUICE_DATA_FOLDER=', /sets/],
    ['a home that cannot be written to', 'HOME=/tmp', 'HOME=/root', /HOME/],
    ['a port nobody listens on', 'EXPOSE 7400 9464', 'EXPOSE 7400 9090', /EXPOSE/],
  ];
  for (const [title, from, to, expected] of planted)
    it(`would see ${title}`, () => {
      const text = dockerfileText.replace(from, to);
      assert.notEqual(text, dockerfileText);
      const faults = faultsOf(text);
      assert.ok(
        faults.some((fault) => expected.test(fault)),
        faults.join('; '),
      );
    });

  it('sends the builder only what is named', () => {
    const [first, ...rest] = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(first, '*');
    for (const line of rest.filter((each) => each.startsWith('!')))
      assert.ok(existsSync(line.slice(1)), line);
    // Whatever is packed and compiled has to be there.
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      files: readonly string[];
    };
    const made = ['dist'];
    for (const path of [...files, 'src', 'tsconfig.build.json'])
      if (!made.includes(path)) assert.ok(rest.includes(`!${path.split('/')[0]}`), path);
  });
});
