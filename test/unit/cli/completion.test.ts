/** Completion in four shells: each gets a script, and every command and flag of the program is offered. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { CliIo } from '../../../src/cli/output.js';
import { type Answers, runSluice } from '../../support/cli-under-test.js';

/** The library speaks to the console itself. */
async function said(...argv: string[]): Promise<string> {
  return (await offered(argv, {})).text;
}

async function offered(argv: string[], answers: Answers, given: Partial<CliIo> = {}) {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: unknown) => void lines.push(String(line));
  try {
    const { code, out, err, asked } = await runSluice(argv, answers, given);
    assert.deepEqual([code, out, err], [0, '', '']);
    return { text: lines.join('\n'), asked: asked.map(({ path }) => path) };
  } finally {
    console.log = log;
  }
}

describe('completion', () => {
  const shells: readonly (readonly [shell: string, hook: RegExp])[] = [
    ['bash', /complete -F __sluice_complete sluice/],
    ['zsh', /compdef _sluice sluice/],
    ['fish', /complete -c sluice/],
    ['powershell', /Register-ArgumentCompleter/],
  ];
  for (const [shell, hook] of shells) {
    it(`has a script for ${shell}`, async () => {
      const script = await said('completion', shell);
      assert.match(script, hook);
      if (shell === 'bash') execFileSync('bash', ['-n'], { input: script });
    });
  }

  it('refuses a shell that it does not know', async () => {
    const { code, err } = await runSluice(['completion', 'tcsh']);
    assert.equal(code, 7);
    assert.match(err, /zsh, bash, fish, powershell/);
  });

  const asked: readonly (readonly [typed: readonly string[], offered: RegExp])[] = [
    [['wa'], /^watch\tfollow a release/m],
    [['release', '--'], /^--strategy\t/m],
    [['import', 'f'], /^flagger\t/m],
    [['release', '--', 'ç'], /:\d+$/],
  ];
  for (const [typed, offered] of asked) {
    it(`offers what fits "${typed.join(' ')}"`, async () => {
      assert.match(await said('complete', '--', ...typed), offered);
    });
  }
});

describe('names at Tab', () => {
  const releases = [
    ['checkout', '1.1.0'],
    ['cart', '2.0.0'],
  ].map(([service, version]) => ({
    ...{
      releaseId: `release:${service}:${version}`,
      runId: 'r',
      digest: null,
      service,
      version,
      phase: 'Analysing',
    },
    ...{ environment: 'production', requestedBy: 'ci' },
    ...{ startedAt: '2026-11-22T00:00:00Z', endedAt: null, location: '/x' },
  }));
  const targets = [null, 'eu'].map((region) => ({
    ...{ targetId: 'x', service: 'checkout', environment: 'production', region, version: '1.0.0' },
    ...{ phase: null, needsAttention: null, location: '/x' },
  }));
  const known: Answers = {
    'GET /v1/targets': () => ({ items: targets, nextCursor: null }),
    'GET /v1/releases': () => ({ items: releases, nextCursor: null }),
  };
  const rows: readonly (readonly [typed: readonly string[], offered: readonly string[]])[] = [
    [
      ['watch', 'check'],
      ['checkout@1.1.0', 'checkout/production', 'checkout/production/eu'],
    ],
    [
      ['approve', ''],
      ['checkout@1.1.0', 'cart@2.0.0'],
    ],
    [
      ['lock', ''],
      ['checkout/production', 'checkout/production/eu'],
    ],
    [['release', 'ca'], ['cart@']],
    [
      ['get', '--service', ''],
      ['checkout', 'cart'],
    ],
    [['get', '--environment', 'p'], ['production']],
    [['rollback', '--version', '2'], ['2.0.0']],
  ];
  for (const [typed, wanted] of rows) {
    it(`are offered for "${typed.join(' ')}"`, async () => {
      const { text } = await offered(['complete', '--', ...typed], known);
      const values = text.split('\n').map((line) => line.split('\t')[0]);
      assert.deepEqual(values.slice(0, -1), wanted);
    });
  }

  it('are not asked for where only a command is typed', async () => {
    assert.deepEqual((await offered(['complete', '--', 'wa'], known)).asked, []);
  });

  it('are left out in silence without an API, without a token, and when it takes too long', async () => {
    const hangs: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const refuses: typeof fetch = async () => {
      throw new TypeError('fetch failed');
    };
    for (const given of [{ env: {} }, { fetch: hangs }, { fetch: refuses }]) {
      const startedAtMs = performance.now();
      const { text } = await offered(['complete', '--', 'watch', ''], known, given);
      assert.equal(text, ':4');
      assert.ok(performance.now() - startedAtMs < 5_000);
    }
  });
});

describe('a group without a command', () => {
  it('is told what there is', async () => {
    const { code, err } = await runSluice(['import']);
    assert.equal(code, 7);
    assert.match(err, /sluice import needs[^]*argo, flagger, stale[^]*sluice import --help/);
  });
});
