/** `sluice up --github-standin`: a GitHub beside the stack, whose webhooks arrive and whose App is ours. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackInfo } from '../../src/embedded/stack-file.js';
import { askWith } from '../support/judged-github.js';
import { createSandbox, until } from './sluice-process.js';

describe('sluice up --github-standin', function () {
  this.timeout(120_000);

  it('tells the API what happens, and ends with the rest', async () => {
    const sandbox = createSandbox();
    const dataDir = join(sandbox.folder, 'data');
    const config = 'examples/checkout/sluice.demo.yaml';
    const running = sandbox.start(
      'up',
      '--github-standin',
      '--data-dir',
      dataDir,
      '--config',
      config,
    );
    try {
      const upOrOver = () => running.stdout().includes('Ctrl-C') || running.child.exitCode !== null;
      await until('it is up', upOrOver, 60_000);
      assert.match(running.stdout(), /GitHub +http:.*stand-in/, running.stderr());
      const { githubUrl = '' } = JSON.parse(
        readFileSync(join(dataDir, 'stack.json'), 'utf8'),
      ) as StackInfo;
      const token = readFileSync(join(dataDir, 'github-standin', 'user.token'), 'utf8').trim();
      const ask = askWith(githubUrl, token);
      const made = await ask('POST', '/repos/acme/checkout/issues', { title: 'hello' });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const page = async () => (await fetch(githubUrl)).text();
      await until('the webhook is taken', async () => (await page()).includes('202 OK'), 20_000);
    } finally {
      running.child.kill('SIGINT');
      await running.ended;
    }
    await sandbox.assertNothingLeft(2000);
    sandbox.remove();
  });
});
