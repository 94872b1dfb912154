/** `sluice branch …` from the command line through the API to the code host and back. */
import assert from 'node:assert/strict';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { runSluice } from '../support/cli-under-test.js';
import { type BranchesUnderTest, startBranches } from '../support/stale-branches.js';

describe('commands about branches', function () {
  this.timeout(60_000);
  let world: BranchesUnderTest;
  let api: ApiUnderTest;

  before(async () => {
    world = await startBranches();
    api = await serveApi(world.engine.client);
  });
  after(async () => {
    await api?.stop();
    await world?.stop();
  });

  const sluice = (...argv: string[]) =>
    runSluice(['branch', ...argv], undefined, {
      fetch,
      env: { SLUICE_API_URL: api.url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
    });
  const why = ['--reason', 'because'];

  it('list, explain, keep, archive and restore', async () => {
    const { control } = world.github;
    const repository = await world.repository({});
    const path = `${repository.owner}/${repository.name}`;
    const name = 'fix/a#b%c';
    const tips = await world.oldBranches(repository, [{ name, daysAgo: 40 }]);
    await world.sweep(repository);
    const branch = world.branch(repository, name);
    await branch.inGrace();

    const told = await sluice('why', path, name);
    assert.match(told.out, /^fix\/a#b%c: grace\n/);
    assert.match(told.out, /plan .* move .* and delete the branch, in one call/);
    let listed = await sluice('list', path);
    for (let look = 0; look < 50 && !listed.out.includes(name); look++)
      listed = await sluice('list', path);
    assert.match(listed.out, /fix\/a#b%c +Holding/);

    const kept = await sluice('keep', path, name, '--for', '90d', ...why);
    assert.match(kept.out, /^keep fix\/a#b%c: it stays until /);
    await branch.is(({ stage }) => stage === 'watched');
    const archived = await sluice('archive', path, name, ...why);
    assert.match(archived.out, /it is archived now/);
    const end = await branch.result();
    assert.equal(end.reason, 'ci: because');
    assert.match((await sluice('list', path, '--archived')).out, /fix\/a#b%c +[0-9a-f]{12} /);

    const planned = await sluice('restore', path, name, '--dry-run', ...why);
    assert.match(planned.out, /would be at [0-9a-f]{40} again/);
    assert.equal(control.readRef(repository, `refs/heads/${name}`), null);
    const restored = await sluice(
      'restore',
      path,
      name,
      '--sha',
      end.sha?.slice(0, 8) ?? '',
      ...why,
    );
    assert.equal(restored.err, '');
    assert.equal(control.readRef(repository, `refs/heads/${name}`), tips.get(name));
    const again = await sluice('restore', path, name, ...why);
    assert.match(again.err, /error NotFound: there is no such archived branch/);
    assert.match((await sluice('list', path, '--archived')).out, /nothing is archived/);
  });

  it('keep and archive a branch that no sweep has begun with', async () => {
    const repository = await world.repository({});
    const path = `${repository.owner}/${repository.name}`;
    await world.oldBranches(repository, [{ name: 'young', daysAgo: 2 }]);
    assert.match((await sluice('cancel', path, 'young', ...why)).err, /error NotFound/);
    await sluice('keep', path, 'young', ...why);
    const branch = world.branch(repository, 'young');
    const view = await branch.is(({ reason }) => reason.includes('keeps it'));
    assert.equal(view.stage, 'watched');
    await sluice('archive', path, 'young', ...why);
    assert.equal((await branch.result()).outcome, 'archived');
    const refused = await sluice('archive', path, 'main', ...why);
    assert.match(refused.out, /archived now/);
    const main = world.branch(repository, 'main');
    assert.match((await main.result()).reason, /default branch/);
    assert.notEqual(world.github.control.readRef(repository, 'refs/heads/main'), null);
  });

  it('are taken through as many histories as a kept branch fills', async function () {
    if (!process.env.SLUICE_TEST_FULL) this.skip();
    this.timeout(600_000);
    const repository = await world.repository({});
    const path = `${repository.owner}/${repository.name}`;
    await world.oldBranches(repository, [{ name: 'kept', daysAgo: 40 }]);
    await sluice('keep', path, 'kept', ...why);
    const branch = world.branch(repository, 'kept');
    await branch.is(({ reason }) => reason.includes('keeps it'));
    const { runId } = await branch.handle.describe();
    for (let look = 0; ; look++) {
      const { runId: now, historyLength } = await branch.handle.describe();
      if (now !== runId) break;
      assert.ok(historyLength < 3_000, 'it never begins anew');
      await branch.hear({ kind: 'protection', action: 'edited', source: 'classic', name: 'x' });
    }
    const view = await branch.is(({ reason }) => reason.includes('keeps it'));
    assert.equal(view.stage, 'watched');
  });

  it('refuse names that are none, and tokens that may only read', async () => {
    assert.match((await sluice('list', 'shop')).err, /"shop" is not a repository/);
    const place = '/v1/repositories/acme/shop/branches/x/restore';
    const body = { reason: 'x' };
    const answer = await api.call('POST', place, { token: secrets.read, body });
    assert.equal(answer.status, 403);
    assert.equal((await api.call('POST', place, { body: {} })).status, 400);
  });
});
