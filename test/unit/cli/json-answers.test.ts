/** Every `--json` answer that the command line makes itself is as its published schema says. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { answerSchemas } from '../../../src/cli/answer-schemas.js';
import { doctorCommand } from '../../../src/cli/commands/doctor.js';
import { emptyHash, lineOfLink, linkEvents } from '../../../src/domain/ledger/chain.js';
import { rolloutEvents } from '../../support/recorded-rollouts.js';
import { recordOf } from '../../support/recorded-verdict.js';
import { runSluice } from '../../support/cli-under-test.js';
import { look, policy, step } from '../analysis/looks.js';

const history = `time,side,requests,errors
0,stable,0,0
0,candidate,0,0
10,stable,900,1
10,candidate,100,40
20,stable,1800,2
20,candidate,200,80
`;
const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: checkout, namespace: shop }
spec:
  replicas: 3
  strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } }
`;

describe('--json answers', () => {
  let folder: string;
  let described: Readonly<Record<string, object>>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'json-'));
    await writeFile(join(folder, 'history.csv'), history);
    await writeFile(join(folder, 'rollout.yaml'), rollout);
    await writeFile(join(folder, 'audit.jsonl'), '{\n');
    const rollouts = linkEvents('shop', { seq: 0, hash: emptyHash }, rolloutEvents(40));
    const lines = rollouts.map((link) => `${lineOfLink(link)}\n`).join('');
    await writeFile(join(folder, 'rollouts.jsonl'), lines);
    const looks = [look(0, {}), look(1, { requests: 40, errors: 12 })];
    const record = recordOf({ looks, step: step(), health: policy });
    await writeFile(join(folder, 'record.json'), JSON.stringify(record));
    const { out } = await runSluice(['help', 'json']);
    described = JSON.parse(out) as typeof described;
  });
  after(() => rm(folder, { recursive: true }));

  it('are described for everybody', () => {
    assert.deepEqual(Object.keys(described), Object.keys(answerSchemas));
  });

  const asked: readonly (readonly [name: keyof typeof answerSchemas, argv: readonly string[]])[] = [
    ['init', ['init', '--yes']],
    ['validate', ['validate']],
    ['import', ['import', 'argo', '{folder}/rollout.yaml']],
    ['analyze', ['analyze', '{folder}/history.csv']],
    ['why --replay', ['why', '--replay', '{folder}/record.json']],
    ['doctor', ['doctor']],
    ['audit verify', ['audit', 'verify', '--file', '{folder}/audit.jsonl']],
    ['audit history', ['audit', 'history', '--file', '{folder}/rollouts.jsonl']],
    ['error', ['validate', '/nowhere']],
    ['error', ['watch', 'checkout']],
    ['error', ['get', 'checkout@1.0.0']],
  ];
  for (const [name, argv] of asked) {
    it(`${argv.slice(0, 2).join(' ')} answers by the schema ${name}`, async () => {
      const written = argv.map((word) => word.replace('{folder}', folder));
      const { out } = await runSluice(
        [...written, '--json'],
        {},
        { folder, home: folder },
        (io) => [
          doctorCommand(io, {
            nodeVersion: 'v24.0.0',
            readTemporal: async () => ({
              ...{ address: 'a', namespace: 'n', serverVersion: null, retentionDays: null },
              ...{ missingAttributes: null, pollers: new Map(), reconciling: null },
            }),
            inspectGithub: async () => [],
            inspectKubernetes: async () => [],
          }),
        ],
      );
      const answer: unknown = JSON.parse(out);
      const parsed = answerSchemas[name].safeParse(answer);
      assert.ok(parsed.success, `${parsed.error?.message}\n${out}`);
      const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
      const fits = ajv.compile(described[name] as object);
      assert.ok(fits(answer), JSON.stringify(fits.errors));
    });
  }
});
