/** Behaviours: pull requests, merging, checks, rules. */
import assert from 'node:assert/strict';
import {
  behaviourTests,
  type Host,
  newBranch,
  newPull,
  settledPull,
  type StandinHost,
} from './behave.js';

const merge = (host: Host, number: number, body: object) =>
  host.ask('PUT', `${host.r}/pulls/${number}/merge`, body);

/** A pull request into a branch of its own, so that rules meet nobody else. */
async function guarded(host: StandinHost) {
  const into = host.fresh('into');
  await host.control.commit(host.repository, { branch: into, files: { [`${into}.txt`]: 'x' } });
  const head = host.fresh('head');
  const sha = await host.control.commit(host.repository, {
    branch: head,
    from: into,
    files: { [`${head}.txt`]: 'x' },
  });
  const { number } = await host.control.createPull(host.repository, {
    title: head,
    head,
    base: into,
  });
  return { into, head, sha, number };
}

const checks = (...names: string[]) => ({
  checks: { strict: false, checks: names.map((context) => ({ context, app_id: null })) },
});

describe('the stand-in merges as GitHub does', () => {
  const { both, here } = behaviourTests();

  both('pulls.mergeable', async (host) => {
    const { number } = await newPull(host);
    const { body } = await host.ask('GET', `${host.r}/pulls/${number}`);
    assert.deepEqual([body.mergeable, body.mergeable_state], [null, 'unknown']);
    assert.equal((await settledPull(host, number)).mergeable, true);
  });

  both('pulls.testMerge', async (host) => {
    const { number, sha } = await newPull(host);
    const before = await settledPull(host, number);
    const test = await host.ask('GET', `${host.r}/git/commits/${before.merge_commit_sha}`);
    assert.equal(test.body.parents.length, 2);
    assert.equal(test.body.parents[1].sha, sha);
    const merged = await merge(host, number, { merge_method: 'squash', sha });
    const { body: after } = await host.ask('GET', `${host.r}/pulls/${number}`);
    assert.equal(after.merge_commit_sha, merged.body.sha);
    assert.notEqual(after.merge_commit_sha, before.merge_commit_sha);
  });

  both('pulls.once', async (host) => {
    const { name, into } = await newPull(host);
    const again = await host.ask('POST', `${host.r}/pulls`, { title: 'x', head: name, base: into });
    assert.equal(again.status, 422);
    assert.match(again.body.errors[0].message, /A pull request already exists for/);
  });

  both('pulls.noCommits', async (host) => {
    const { name, base, into } = await newBranch(host);
    await host.ask('PATCH', `${host.r}/git/refs/heads/${name}`, { sha: base, force: true });
    const made = await host.ask('POST', `${host.r}/pulls`, { title: 'x', head: name, base: into });
    assert.equal(made.status, 422);
    assert.match(made.body.errors[0].message, /No commits between/);
  });

  both('pulls.headDeleted', async (host) => {
    const { name, number } = await newPull(host);
    await host.ask('DELETE', `${host.r}/git/refs/heads/${name}`);
    const { body } = await host.ask('GET', `${host.r}/pulls/${number}`);
    assert.deepEqual([body.state, body.merged], ['closed', false]);
  });

  both('merge.stale', async (host) => {
    const { number, base } = await newPull(host);
    const { status, body } = await merge(host, number, { sha: base });
    assert.equal(status, 409);
    assert.equal(body.message, 'Head branch was modified. Review and try the merge again.');
  });

  both('merge.draft', async (host) => {
    const { number, sha } = await newPull(host, { draft: true });
    const { status, body } = await merge(host, number, { sha });
    assert.deepEqual([status, body.message], [405, 'Pull Request is still a draft']);
  });

  both('merge.conflict', async (host) => {
    const path = `${host.fresh('same')}.txt`;
    const first = await newPull(host, {}, path);
    const second = await newPull(host, {}, path);
    assert.equal((await merge(host, first.number, { sha: first.sha })).status, 200);
    assert.equal((await settledPull(host, second.number)).mergeable, false);
    const { status, body } = await merge(host, second.number, { sha: second.sha });
    assert.deepEqual([status, body.message], [405, 'Pull Request is not mergeable']);
  });

  here('merge.method', async (host) => {
    const { number, sha } = await newPull(host);
    const { mergeMethods } = host.control.repository(host.repository);
    mergeMethods.merge = false;
    const { status, body } = await merge(host, number, { sha, merge_method: 'merge' });
    mergeMethods.merge = true;
    assert.equal(status, 405);
    assert.equal(body.message, 'Merge commits are not allowed on this repository.');
  });

  here('merge.unseen', async (host) => {
    const { number, sha, into } = await newPull(host);
    const before = host.control.readRef(host.repository, `refs/heads/${into}`);
    host.control.fault({ operation: 'pulls/merge', kind: 'gitOnly' });
    const { status } = await merge(host, number, { sha, merge_method: 'squash' });
    assert.equal(status, 500);
    assert.notEqual(host.control.readRef(host.repository, `refs/heads/${into}`), before);
    const { body } = await host.ask('GET', `${host.r}/pulls/${number}`);
    assert.deepEqual([body.state, body.merged], ['open', false]);
  });

  here('merge.wrongTree', async (host) => {
    const { number, sha, into } = await newPull(host);
    const before = host.control.readRef(host.repository, `refs/heads/${into}`) ?? '';
    const { git } = host.control.repository(host.repository);
    const right = await git.mergeTree(before, sha);
    host.control.fault({ operation: 'pulls/merge', kind: 'wrongTree' });
    const { status, body } = await merge(host, number, { sha, merge_method: 'squash' });
    assert.equal(status, 200);
    assert.notEqual((await git.commit(body.sha))?.tree, right);
    await host.control.setRef(host.repository, `refs/heads/${into}`, before);
  });

  here('calls.lostAnswer', async (host) => {
    host.control.fault({ operation: 'issues/create', kind: 'errorAfterEffect', status: 502 });
    const title = host.fresh('lost');
    assert.equal((await host.ask('POST', `${host.r}/issues`, { title })).status, 502);
    const { body } = await host.ask('GET', `${host.r}/issues`);
    assert.equal(body[0].title, title);
  });

  both('status.combined', async (host) => {
    const { sha } = await newBranch(host);
    const states = [];
    const report = async (context: string, state: string) => {
      await host.ask('POST', `${host.r}/statuses/${sha}`, { context, state });
      const { body } = await host.ask('GET', `${host.r}/commits/${sha}/status`);
      states.push(body.state);
    };
    const { body } = await host.ask('GET', `${host.r}/commits/${sha}/status`);
    states.push(body.state);
    await report('a', 'success');
    await report('b', 'pending');
    await report('c', 'error');
    await report('c', 'success');
    await report('b', 'success');
    assert.deepEqual(states, ['pending', 'success', 'pending', 'failure', 'pending', 'success']);
  });

  both('checks.apps', async (host) => {
    const { sha } = await newBranch(host);
    const body = { name: 'x', head_sha: sha };
    assert.equal((await host.ask('POST', `${host.r}/check-runs`, body)).status, 403);
  });

  here('checks.both', async (host) => {
    const { into, sha, number } = await guarded(host);
    host.control.protect(host.repository, into, checks('ci'));
    await host.control.setCheck(host.repository, { sha, name: 'ci', conclusion: 'success' });
    await host.control.setStatus(host.repository, { sha, context: 'ci', state: 'pending' });
    const blocked = await merge(host, number, { sha });
    assert.deepEqual(
      [blocked.status, blocked.body.message],
      [405, 'Required status check "ci" is pending.'],
    );
    await host.control.setStatus(host.repository, { sha, context: 'ci', state: 'success' });
    assert.equal((await merge(host, number, { sha })).status, 200);
  });

  here('checks.newest', async (host) => {
    const { into, sha, head, number } = await guarded(host);
    host.control.protect(host.repository, into, checks('ci'));
    await host.control.setCheck(host.repository, { sha, name: 'ci', conclusion: 'success' });
    const next = await host.control.commit(host.repository, { branch: head, files: { z: 'z' } });
    const { status, body } = await merge(host, number, { sha: next });
    assert.deepEqual([status, body.message], [405, 'Required status check "ci" is expected.']);
  });

  here('checks.skipped', async (host) => {
    const { into, sha, number } = await guarded(host);
    host.control.protect(host.repository, into, checks('one', 'two', 'three'));
    await host.control.setCheck(host.repository, { sha, name: 'one', conclusion: 'skipped' });
    await host.control.setCheck(host.repository, { sha, name: 'two', conclusion: 'neutral' });
    await host.control.setCheck(host.repository, { sha, name: 'three', conclusion: 'cancelled' });
    assert.equal((await merge(host, number, { sha })).status, 405);
    await host.control.setCheck(host.repository, { sha, name: 'three', conclusion: 'skipped' });
    assert.equal((await merge(host, number, { sha })).status, 200);
  });

  here('rules.sources', async (host) => {
    const { into, sha, number } = await guarded(host);
    host.control.protect(host.repository, into, checks('classic'));
    host.control.addRuleset(host.repository, {
      name: into,
      conditions: { ref_name: { include: [`refs/heads/${into}`], exclude: [] } },
      rules: [
        {
          type: 'required_status_checks',
          parameters: {
            strict_required_status_checks_policy: false,
            required_status_checks: [{ context: 'ruled' }],
          },
        },
      ],
    });
    await host.control.setCheck(host.repository, { sha, name: 'classic', conclusion: 'success' });
    const blocked = await merge(host, number, { sha });
    assert.match(blocked.body.message, /"ruled" is expected/);
    await host.control.setCheck(host.repository, { sha, name: 'ruled', conclusion: 'success' });
    assert.equal((await merge(host, number, { sha })).status, 200);
    const rules = await host.ask('GET', `${host.r}/rules/branches/${into}`);
    assert.equal(rules.body[0].type, 'required_status_checks');
  });

  both('protection.none', async (host) => {
    const { name } = await newBranch(host);
    const { status, body } = await host.ask('GET', `${host.r}/branches/${name}/protection`);
    assert.deepEqual([status, body.message], [404, 'Branch not protected']);
  });
});
