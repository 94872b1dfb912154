/** The demo in a clone, interrupted: nothing is left behind. Its whole story is told by the installed package's. */
import assert from 'node:assert/strict';
import { createSandbox, type Sandbox, until } from './sluice-process.js';

describe('sluice demo', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = createSandbox();
  });
  afterEach(() => sandbox.remove());

  it('leaves nothing after Ctrl-C in the middle', async () => {
    const demo = sandbox.start('demo');
    await until('a rollout', () => /1\.1\.0 integration: \d+ %/.test(demo.stdout()), 60_000);
    assert.ok(sandbox.leftovers().length >= 5, 'the test sees the processes');
    demo.child.kill('SIGINT');
    const { code } = await demo.ended;
    assert.equal(code, 2);
    await sandbox.assertNothingLeft(2000);
  });
});
