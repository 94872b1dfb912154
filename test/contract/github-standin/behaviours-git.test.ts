/** Behaviours: pushes over git's own HTTP: all or none, refused by rules, leased, lost on the way. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGit } from '../../../src/github-standin/git/run-git.js';
import { behaviourTests, type StandinHost } from './behave.js';

describe('the stand-in takes pushes as GitHub does', function () {
  this.timeout(60_000);
  const { here } = behaviourTests();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'standin-push-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A clone with one commit more than `main`; pushes what it is told. */
  async function cloneOf({ url, owner, name, fresh }: StandinHost, token = 'token-of-acme') {
    const remote = `${url.replace('http://', `http://x:${token}@`)}/${owner}/${name}.git`;
    await runGit(folder, ['clone', '-q', remote, '.']);
    const old = (await runGit(folder, ['rev-parse', 'HEAD'])).stdout.trim();
    await runGit(folder, ['commit', '-q', '--allow-empty', '-m', fresh('commit')]);
    const sha = (await runGit(folder, ['rev-parse', 'HEAD'])).stdout.trim();
    const push = (...what: string[]) => runGit(folder, ['push', remote, ...what]);
    return { old, sha, push };
  }

  here('push.atomic', async (host) => {
    const { control, repository, fresh } = host;
    const { sha, old, push } = await cloneOf(host);
    const [one, two] = [fresh('refs/heads/one'), fresh('refs/heads/two')];
    await control.setRef(repository, two, old);
    const lease = `--force-with-lease=${two}:${'1'.repeat(40)}`;
    const refused = await push('--atomic', lease, `${sha}:${one}`, `${sha}:${two}`);
    assert.notEqual(refused.code, 0);
    assert.deepEqual(
      [control.readRef(repository, one), control.readRef(repository, two)],
      [null, old],
    );
    const taken = await push('--atomic', `${sha}:${one}`, `${sha}:${two}`);
    assert.equal(taken.code, 0, taken.stderr);
    assert.equal(control.readRef(repository, two), sha);
  });

  here('push.namespace', async (host) => {
    const { control, repository } = host;
    const { sha, old, push } = await cloneOf(host);
    assert.equal((await push(`${sha}:refs/sync/issues`)).code, 0);
    assert.equal((await push('--force', `${old}:refs/sync/issues`)).code, 0);
    assert.equal(control.readRef(repository, 'refs/sync/issues'), old);
  });

  here('push.protected', async (host) => {
    const { control, repository, fresh } = host;
    const { sha, old, push } = await cloneOf(host);
    const [branch, other] = [fresh('guarded'), fresh('refs/heads/free')];
    await control.setRef(repository, `refs/heads/${branch}`, old);
    const checks = { strict: false, checks: [{ context: 'ci', app_id: null }] };
    control.protect(repository, branch, { enforceAdmins: true, checks });
    const said = await push('--atomic', `${sha}:refs/heads/${branch}`, `${sha}:${other}`);
    assert.match(said.stderr, /GH006: Protected branch update failed for refs\/heads\/guarded/);
    assert.match(said.stderr, /\[remote rejected\]/);
    assert.equal(control.readRef(repository, `refs/heads/${branch}`), old);
    assert.equal(control.readRef(repository, other), null);
  });

  here('push.permission', async (host) => {
    const { control, repository } = host;
    const { sha, push } = await cloneOf(host);
    const scene = control.scene(repository, 'reader');
    const permissions = { contents: 'read' } as const;
    const actor = { ...scene.actor, permissions, token: 'reader' };
    control.world.tokens.set('reader', { actor, expiresAtMs: null });
    const remote = `${host.url.replace('http://', 'http://x:reader@')}/acme/shop.git`;
    const said = await runGit(folder, ['push', remote, `${sha}:refs/heads/not-mine`]);
    assert.match(said.stderr, /403/);
    assert.equal((await push(`${sha}:refs/heads/mine`)).code, 0);
  });

  here('push.lostAnswer', async (host) => {
    const { control, repository, fresh } = host;
    const { sha, push } = await cloneOf(host);
    for (const kind of ['hangUp', 'errorAfterEffect'] as const) {
      const ref = fresh('refs/heads/lost');
      control.fault({ operation: 'git/push', kind });
      control.clearLog();
      assert.notEqual((await push(`${sha}:${ref}`)).code, 0, kind);
      assert.equal(control.readRef(repository, ref), sha, kind);
      // Git's HTTP library sends again what was cut off on a connection that it had used before.
      assert.ok(control.writes().every(({ operation }) => operation === 'git/push'));
    }
    const ref = fresh('refs/heads/not-done');
    control.fault({ operation: 'git/push', kind: 'errorBeforeEffect' });
    assert.notEqual((await push(`${sha}:${ref}`)).code, 0);
    assert.equal(control.readRef(repository, ref), null);
  });
});
