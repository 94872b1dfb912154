/** Completion in four shells: each gets a script, and every command and flag of the program is offered. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { runSluice } from '../../support/cli-under-test.js';

/** The library speaks to the console itself. */
async function said(...argv: string[]): Promise<string> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: unknown) => void lines.push(String(line));
  try {
    const { code, err } = await runSluice(argv);
    assert.equal(code, 0, err);
  } finally {
    console.log = log;
  }
  return lines.join('\n');
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

describe('a group without a command', () => {
  it('is told what there is', async () => {
    const { code, err } = await runSluice(['import']);
    assert.equal(code, 7);
    assert.match(err, /sluice import needs[^]*argo, flagger, stale[^]*sluice import --help/);
  });
});
