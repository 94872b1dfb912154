/** Merging on a real Temporal server and the stand-in GitHub: what is merged, what is not and why, what stops it. */
import assert from 'node:assert/strict';
import { updateNames } from '../../src/domain/wire-names.js';
import { type MergingUnderTest, startMerging } from '../support/merging.js';
import { refusal, until } from '../support/operator.js';

const by = { actor: 'ann', reason: 'compared by hand' };

describe('merging', function () {
  this.timeout(180_000);
  let scene: MergingUnderTest;
  before(async () => {
    scene = await startMerging();
  });
  afterEach(() => scene.control.clearFaults());
  after(() => scene.stop());

  const isThere = (repository: { owner: string; name: string }, branch: string) =>
    scene.control.readRef(repository, `refs/heads/${branch}`) !== null;

  it('squashes what is ready, deletes its branch, leaves the rest, and says why', async () => {
    const repository = await scene.repository({});
    const ready = await scene.pull(repository, { 'a.txt': 'a\n' });
    const skipped = await scene.pull(repository, { 'b.txt': 'b\n' }, 'skipped');
    const running = await scene.pull(repository, { 'c.txt': 'c\n' }, null);
    await scene.pull(repository, { 'd.txt': 'd\n' }, 'success', []);
    const { wake, is } = scene.place(repository);
    await wake();
    const view = await is(({ pulls, wait }) => pulls.length === 2 && wait !== null);
    assert.deepEqual(await scene.subjects(repository), [
      `feat: ${ready.branch} (#${ready.number})`,
    ]);
    assert.ok(!isThere(repository, ready.branch));
    const why = new Map(view.pulls.map((pull) => [pull.number, `${pull.kind} ${pull.why}`]));
    assert.match(why.get(skipped.number) ?? '', /^blocked .*build ended as skipped/);
    assert.match(why.get(running.number) ?? '', /^waits .*build is running/);
    await scene.control.setCheck(repository, {
      ...{ sha: running.head, name: 'build', conclusion: 'success' },
    });
    await wake();
    await is(({ pulls }) => pulls.length === 1);
    assert.equal((await scene.subjects(repository)).length, 2);
  });

  it('waits for what only a ruleset requires', async () => {
    const repository = await scene.repository({});
    const required_status_checks = [{ context: 'audit' }];
    const parameters = { strict_required_status_checks_policy: false, required_status_checks };
    scene.control.addRuleset(repository, {
      ...{ name: 'audits', rules: [{ type: 'required_status_checks', parameters }] },
    });
    const { head, number } = await scene.pull(repository, { 'a.txt': 'a\n' });
    const { wake, is, result } = scene.place(repository);
    const audited = (conclusion: string) =>
      scene.control.setCheck(repository, { sha: head, name: 'audit', conclusion });
    const waits = (why: RegExp) =>
      is(({ pulls }) => pulls.some((pull) => pull.number === number && why.test(pull.why)));
    await wake();
    await waits(/audit/);
    await audited('skipped');
    await wake();
    await waits(/audit ended as skipped/);
    assert.deepEqual(await scene.subjects(repository), []);
    await audited('success');
    await wake();
    assert.equal((await result()).merged, 1);
  });

  it('ends when nobody waits, and says the same in a dry run with no write', async () => {
    const repository = await scene.repository({});
    const { number } = await scene.pull(repository, { 'a.txt': 'a\n' });
    scene.control.clearLog();
    const { dryRun, wake, result } = scene.place(repository);
    const { steps } = await dryRun();
    assert.equal(steps.length, 1);
    assert.match(steps[0] ?? '', new RegExp(`^squash #${number} at `));
    assert.deepEqual(scene.effects(), []);
    await wake();
    assert.deepEqual(await result(), { steps: [], merged: 1 });
  });

  it('leaves a branch that something goes into, and one that was pushed to after the merge', async () => {
    const repository = await scene.repository({});
    const below = await scene.pull(repository, { 'a.txt': 'a\n' });
    const files = { 'b.txt': 'b\n' };
    await scene.control.commit(repository, { branch: 'above', files, from: below.branch });
    await scene.control.createPull(repository, {
      ...{ title: 'above', head: 'above', base: below.branch, as: 'bob' },
    });
    const { wake, result, view } = scene.place(repository);
    await wake();
    await result();
    assert.ok(isThere(repository, below.branch));
    assert.match(JSON.stringify((await view()).story), /goes into it/);
  });

  it('merges once when the answer is lost after the merge, or git has it and the host does not know', async () => {
    for (const kind of ['errorAfterEffect', 'hangUp', 'gitOnly'] as const) {
      const repository = await scene.repository({});
      const { number, branch } = await scene.pull(repository, { 'a.txt': 'a\n' });
      scene.control.fault({ operation: 'pulls/merge', kind, status: 500 });
      const { wake, is, view } = scene.place(repository);
      await wake();
      await is(({ story }) => story.some(({ text }) => text === `merge #${number}`));
      if (kind === 'gitOnly') {
        const seen = await is(({ pulls }) => /still shows it open/.test(pulls[0]?.why ?? ''));
        assert.equal(seen.pulls[0]?.kind, 'waits');
      } else await is(({ pulls, story }) => pulls.length === 0 && story.length > 0);
      assert.deepEqual(await scene.subjects(repository), [`feat: ${branch} (#${number})`], kind);
      assert.equal((await view()).freeze, null);
    }
  });

  it('stops at a wrong tree, tells so once, and goes on by a person alone', async () => {
    const repository = await scene.repository({});
    const wrong = await scene.pull(repository, { 'a.txt': 'a\n' });
    await scene.pull(repository, { 'b.txt': 'b\n' });
    scene.control.fault({ operation: 'pulls/merge', kind: 'wrongTree' });
    const { wake, is, handle, id, result } = scene.place(repository);
    await wake();
    const { freeze, phase } = await is((view) => view.freeze?.issue != null);
    assert.equal(phase, 'NeedsHelp');
    assert.match(freeze?.reason ?? '', new RegExp(`#${wrong.number} was merged wrongly`));
    await wake();
    await is(({ wait }) => wait !== null);
    assert.equal((await scene.subjects(repository)).length, 1);
    const { typedSearchAttributes } = await handle.describe();
    const attributes = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
    assert.match(JSON.stringify(attributes), /NeedsAttention.*merged wrongly/);
    const issue = scene.control.item(repository, freeze?.issue ?? 0);
    assert.match(issue.title, /Merging into main is stopped/);
    await assert.rejects(handle.executeUpdate(updateNames.pause, { args: [by] }));
    await handle.executeUpdate(updateNames.resume, { args: [by] });
    assert.equal((await result()).merged, 2);
    assert.equal(issue.state, 'closed');
    assert.ok(id.startsWith('merge-queue:'));
  });

  it('goes on over a base that somebody pushed to in between', async () => {
    const repository = await scene.repository({});
    const first = await scene.pull(repository, { 'a.txt': 'a\n' });
    const second = await scene.pull(repository, { 'b.txt': 'b\n' });
    const { wake, result } = scene.place(repository);
    await wake();
    await scene.control.commit(repository, { branch: 'main', files: { 'c.txt': 'c\n' } });
    assert.equal((await result()).merged, 2);
    assert.equal(await scene.fileAt(repository, 'c.txt'), 'c\n');
    for (const { branch } of [first, second]) assert.ok(!isThere(repository, branch));
  });

  it('holds while a person says so', async () => {
    const repository = await scene.repository({});
    await scene.pull(repository, { 'a.txt': 'a\n' }, null);
    const { wake, is, handle } = scene.place(repository);
    await wake();
    await is(({ wait }) => wait !== null);
    assert.match(
      await refusal(handle.executeUpdate(updateNames.resume, { args: [by] })),
      /not stopped/,
    );
    await handle.executeUpdate(updateNames.pause, { args: [by] });
    const { pulls } = await is(({ freeze }) => freeze !== null);
    const sha = pulls[0]?.headSha ?? '';
    await scene.control.setCheck(repository, { sha, name: 'build', conclusion: 'success' });
    await wake();
    await is(({ pulls: [pull], wait }) => pull?.kind === 'ready' && wait !== null);
    assert.deepEqual(await scene.subjects(repository), []);
    await handle.executeUpdate(updateNames.resume, { args: [by] });
    await is(({ pulls: left }) => left.length === 0);
  });

  it('brings the base into one head at a time where protection wants it there', async () => {
    const repository = await scene.repository({});
    const checks = { strict: true, checks: [{ context: 'build', app_id: null }] };
    scene.control.protect(repository, 'main', { checks });
    const pulls = [
      await scene.pull(repository, { 'a.txt': 'a\n' }),
      await scene.pull(repository, { 'b.txt': 'b\n' }),
    ];
    await scene.control.commit(repository, { branch: 'main', files: { 'z.txt': 'z\n' } });
    const { wake, is, result } = scene.place(repository);
    await wake();
    for (const { number, head } of pulls) {
      const { pulls: seen } = await is((view) => {
        const mine = view.pulls.find((each) => each.number === number);
        return mine !== undefined && mine.headSha !== head && view.wait !== null;
      });
      const others = seen.filter((each) => each.number > number);
      for (const other of others)
        assert.match(`${other.kind} ${other.why}`, /^behind .*newest commit/);
      const sha = seen.find((each) => each.number === number)?.headSha ?? '';
      await scene.control.setCheck(repository, { sha, name: 'build', conclusion: 'success' });
      await wake();
    }
    assert.equal((await result()).merged, 2);
  });

  it('waits for nothing in silence for longer than the policy allows, and says so once', async () => {
    const repository = await scene.repository({ maxWait: '2s' });
    const { number } = await scene.pull(repository, { 'a.txt': 'a\n' }, 'skipped');
    const { wake, is, handle } = scene.place(repository);
    await wake();
    const comments = () => scene.github.codeHost.items.listComments(repository, number);
    await until('somebody is told', comments, (all) => all.length > 0);
    await wake();
    await is(({ wait }) => wait !== null);
    const [told, ...more] = await comments();
    assert.match(told?.body ?? '', /^@ann not merged: build ended as skipped/);
    assert.deepEqual(more, []);
    await handle.cancel();
  });
});

describe('merging with nothing kept in memory', function () {
  this.timeout(180_000);
  it('replays to the same at every step', async () => {
    const scene = await startMerging({ maxCachedWorkflows: 0 });
    try {
      scene.ci.onTrial = async (repository) => scene.place(repository).wake();
      const repository = await scene.repository({ queue: { owner: 'ann', batch: 2 } });
      await scene.pull(repository, { 'a.txt': 'a\n' });
      await scene.pull(repository, { 'b.txt': 'b\n' });
      const { wake, result } = scene.place(repository);
      await wake();
      assert.equal((await result()).merged, 2);
    } finally {
      await scene.stop();
    }
  });
});
