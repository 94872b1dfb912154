/** The packed package in an empty folder: the demo, a first sluice.yaml, a stack of its own and a plan, as from the clone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerSchemas } from '../../src/cli/answer-schemas.js';
import type { DemoResult } from '../../src/cli/demo/report.js';
import type { Finding } from '../../src/domain/repository/finding.js';
import { type InstalledPackage, installPackage } from './installed-package.js';
import { createSandbox, type Sandbox, until } from './sluice-process.js';

describe('installed package', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  let installed: InstalledPackage;
  before(() => {
    sandbox = createSandbox();
    installed = installPackage(sandbox.folder);
  });
  after(() => sandbox.remove());

  const sluice = (...args: string[]) => sandbox.startIn(sandbox.folder, installed.program, ...args);

  it('holds what runs, compiled, and nothing of how it is made', () => {
    const { files } = installed;
    const needed = [
      'bin/sluice.mjs',
      'dist/cli/main.js',
      'dist/workers/prebuilt-workflows.js',
      'dist/workers/prebuilt-encoding-workflows.js',
      'examples/checkout/sluice.demo.yaml',
      'schemas/sluice.schema.json',
      'scripts/setup/temporal-cli.mjs',
      'LICENSE',
    ];
    for (const path of needed) assert.ok(files.includes(path), path);
    const unwanted = files.filter((path) => /^(src|test)\/|\.ts$|\.map$/.test(path));
    assert.deepEqual(unwanted, []);
    const linked = readFileSync(installed.program, 'utf8');
    assert.match(linked, /^#!\/usr\/bin\/env node\n/);
  });

  it('tells the four releases in one JSON object and leaves nothing', async () => {
    const { code, stdout, stderr } = await sluice('demo', '--json').ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\{.*\}\n$/, 'one line, and nothing else on stdout');
    const result: DemoResult = answerSchemas.demo.parse(JSON.parse(stdout));
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
    assert.match(stderr, /npx sluice demo --keep/);
    await sandbox.assertNothingLeft(2000);
    const left = readdirSync(sandbox.folder).filter((name) => name.startsWith('sluice-'));
    assert.deepEqual(left, []);
  });

  it('goes from nothing to a plan: init, validate, up, plan', async () => {
    writeFileSync(join(sandbox.folder, 'package.json'), '{"name":"shop"}');
    const begun = await sluice('init', '--yes', '--force').ended;
    assert.equal(begun.code, 0, begun.stderr);
    const written = readFileSync(join(sandbox.folder, 'sluice.yaml'), 'utf8');
    assert.match(written, /\$schema=node_modules\/sluice\/schemas\/sluice\.schema\.json\n/);
    assert.equal((await sluice('validate').ended).code, 0);
    const up = sluice('up');
    const upOrOver = () => up.stdout().includes('Ctrl-C') || up.child.exitCode !== null;
    await until('it is up', upOrOver, 60_000);
    assert.match(up.stdout(), /npx sluice plan shop@1\.0\.0/, up.stderr());
    const { code, stdout, stderr } = await sluice('plan', 'shop').ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1\. staging[^]*2\. production[^]*1 approval/);
    const doctor = await sluice('doctor', '--json').ended;
    const { findings } = JSON.parse(doctor.stdout) as { findings: readonly Finding[] };
    assert.deepEqual(
      findings.filter(({ state }) => state === 'fault'),
      [],
    );
    for (const subject of ['api readiness', 'token', 'search attributes', 'workers of workflows']) {
      assert.equal(findings.find((each) => each.subject === subject)?.state, 'ok', subject);
    }
    assert.ok(findings.length >= 25, `${findings.length} findings`);
    up.child.kill('SIGINT');
    assert.equal((await up.ended).code, 0);
    await sandbox.assertNothingLeft(2000);
  });
});
