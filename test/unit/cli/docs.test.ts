/** docs/cli.md has every command and every exit code, as they are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { exitCodes } from '../../../src/cli/exit-codes.js';
import { runSluice } from '../../support/cli-under-test.js';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

describe('docs/cli.md', () => {
  it('has every command', async () => {
    const local = ['up', 'demo', 'doctor'].map((name) => new Command(name));
    const { out } = await runSluice(['--help'], {}, {}, () => local);
    const [, list = ''] = out.split('Commands:\n');
    const names = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
    assert.ok(names.length > 30, `${names.length} commands`);
    assert.deepEqual(
      names.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });

  it('has every exit code with its meaning', () => {
    for (const { code, means } of Object.values(exitCodes)) {
      assert.ok(page.includes(`| ${code} | ${means} |`), means);
    }
  });
});
