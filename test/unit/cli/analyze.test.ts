/** `sluice analyze` from arguments to exit code: text, JSON, plot, and what is said of wrong flags. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSluice } from '../../support/cli-under-test.js';
import { historyCsv } from '../../support/history-csv.js';

describe('analyze', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'analyze-'));
    file = join(folder, 'history.csv');
    await writeFile(file, historyCsv({ seed: 1, factor: 10 }));
  });
  after(() => rm(folder, { recursive: true }));

  it('says when it would have decided and why, with the evidence over time and a plot', async () => {
    const plot = join(folder, 'out.svg');
    const { out, err, code, asked } = await runSluice(['analyze', file, '--plot', plot]);
    assert.equal(code, 0, err);
    assert.deepEqual(asked, []);
    assert.match(out, /looks +90 over 22m15s, from 2026-01-15T12:00:00Z to 2026-01-15T12:22:15Z/);
    assert.match(out, /candidate +requests from 2026-01-15T12:11:15Z on/);
    assert.match(
      out,
      /decision +fail at .*, [\dms]+ after its first requests\n +\d+ of \d+ requests/,
    );
    assert.match(
      out,
      /TIME +CANDIDATE FAILED +STABLE FAILED +E ERROR LIMIT .*E ERRORS BESIDE STABLE/,
    );
    assert.match(out, /\d+ of 200 .*◀ fail/);
    assert.match(out, /plot +.*out\.svg/);
    assert.match(await readFile(plot, 'utf8'), /^<svg /);
  });

  it('other limits make another decision; JSON has every look', async () => {
    const judged = async (...flags: string[]) => {
      const { out, err, code } = await runSluice(['analyze', file, '--json', ...flags]);
      assert.equal(code, 0, err);
      return JSON.parse(out) as {
        decidedAfterMs: number | null;
        verdict: { kind: string } | null;
        points: { checks: { check: string; eValue: number; eLimit: number }[] }[];
      };
    };
    const usual = await judged();
    assert.equal(usual.verdict?.kind, 'fail');
    assert.equal(usual.points.length, 90);
    assert.equal(
      usual.points
        .at(-1)
        ?.checks.find(({ check }) => check === 'errorRate')
        ?.eLimit.toFixed(),
      '100',
    );
    const health = join(folder, 'health.yaml');
    await writeFile(health, 'comparison: off\nerrorRate: {max: 30%, success: 20%}\n');
    const bare = await judged('--health', `@${health}`);
    assert.equal(bare.verdict?.kind, 'pass');
    assert.deepEqual(
      bare.points.at(-1)?.checks.map(({ check }) => check),
      ['errorRate', 'latencyP95'],
    );
    const short = await judged(
      '--health',
      '{comparison: off, errorRate: {max: 30%, success: 20%}}',
      '--for',
      '2m',
    );
    assert.equal(short.decidedAfterMs, 120_000);
  });

  it('takes CSV from stdin', async () => {
    const text = historyCsv({
      seed: 2,
      factor: 1,
      looks: 50,
      values: 'increases',
      form: 'revision',
    });
    const flags = ['--increases', '--candidate', '2.0.0'];
    const given = { readInput: async () => text };
    const { out, code, err } = await runSluice(['analyze', '-', ...flags], {}, given);
    assert.equal(code, 0, err);
    assert.match(out, /decision +pass/);
  });

  it('reads a Prometheus with a token that is named, not told', async () => {
    const sent: Headers[] = [];
    const given = {
      env: { PROM: 'secret' },
      clock: () => Date.UTC(2026, 0, 15, 13),
      fetch: (async (_url, init) => {
        sent.push(new Headers(init?.headers));
        return Response.json({ status: 'success', data: { resultType: 'matrix', result: [] } });
      }) as typeof fetch,
    };
    const source = [
      '--prometheus',
      'http://prometheus.test',
      '--from',
      '1h',
      '--token-env',
      'PROM',
    ];
    const sides = ['--candidate', '{version="2"}', '--stable', '{version="1"}'];
    const { code, err } = await runSluice(['analyze', ...source, ...sides], {}, given);
    assert.equal(sent[0]?.get('authorization'), 'Bearer secret');
    assert.equal(code, 7);
    assert.match(err, /no readings for --candidate/);
    assert.doesNotMatch(err, /secret/);
  });

  const wrong: readonly [name: string, flags: string[], says: RegExp][] = [
    ['no source', [], /name one source of history/],
    ['two sources', ['x.csv', '--prometheus', 'http://x'], /name one source of history/],
    ['a file that is not there', ['/none/h.csv'], /\/none\/h\.csv cannot be read/],
    [
      'a range without its begin',
      ['--prometheus', 'http://x'],
      /--from is needed with --prometheus/,
    ],
    [
      'limits that are none',
      ['x.csv', '--health', '{errorRate: {max: lots}}'],
      /--health:1:\d+: errorRate\.max: seen "lots"/,
    ],
    ['a plot that is no SVG', ['x.csv', '--plot', 'out.png'], /a plot is drawn as SVG/],
    ['a duration that is none', ['x.csv', '--for', 'long'], /--for is not a duration/],
  ];
  for (const [name, flags, says] of wrong) {
    it(`refuses ${name}`, async () => {
      const { code, err } = await runSluice(['analyze', ...flags]);
      assert.equal(code, 7);
      assert.match(err, says);
    });
  }
});
