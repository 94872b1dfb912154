/** The demo as a stranger runs it: one JSON object, the story as told, and nothing left behind. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { DemoResult } from '../../src/cli/demo/report.js';
import { createSandbox, type Sandbox, until } from './sluice-process.js';

describe('sluice demo', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = createSandbox();
  });
  afterEach(() => sandbox.remove());

  it('tells the four releases in one JSON object and leaves nothing', async () => {
    const { code, stdout, stderr } = await sandbox.start('demo', '--json').ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\{.*\}\n$/, 'one line, and nothing else on stdout');
    const result = JSON.parse(stdout) as DemoResult;
    assert.equal(result.ok, true);
    assert.ok(result.elapsedS > 5 && result.elapsedS < 150, `${result.elapsedS} s`);
    assert.deepEqual(Object.keys(result), ['ok', 'elapsedS', 'releases']);
    const facts = result.releases.map((release) => [
      release.version,
      release.outcome,
      release.environment,
      release.strategy,
    ]);
    assert.deepEqual(facts, [
      ['1.0.0', 'promoted', 'production', 'canary'],
      ['1.1.0', 'promoted', 'production', 'canary'],
      ['1.2.0', 'rolledBack', 'production', 'canary'],
      ['1.3.0', 'rolledBack', 'production', 'blueGreen'],
    ]);
    const [first, healthy, failing, slow] = result.releases;
    assert.ok(first && healthy && failing && slow);
    for (const promoted of [first, healthy]) {
      assert.equal(promoted.exposureS, null);
      assert.equal(promoted.failedRequests, 0);
    }
    assert.ok(healthy.requests > 500, `${healthy.requests} requests`);
    assert.ok((failing.exposureS ?? 99) < 10, `exposed for ${failing.exposureS} s`);
    assert.ok(failing.failedRequests > 0 && failing.failedRequests < failing.requests / 4);
    assert.match(failing.reason, /requests failed/);
    assert.ok((slow.exposureS ?? 99) < 10, `exposed for ${slow.exposureS} s`);
    assert.equal(slow.failedRequests, 0);
    assert.match(slow.reason, /longer than 1000 ms/);
    await sandbox.assertNothingLeft(2000);
    assert.deepEqual(
      readdirSync(sandbox.folder).filter((name) => name.startsWith('sluice-')),
      [],
    );
  });

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
