/** `sluice up`: its state survives a restart, two do not share a data directory, and a kill leaves nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseView } from '../../src/domain/release/view.js';
import type { StackInfo } from '../../src/embedded/stack-file.js';
import { createSandbox, type Running, type Sandbox, until } from './sluice-process.js';

const artifact = readFileSync('examples/checkout/artifacts/checkout-1.0.0.json');
const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;

describe('sluice up', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let dataDir: string;
  let running: Running;

  const info = () => JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as StackInfo;
  const secret = (file: string) => readFileSync(file, 'utf8').trim();

  async function up(...flags: readonly string[]): Promise<void> {
    const config = 'examples/checkout/sluice.demo.yaml';
    running = sandbox.start('up', '--data-dir', dataDir, '--config', config, ...flags);
    const upOrOver = () => running.stdout().includes('Ctrl-C') || running.child.exitCode !== null;
    await until('it is up', upOrOver, 60_000);
    assert.equal(running.child.exitCode, null, running.stderr());
  }

  async function down(signal: NodeJS.Signals): Promise<void> {
    running.child.kill(signal);
    assert.equal((await running.ended).code, 0);
    await sandbox.assertNothingLeft(2000);
  }

  async function ask(path: string, body?: unknown): Promise<unknown> {
    const { apiUrl, tokenFile } = info();
    const response = await fetch(`${apiUrl}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${secret(tokenFile)}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${path} answered ${response.status}`);
    return await response.json();
  }

  const release = async () => (await ask('/v1/releases/checkout/1.0.0')) as ReleaseView;

  function askPlayground(path: string): Promise<Response> {
    const authorization = `Bearer ${secret(join(dataDir, 'playground.token'))}`;
    return fetch(`${info().playgroundUrl}${path}`, { headers: { authorization } });
  }

  async function usersAreServed(): Promise<boolean> {
    const answer = await askPlayground('/v1/targets');
    const { targets } = (await answer.json()) as { targets: { url: string | null }[] };
    const url = targets[0]?.url;
    if (!url) return false;
    const served = await fetch(url);
    return served.ok && served.headers.get('x-sluice-revision')?.startsWith('1.0.0-') === true;
  }

  before(() => {
    sandbox = createSandbox();
    dataDir = join(sandbox.folder, 'data');
  });
  after(() => {
    running?.child.kill('SIGKILL');
    sandbox.remove();
  });

  /** As the proxy counted them, at all targets. */
  async function requestsServed(): Promise<number> {
    const text = await (await askPlayground('/metrics')).text();
    const counts = [...text.matchAll(/^sluice_playground_requests_total\{.*\} (\d+)/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('keeps secrets to the user of the machine', async () => {
    await up('--traffic', '50');
    assert.match(running.stdout(), /Traffic +50 requests a second to every target/);
    const files = [
      'stack.json',
      'user.token',
      'approver.token',
      'playground.token',
      'tokens.json',
      'approval.key',
    ];
    for (const file of files) assert.equal(statSync(join(dataDir, file)).mode & 0o077, 0, file);
    const stored = readFileSync(join(dataDir, 'tokens.json'), 'utf8');
    assert.ok(!stored.includes(secret(info().tokenFile)), 'only hashes are stored');
  });

  it('takes a release and serves its users', async () => {
    await ask('/v1/releases', { service: 'checkout', version: '1.0.0', digest });
    await until('users are served', usersAreServed, 30_000);
    await until(
      'production waits',
      async () => (await release()).phase === 'AwaitingApproval',
      30_000,
    );
    await until('traffic is sent', async () => (await requestsServed()) >= 100, 20_000);
  });

  it('refuses a second stack in the same data directory and leaves the first alone', async () => {
    const { code, stderr } = await sandbox.start('up', '--data-dir', dataDir).ended;
    assert.equal(code, 1);
    assert.match(stderr, /a stack is already running in this data directory/);
    assert.match(stderr, new RegExp(`process ${running.child.pid}`));
    assert.equal(await usersAreServed(), true);
  });

  it('starts a part again that dies, at the same address', async () => {
    const { pids } = info();
    process.kill(pids.api as number, 'SIGKILL');
    await until('the API is back', () => running.stdout().includes('api is back'), 30_000);
    assert.equal((await release()).phase, 'AwaitingApproval');
  });

  it('has its state again after a restart, out of a backup in another folder', async () => {
    const kept = join(sandbox.folder, 'kept.tgz');
    const early = await sandbox.start('backup', kept, '--data-dir', dataDir).ended;
    assert.match(early.stderr, /a stack is already running in this data directory/);
    await down('SIGTERM');
    const backup = await sandbox.start('backup', kept, '--data-dir', dataDir).ended;
    assert.equal(backup.code, 0, backup.stderr);
    dataDir = join(sandbox.folder, 'brought-back');
    const flags = ['--data-dir', dataDir, '--reason', 'moved'];
    const restore = await sandbox.start('restore', kept, ...flags).ended;
    assert.equal(restore.code, 0, restore.stderr);
    assert.match(restore.stdout, /ledger +\d+ rows, sound/);
    await up();
    const found = await release();
    assert.deepEqual(
      found.stages.map(({ phase }) => phase),
      ['Promoted', 'Promoted', 'AwaitingApproval'],
    );
    await until('users are served', usersAreServed, 20_000);
  });

  it('goes on where it was after kill -9, which leaves nothing within 10 s', async () => {
    assert.ok(sandbox.leftovers().length >= 6, 'the test sees the processes');
    running.child.kill('SIGKILL');
    await running.ended;
    await sandbox.assertNothingLeft(10_000);
    await up();
    assert.equal((await release()).phase, 'AwaitingApproval');
    await until('users are served', usersAreServed, 20_000);
    await down('SIGINT');
  });
});
