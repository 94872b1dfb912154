/** `sluice plan` from the command line through the API and a real Temporal server to the worker that knows the platform. */
import assert from 'node:assert/strict';
import { runCli } from '../../src/cli/program.js';
import type { ReleasePlan } from '../../src/api/schemas/plan.js';
import { emptyPreview, type WorkloadPreview } from '../../src/domain/rollout/preview.js';
import { type ApiUnderTest, digestA, secrets, serveApi } from '../support/api-under-test.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';

const foreseen: WorkloadPreview = {
  changes: [
    {
      object: 'Deployment shop/new',
      action: 'create',
      comparedWith: 'Deployment shop/old',
      diff: [{ path: 'spec.image', from: '"a"', to: '"b"' }],
    },
  ],
  problems: [
    {
      ...{ code: 'QuotaShort', message: 'too few pods', where: 'ResourceQuota shop/small' },
      ...{ seen: '3', limit: '1', next: 'raise it' },
    },
  ],
  notes: ['secrets were not looked at'],
};
const lines = [
  '+ Deployment shop/new, beside Deployment shop/old:',
  '    spec.image: "a" → "b"',
  '! QuotaShort: too few pods (seen 3, limit 1) at ResourceQuota shop/small',
  '    raise it',
  '? secrets were not looked at',
];

describe('sluice plan', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let api: ApiUnderTest;

  async function plan(argv: readonly string[], isTerminal = false): Promise<string> {
    let out = '';
    let err = '';
    const io: Parameters<typeof runCli>[1] = {
      write: (text) => {
        out += text;
      },
      writeError: (text) => {
        err += text;
      },
      env: { SLUICE_API_URL: api.url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
      folder: '/nowhere',
      home: '/nowhere',
      terminal: null,
      readInput: async () => '',
      isTerminal,
      columns: () => 100,
      clock: Date.now,
      interrupted: new AbortController().signal,
      exit: () => undefined,
      fetch,
    };
    await runCli(['plan', ...argv], io, []);
    assert.equal(err, '');
    return out;
  }

  before(async () => {
    engine = await startEngine();
    api = await serveApi(engine.client);
  });
  after(async () => {
    await api?.stop();
    await engine?.stop();
  });
  beforeEach(() => {
    engine.platform.world.preview = foreseen;
  });

  const release = ['checkout@1.1.0', '--digest', digestA, '--from', 'production'];

  it('shows what would change and what is in the way, stage by stage', async () => {
    const out = await plan(['checkout@1.1.0', '--digest', digestA]);
    for (const line of lines) assert.equal(out.split(`   ${line}\n`).length, 3, line);
  });

  it('gives the same as JSON, values and lines', async () => {
    const { stages } = JSON.parse(await plan([...release, '--json'])) as ReleasePlan;
    assert.deepEqual(stages[0]?.preview, foreseen);
    assert.deepEqual(stages[0]?.changes, lines);
  });

  it('is the same text on the command line and in the API', async () => {
    const { text } = JSON.parse(await plan([...release, '--json'])) as ReleasePlan;
    assert.equal(await plan(release), `${text.join('\n')}\n`);
  });

  it('paints what is made green and what is in the way red', async () => {
    const out = await plan(release, true);
    assert.ok(out.includes(`\u001b[32m${lines[0]}\u001b[0m`), out);
    assert.ok(out.includes(`\u001b[31m${lines[2]}\u001b[0m`), out);
  });

  it('shows nothing where a platform changes nothing', async () => {
    engine.platform.world.preview = emptyPreview;
    const { stages, notes } = JSON.parse(await plan([...release, '--json'])) as ReleasePlan;
    assert.deepEqual([stages[0]?.preview, stages[0]?.changes], [emptyPreview, []]);
    assert.deepEqual(notes, ['production: the first install, nothing to compare with']);
  });

  it('asks for the artifact where none is named', async () => {
    const { stages, notes } = JSON.parse(await plan(['checkout', '--json'])) as ReleasePlan;
    assert.equal(stages[0]?.preview, null);
    assert.ok(notes.some((note) => note.endsWith('name the artifact by --artifact or --digest')));
  });

  it('is printed without it when the platform does not answer, and says so', async () => {
    engine.platform.world.setDown(true);
    const { stages, notes } = JSON.parse(await plan([...release, '--json'])) as ReleasePlan;
    engine.platform.world.setDown(false);
    assert.equal(stages[0]?.preview, null);
    assert.ok((stages[0]?.steps.length ?? 0) > 0);
    assert.ok(
      notes.includes('production: what would change there is not known: the platform is down'),
      notes.join('; '),
    );
  });

  it('is printed without it when no worker answers, and says so', async () => {
    await engine.stopWorkers();
    const { stages, notes } = JSON.parse(await plan([...release, '--json'])) as ReleasePlan;
    assert.equal(stages[0]?.preview, null);
    assert.ok(
      notes.some((note) => /what would change there is not known: no worker answer/.test(note)),
      notes.join('; '),
    );
  });
});
