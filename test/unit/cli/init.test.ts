/** `sluice init`: what it finds, what it asks, and that every file it writes is valid and nobody's is lost. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { parseProject } from '../../../src/config/project.js';
import { nextQuestion } from '../../../src/cli/init/questions.js';
import { writeProjectFile } from '../../../src/cli/init/write-project.js';
import { lookAround } from '../../../src/cli/init/look-around.js';
import { runSluice } from '../../support/cli-under-test.js';

const manifests = `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout, namespace: shop }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop }
`;

interface Answer {
  readonly done: string;
  readonly answers: Readonly<Record<string, string>>;
  readonly found: readonly { readonly what: string; readonly value: string }[];
  readonly stages: readonly { readonly environment: string; readonly steps: readonly string[] }[];
  readonly yaml: string;
}

describe('sluice init', () => {
  let root: string;
  let count = 0;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'init-'));
  });
  after(() => rm(root, { recursive: true }));

  async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(root, `shop-${++count}`);
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return folder;
  }

  const gitConfig = '[remote "origin"]\n\turl = git@github.com:acme/checkout.git\n';
  const asGit = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/config': gitConfig };
  const inGit = { ...asGit, '.git/objects/.keep': '', '.git/refs/.keep': '' };

  it('--yes takes the Deployment, route, namespace and remote that it finds', async () => {
    const folder = await folderWith({ ...inGit, 'deploy/checkout.yaml': manifests });
    const { code, out, err } = await runSluice(['init', '--yes', '--json'], {}, { folder });
    assert.equal(code, 0, err + out);
    const { answers, yaml, stages } = JSON.parse(out) as Answer;
    assert.deepEqual(answers, {
      project: 'acme',
      service: 'checkout',
      platform: 'kubernetes',
      environments: 'production',
      namespace: 'shop',
      router: 'gateway-api',
      metrics: 'http://prometheus.monitoring:9090',
      strategy: 'canary',
      approvals: '1',
    });
    assert.match(yaml, /^# yaml-language-server: \$schema=sluice\.schema\.json\n/);
    assert.match(yaml, /repository: acme\/checkout/);
    assert.equal(await readFile(join(folder, 'sluice.yaml'), 'utf8'), yaml);
    assert.match(await readFile(join(folder, 'sluice.schema.json'), 'utf8'), /Sluice project/);
    assert.match(stages[0]?.steps[0] ?? '', /traffic to 5 %/);
  });

  it('knows the package, the overlays and the context of kubectl', async () => {
    const folder = await folderWith({
      'package.json':
        '{"name":"@acme/Check_out","scripts":{"start":"node --title \\"my app\\" dist/server.js"}}',
      'overlays/production/kustomization.yaml': 'resources: []',
      'overlays/staging/kustomization.yaml': 'resources: []',
      'rollout.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\n',
      'broken.yaml': 'a: [',
      kubeconfig: 'current-context: eu\ncontexts: [{name: eu, context: {namespace: shop}}]',
    });
    const env = { KUBECONFIG: join(folder, 'kubeconfig') };
    const { out } = await runSluice(['init', '--yes', '--json'], {}, { folder, env });
    const { answers, found, yaml } = JSON.parse(out) as Answer;
    assert.equal(answers.service, 'check-out');
    assert.equal(answers.environments, 'staging, production');
    assert.match(yaml, /command: \[ node, --title, my app, dist\/server\.js \]/);
    assert.equal(found.find(({ what }) => what === 'namespace')?.value, 'shop');
    assert.equal(
      found.find(({ what }) => what === 'importable')?.value,
      'sluice import argo rollout.yaml',
    );
  });

  it('writes nothing in a dry run, and never over a file unless told', async () => {
    const folder = await folderWith({ 'sluice.yaml': 'mine' });
    const path = join(folder, 'sluice.yaml');
    const refused = await runSluice(['init', '--yes'], {}, { folder });
    assert.equal(refused.code, 7);
    assert.match(refused.err, /is there already/);
    const dry = await runSluice(['init', '--yes', '--dry-run'], {}, { folder });
    assert.equal(dry.code, 0);
    assert.match(dry.out, /^# yaml-language-server[^]*environments:/);
    assert.equal(await readFile(path, 'utf8'), 'mine');
    const forced = await runSluice(['init', '--yes', '--force'], {}, { folder });
    assert.match(forced.out, /^replaced sluice\.yaml/);
    assert.notEqual(await readFile(path, 'utf8'), 'mine');
  });

  it('without a terminal says which flags answer', async () => {
    const folder = await folderWith({});
    const { code, err } = await runSluice(['init'], {}, { folder });
    assert.equal(code, 7);
    assert.match(err, /--service[^]*init --yes/);
  });

  const wrong: readonly (readonly [flag: string, value: string, about: RegExp])[] = [
    ['--service', 'Check out', /--service does not fit/],
    ['--platform', 'mars', /one of playground, kubernetes/],
    ['--environments', 'a,a', /each once/],
    ['--environments', 'a,B', /"B" is no name/],
    ['--approvals', '21', /from 0 to 20/],
    ['--router', 'istio', /means nothing on playground/],
  ];
  for (const [flag, value, about] of wrong) {
    it(`refuses ${flag} ${value}`, async () => {
      const folder = await folderWith({});
      const { code, err } = await runSluice(['init', '--yes', flag, value], {}, { folder });
      assert.equal(code, 7);
      assert.match(err, about);
    });
  }

  it('asks on a terminal at most eight times, and Enter takes what is offered', async () => {
    const folder = await folderWith({ 'deploy/checkout.yaml': manifests });
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = new PassThrough();
    let shown = '';
    let asked = 0;
    output.on('data', (part: Buffer) => {
      const text = part.toString();
      shown += text;
      // A question begins with the sign that it is active.
      if (!/◆/.test(text) || shown.split('◆').length <= asked + 1) return;
      asked = shown.split('◆').length - 1;
      setImmediate(() => input.write('\r'));
    });
    const terminal = { input, output };
    const { code, out, err } = await runSluice(['init'], {}, { folder, terminal });
    assert.equal(code, 0, `${err}${shown}`);
    assert.match(shown, /Name of the service[^]*deploy\/checkout\.yaml/);
    assert.match(out, /^wrote sluice\.yaml[^]*1\. production {2}canary on production/);
    const found = await lookAround({ folder, home: folder, kubeconfig: undefined });
    let questions = 0;
    let known: Record<string, string> = {};
    for (;;) {
      const next = nextQuestion(found, known);
      if (next === null) break;
      if (!next.isQuiet) questions += 1;
      known = { ...known, [next.name]: next.usual };
    }
    assert.equal(questions, 8);
  });

  it('Ctrl-C at a question ends with 2 and writes nothing', async () => {
    const folder = await folderWith({});
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = new PassThrough();
    output.once('data', () => setImmediate(() => input.write('\u0003')));
    const { code } = await runSluice(['init'], {}, { folder, terminal: { input, output } });
    assert.equal(code, 2);
    await assert.rejects(readFile(join(folder, 'sluice.yaml')));
  });

  it('whatever is answered, the file is valid', async () => {
    const folder = await folderWith({});
    const found = await lookAround({ folder, home: folder, kubeconfig: undefined });
    const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const texts = fc.record({
      project: name,
      service: name,
      environments: fc
        .uniqueArray(name, { minLength: 1, maxLength: 4 })
        .map((all) => all.join(',')),
      command: fc.string({ minLength: 1, maxLength: 30 }).filter((text) => text.trim() !== ''),
      metrics: fc.webUrl(),
      namespace: fc.constantFrom('{environment}', 'shop-{environment}'),
      approvals: fc.integer({ min: 0, max: 20 }).map(String),
    });
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat()), (given, chance) => {
        let known: Record<string, string> = {};
        for (;;) {
          const next = nextQuestion(found, known);
          if (next === null) break;
          const choices = next.choices?.map(({ value }) => value);
          const picked = choices?.[(chance.next().value as number) % choices.length];
          const answer = picked ?? given[next.name as keyof typeof given];
          known = { ...known, [next.name]: answer };
        }
        const file = { answers: known, repository: null, schema: 'x.json' };
        parseProject(writeProjectFile(file), join(folder, 'sluice.yaml'));
      }),
      { numRuns: 40 },
    );
  });
});
