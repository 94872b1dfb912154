/** Every test file can be required: one that must be imported gets copies of its own of all it shares with the others, servers too. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Loads the files of its arguments as mocha does, without running anything, and prints what cannot be required. */
const program = `
  const nothing = Object.assign(() => ({ timeout: () => undefined }), { skip() {}, only() {} });
  for (const name of ['describe', 'it', 'before', 'after', 'beforeEach', 'afterEach']) global[name] = nothing;
  const faults = [];
  for (const file of process.argv.slice(1)) {
    try { require(file); } catch (error) { faults.push(file + ': ' + error.message); }
  }
  process.stdout.write(faults.join('\\n'), () => process.exit(0));
`;

describe('test files', function () {
  this.timeout(120_000);

  it('can be required, all of them', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(process.cwd(), 'test', name));
    assert.ok(files.length > 300, String(files.length));
    const args = ['--import', 'tsx', '-e', program, ...files];
    assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), '');
  });
});
