/** `sluice why` with records in files: saved as they are kept, replayed without a server, refused with field and line. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../../src/domain/canonical-json.js';
import { answerSchemas } from '../../../src/cli/answer-schemas.js';
import { runSluice } from '../../support/cli-under-test.js';
import { recordOf } from '../../support/recorded-verdict.js';
import { look, policy, step } from '../analysis/looks.js';

const record = recordOf({
  looks: [look(0, {}), look(1, { requests: 40, errors: 12 })],
  step: step(),
  health: policy,
});
const reference = `sha256:${createHash('sha256').update(canonicalJson(record)).digest('hex')}`;

const why = (samples: unknown) => ({
  measured: null,
  subject: 'rollout:checkout:production:3',
  phase: 'RolledBack',
  outcome: 'rolledBack',
  environment: 'production',
  rolloutId: 'rollout:checkout:production:3',
  sentence: 'so it is',
  verdict: record?.verdict,
  samples,
  events: [],
  next: [],
  temporal: null,
});

describe('why with records', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'why-'));
  });
  after(() => rm(folder, { recursive: true }));

  const kept = async (name: string, value: unknown): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
    return file;
  };

  it('saves all samples as the bytes whose hash is their reference, and replays them', async () => {
    const file = join(folder, 'saved.json');
    const answers = {
      'GET /v1/rollouts/checkout/production/3/why': () =>
        why({ reference, value: record, note: null }),
    };
    const saved = await runSluice(['why', 'checkout/production#3', '--save', file], answers);
    assert.equal(saved.code, 0, saved.err);
    assert.match(saved.asked[0]?.path ?? '', /\?samples=all$/);
    const bytes = await readFile(file);
    assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, reference);
    const again = await runSluice(['why', 'checkout/production#3', '--save', file], answers);
    assert.match(again.err, /is there already/);

    const other = join(folder, 'saved-too.json');
    const argv = ['why', 'checkout/production#3', '--save', other, '--json'];
    const machines = await runSluice(argv, answers);
    answerSchemas['why --save'].parse(JSON.parse(machines.out));

    const { code, out, asked } = await runSluice(['why', '--replay', file]);
    assert.equal(code, 0);
    assert.deepEqual(asked, []);
    assert.match(out, new RegExp(`record +${reference}`));
    assert.match(out, /recorded +fail at 1970-01-01T00:00:01\.000Z: 12 of 40 requests failed/);
    assert.match(out, /recomputed +fail at .*12 of 40 requests failed/);
    assert.match(out, /✔ equal, bit for bit/);
  });

  it('refuses to save other samples than the verdict names', async () => {
    const answers = {
      'GET /v1/rollouts/checkout/production/3/why': () =>
        why({ reference: `sha256:${'0'.repeat(64)}`, value: record, note: null }),
    };
    const file = join(folder, 'other.json');
    const { code, err } = await runSluice(
      ['why', 'checkout/production#3', '--save', file],
      answers,
    );
    assert.equal(code, 1);
    assert.match(err, /error DigestMismatch/);
    await assert.rejects(readFile(file));
  });

  it('a changed sample ends with 1 and names what differs, for people and as JSON', async () => {
    const text = JSON.stringify(record, null, 2);
    const file = await kept('changed.json', text.replace('"errors": 12', '"errors": 13'));
    const shown = await runSluice(['why', '--replay', file]);
    assert.equal(shown.code, 1);
    assert.match(shown.out, /evidence\[0\]\.bad\n +recorded +12\n +recomputed +13/);
    const { code, out } = await runSluice(['why', '--replay', file, '--json']);
    assert.equal(code, 1);
    const answer = JSON.parse(out) as { equal: boolean; differences: { path: string }[] };
    assert.equal(answer.equal, false);
    assert.ok(answer.differences.some(({ path }) => path === 'evidence[0].bad'));
  });

  it('takes the answer of why --json as it is', async () => {
    const file = await kept('answer.json', why({ reference, value: record, note: null }));
    const { code, out } = await runSluice(['why', '--replay', file, '--json']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { reference: string }).reference, reference);
  });

  it('names line and field of what is wrong in a file', async () => {
    const text = JSON.stringify(record, null, 2);
    const line = text.split('\n').findIndex((each) => each.includes('"errors": 12')) + 1;
    const wrong = await kept('wrong.json', text.replace('"errors": 12', '"errors": "12"'));
    const refused = await runSluice(['why', '--replay', wrong]);
    assert.equal(refused.code, 7);
    assert.match(
      refused.err,
      /observations\[1\]\.candidate\.instances\[0\]\.errors: seen "12", allowed: a count/,
    );
    assert.match(refused.err, new RegExp(`wrong\\.json:${line}:\\d+`));

    const cut = await kept('cut.json', text.slice(0, text.indexOf('"errors": 12') + 11));
    const broken = await runSluice(['why', '--replay', cut]);
    assert.equal(broken.code, 7);
    assert.match(broken.err, new RegExp(`cut\\.json is not JSON.*\n.*cut\\.json:${line}:\\d+`));

    const other = await runSluice(['why', '--replay', await kept('list.json', [1])]);
    assert.match(other.err, /list\.json is no evidence record/);
    const none = await runSluice(['why', '--replay', join(folder, 'none.json')]);
    assert.match(none.err, /none\.json cannot be read/);
  });

  it('a reference or a record, and not both', async () => {
    assert.equal((await runSluice(['why'])).code, 7);
    assert.equal((await runSluice(['why', 'checkout@1.1.0', '--replay', 'x'])).code, 7);
  });
});
