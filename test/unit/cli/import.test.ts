/** `sluice import` from arguments to exit code: what goes to stdout, what to stderr, what to a file. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '../../../src/cli/exit-codes.js';
import type { CliIo } from '../../../src/cli/output.js';
import { runCli } from '../../../src/cli/program.js';
import { loadProject, parseProject } from '../../../src/config/project.js';
import type { Imported } from '../../../src/import/import.js';
import { manifestText } from '../../support/imported.js';

const rollout = 'test/unit/import/manifests/argo-blue-green-manual.yaml';
const canary = 'test/unit/import/manifests/flagger-gateway.yaml';

async function run(argv: readonly string[], input = '') {
  let out = '';
  let err = '';
  let code = 0;
  const io: CliIo = {
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    folder: '/nowhere',
    home: '/nowhere',
    terminal: null,
    readInput: async () => input,
    env: {},
    isTerminal: false,
    columns: () => 100,
    clock: () => 0,
    interrupted: new AbortController().signal,
    exit: (name) => {
      code = exitCodes[name].code;
    },
    fetch: () => assert.fail('an import asks no API'),
  };
  await runCli(['import', ...argv], io, []);
  return { out, err, code };
}

describe('sluice import', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-cli-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('keeps thresholds where it is asked to', async () => {
    const gateway = rollout.replace('argo-blue-green-manual', 'argo-canary-gateway');
    const { out } = await run(['argo', gateway, '--keep-thresholds']);
    assert.match(out, /health:\n +judge:\n +kind: thresholds\n +style: argo\n/);
    assert.doesNotMatch((await run(['argo', gateway])).out, /judge:/);
  });

  it('prints a valid sluice.yaml on stdout and its notes on stderr', async () => {
    const { out, err, code } = await run(['argo', rollout]);
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(parseProject(out, '/x/sluice.yaml').services), ['ledger']);
    assert.match(err, /^Rollout shop\/ledger: 3 to fill in, 0 not expressed, 4 different\n/);
    assert.match(
      err,
      /argo-blue-green-manual\.yaml:19:7 {2}spec\.strategy\.blueGreen\.autoPromotionEnabled: false\n/,
    );
    assert.match(err, /next: sluice validate <file>\n$/);
  });

  it('reads stdin, and names service and environment as it is told', async () => {
    const names = ['--service', 'cart', '--environment', 'live'];
    const { out, err } = await run(
      ['flagger', '-', ...names],
      manifestText('flagger-gateway.yaml'),
    );
    const project = parseProject(out, '/x/sluice.yaml');
    assert.deepEqual(Object.keys(project.services), ['cart']);
    assert.equal(project.services.cart?.workload.deployment, 'basket-app');
    assert.deepEqual(
      project.environments.map(({ name }) => name),
      ['live'],
    );
    assert.match(err, /\bstdin:7:3 {2}metadata\.labels/);
  });

  it('writes a file where none is, and never over one', async () => {
    const path = join(folder, 'sluice.yaml');
    const first = await run(['argo', rollout, '--output', path]);
    assert.deepEqual([first.out, first.code], ['', 0]);
    assert.match(first.err, /next: sluice validate .*sluice\.yaml\n$/);
    await loadProject(path);
    const before = await readFile(path, 'utf8');
    const second = await run(['flagger', canary, '--output', path]);
    assert.equal(second.code, 7);
    assert.match(second.err, /error InvalidInput: .* is there already\n {2}at {5}--output/);
    assert.equal(await readFile(path, 'utf8'), before);
  });

  it('answers one JSON object with the text and every note', async () => {
    const { out, err } = await run(['flagger', canary, '--json']);
    const { title, yaml, notes } = JSON.parse(out) as Imported;
    assert.equal(err, '');
    assert.equal(title, 'Canary shop/basket');
    parseProject(yaml, '/x/sluice.yaml');
    for (const note of notes) {
      assert.deepEqual(Object.keys(note), ['kind', 'where', 'field', 'value', 'why', 'instead']);
    }
    assert(
      notes.some(({ kind, field }) => kind === 'unexpressed' && field === 'spec.analysis.alerts'),
    );
  });

  it('--strict fails with 7 on what is not expressed, and passes what is only different', async () => {
    assert.equal((await run(['argo', rollout, '--strict'])).code, 0);
    const { out, err, code } = await run(['flagger', canary, '--strict']);
    assert.deepEqual([out, code], ['', 7]);
    assert.match(
      err,
      /^error InvalidInput: Canary shop\/basket has \d+ fields that sluice\.yaml cannot express\n/,
    );
    assert.match(err, /flagger-gateway\.yaml:100:5: spec\.analysis\.alerts: .*; instead: /);
  });

  const bad: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'a value of the wrong kind',
      'argo',
      manifestText('argo-rolling.yaml').replace('replicas: 8', 'replicas: many'),
      /at {5}stdin:8:3\n(.*\n)*.*stdin:8:3: spec\.replicas: seen "many", allowed: a whole number from 0 to 1000\n/,
    ],
    [
      'a weight beyond all traffic',
      'argo',
      manifestText('argo-canary-alb.yaml').replace('setWeight: 20', 'setWeight: 120'),
      /steps\[0\]\.setWeight: seen 120, allowed: a whole number from 0 to 100\n/,
    ],
    [
      'two strategies',
      'argo',
      `${manifestText('argo-rolling.yaml')}    blueGreen: { activeService: a }\n`,
      /stdin:18:3: spec\.strategy: seen an object of canary, blueGreen, allowed: either canary or blueGreen\n/,
    ],
    ['no YAML', 'flagger', 'kind: [Canary\n', /stdin is not valid YAML/],
    ['no manifest', 'flagger', '- 1\n', /a manifest needs apiVersion and kind\n/],
    ['nothing', 'argo', '', /stdin holds no manifest\n/],
    [
      'the other tool’s manifest',
      'argo',
      manifestText('flagger-ab.yaml'),
      /stdin holds no Rollout\n {2}at {5}stdin:2:1\n {2}seen {3}Canary\n {2}limit {2}Rollout of argoproj\.io\/v1alpha1\n/,
    ],
    [
      'another version',
      'flagger',
      manifestText('flagger-ab.yaml').replace('v1beta1', 'v1alpha3'),
      /is of another version\n {2}at {5}stdin:2:1\n {2}seen {3}flagger\.app\/v1alpha3\n/,
    ],
    [
      'several at once',
      'flagger',
      `${manifestText('flagger-ab.yaml')}---\n${manifestText('flagger-nginx.yaml')}`,
      /holds 2 of Canary\n(.*\n)*.*choose by --service <name>/,
    ],
    [
      'a name that no service can have',
      'flagger',
      manifestText('flagger-ab.yaml').replace('name: web', 'name: web.v1'),
      /the name fits no service\n {2}at {5}stdin:5:3\n {2}seen {3}web\.v1\n/,
    ],
    [
      'credentials in a URL',
      'flagger',
      manifestText('flagger-gateway.yaml').replace('https://tests.', 'https://me:secret@tests.'),
      /webhooks\[1\]\.url: .*allowed: a URL without credentials\n/,
    ],
  ];
  for (const [what, tool, text, says] of bad) {
    it(`refuses ${what} with the line and exit code 7`, async () => {
      const { out, err, code } = await run([tool, '-'], text);
      assert.deepEqual([out, code], ['', 7]);
      assert.match(err, says);
      assert.doesNotMatch(err, /secret/);
    });
  }

  it('chooses one of several by its name', async () => {
    const text = `${manifestText('flagger-ab.yaml')}---\n${manifestText('flagger-nginx.yaml')}`;
    const { out } = await run(['flagger', '-', '--service', 'catalog'], text);
    assert.deepEqual(Object.keys(parseProject(out, '/x/sluice.yaml').services), ['catalog']);
  });

  it('reads the entries of a List', async () => {
    const item = manifestText('flagger-ab.yaml')
      .replace(/^#.*\n/, '')
      .replaceAll(/^/gm, '    ');
    const text = `apiVersion: v1\nkind: List\nitems:\n  -\n${item}`;
    const { out, code } = await run(['flagger', '-', '--json'], text);
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as Imported).title, 'Canary shop/web');
  });

  it('says which file cannot be read', async () => {
    const { err, code } = await run(['argo', join(folder, 'missing.yaml')]);
    assert.equal(code, 7);
    assert.match(err, /missing\.yaml cannot be read/);
  });

  it('never shows the value of what may be secret', async () => {
    const path = join(folder, 'secret.yaml');
    const secret = manifestText('argo-blue-green.yaml').replace(
      'address: http://prometheus.monitoring:9090',
      'address: http://prometheus.monitoring:9090\n          authentication: { basicAuth: { username: u, password: hunter2 } }',
    );
    await writeFile(path, secret);
    const { out, err } = await run(['argo', path]);
    assert.match(err, /authentication: an object of basicAuth/);
    assert.doesNotMatch(out + err, /hunter2/);
  });
});
