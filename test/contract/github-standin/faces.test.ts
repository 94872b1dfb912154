/** The stand-in beside its API: clone and push, the page for people, the control from another process. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type GithubStandin, startGithubStandin } from '../../../src/github-standin/standin.js';
import { askWith } from '../../support/judged-github.js';

const run = promisify(execFile);
const shop = { owner: 'acme', name: 'shop' };
const startMs = Date.UTC(2026, 0, 1);

describe('the stand-in beside its API', () => {
  let github: GithubStandin;
  let folder: string;
  let token: string;

  const git = (...args: string[]) =>
    run('git', ['-C', folder, '-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args]);

  before(async () => {
    github = await startGithubStandin({ startMs });
    folder = await mkdtemp(join(tmpdir(), 'faces-'));
    token = github.control.createToken('ada');
    await github.control.createRepository({ ...shop, files: { 'README.md': '# shop\n' } });
    const remote = github.url.replace('http://', `http://ada:${token}@`);
    await run('git', ['clone', '--quiet', `${remote}/acme/shop.git`, folder]);
  });
  after(async () => {
    await github.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes a push, and what follows from one', async () => {
    await git('checkout', '-q', '-b', 'fix');
    await writeFile(join(folder, 'fix.txt'), 'fix\n');
    await git('add', '.');
    await git('commit', '-q', '-m', 'Fix it');
    await git('push', '-q', 'origin', 'fix');
    const sha = (await git('rev-parse', 'HEAD')).stdout.trim();
    assert.equal(github.control.readRef(shop, 'refs/heads/fix'), sha);
    const pull = await github.control.createPull(shop, { title: 'Fix', head: 'fix' });
    await git('commit', '-q', '--allow-empty', '-m', 'Again');
    await git('push', '-q', 'origin', 'fix');
    assert.equal(pull.pull?.headSha, (await git('rev-parse', 'HEAD')).stdout.trim());
    assert.equal(github.control.repository(shop).activities[0]?.type, 'push');
  });

  it('holds objects in which git finds no fault', async () => {
    const { folder: bare } = github.control.repository(shop).git;
    const { stdout, stderr } = await run('git', ['-C', bare, 'fsck', '--strict', '--no-dangling']);
    assert.equal((stdout + stderr).replaceAll(/notice:.*\n/g, '').trim(), '');
  });

  it('does not let a push past protection', async () => {
    const before = github.control.readRef(shop, 'refs/heads/main');
    github.control.protect(shop, 'main', {});
    await git('push', '-q', '--force', 'origin', 'HEAD~2:main').catch(() => undefined);
    await git('push', '-q', 'origin', ':main').catch(() => undefined);
    assert.equal(github.control.readRef(shop, 'refs/heads/main'), before);
  });

  it('shows people what it holds, and runs nothing that they wrote', async () => {
    const title = '<script>alert(1)</script> & "more"';
    const { number } = await github.control.createIssue(shop, { title, body: '<img src=x>' });
    for (const path of ['/', '/acme/shop', `/acme/shop/issues/${number}`, '/_standin/behaviours']) {
      const response = await fetch(github.url + path);
      const text = await response.text();
      assert.equal(response.status, 200, path);
      assert.match(response.headers.get('content-type') ?? '', /html/);
      assert.ok(!text.includes('<script') && !text.includes('<img'), path);
    }
    const text = await (await fetch(`${github.url}/acme/shop`)).text();
    assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; &quot;more&quot;/);
    assert.match(text, /refs\/pull|fix/);
  });

  it('is steered from another process', async () => {
    const steer = askWith(`${github.url}/_standin`, token);
    const day = 86_400_000;
    assert.equal((await steer('POST', '/clock', { advanceMs: day })).body.nowMs, startMs + day);
    await steer('POST', '/repositories', { owner: 'acme', name: 'other' });
    const commit = { owner: 'acme', name: 'other', branch: 'b', files: { a: 'a' } };
    const { sha } = (await steer('POST', '/commits', commit)).body;
    const ask = askWith(github.url, token);
    const { body } = await ask('GET', '/repos/acme/other/commits/b');
    assert.deepEqual([body.sha, body.commit.committer.date], [sha, '2026-01-02T00:00:00Z']);
    await steer('POST', '/faults', {
      operation: 'repos/get',
      kind: 'errorBeforeEffect',
      status: 503,
    });
    assert.equal((await ask('GET', '/repos/acme/other')).status, 503);
    assert.equal((await ask('GET', '/repos/acme/other')).status, 200);
    assert.equal((await steer('POST', '/faults', { operation: 7 })).status, 422);
    const { log } = (await steer('GET', '/log')).body;
    assert.equal(log.at(-1).operation, 'repos/get');
  });
});
