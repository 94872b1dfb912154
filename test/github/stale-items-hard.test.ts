/** Stale items when results are lost, the branches of closed pull requests, and people at the command line. */
import assert from 'node:assert/strict';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { runSluice } from '../support/cli-under-test.js';
import { staleSweepId } from '../../src/workflows/repository/sweep-stale-items-messages.js';
import type { StaleSweepView } from '../../src/domain/stale-item/view.js';
import { queryNames, taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import { by, createOperator, until } from '../support/operator.js';
import { fastForward, justAfterMs } from '../support/virtual-time.js';
import { crashRuns, crashSeed, loseResults } from '../support/lost-results.js';
import { aDayMs, type ItemsUnderTest, startItems } from '../support/stale-items.js';

/** Marks it and lets its grace end. */
async function closeItem(world: ItemsUnderTest, repository: RepositoryKey, number: number) {
  const item = world.item(repository, number);
  await item.moveTo((await item.marked()) + justAfterMs);
  return await item.result();
}

describe('stale items whose every first result is lost', function () {
  this.timeout(300_000);
  const losing = loseResults({ seed: 1, share: 1 });
  let world: ItemsUnderTest;

  before(async () => {
    world = await startItems({ losing });
  });
  after(() => world?.stop());

  it('are marked, unmarked and closed once, with one comment each', async () => {
    const repository = await world.repository({
      closeLabel: 'closed-stale',
      deleteBranch: true,
      relabel: { removeWhenMarked: ['triage'], addWhenUnmarked: ['active'] },
    });
    const pull = await world.oldPull(repository, 'fix/a', 70);
    const [closing = 0] = await world.oldIssues(repository, [{ daysAgo: 69, labels: ['triage'] }]);
    const pass = await world.sweep(repository);
    assert.deepEqual(
      pass.plan.map(({ number }) => number),
      [pull, closing],
    );
    assert.match((await closeItem(world, repository, pull)).reason, /branch gone already/);
    assert.equal((await closeItem(world, repository, closing)).outcome, 'closed');
    for (const number of [pull, closing]) {
      const { comments, labels, state } = world.github.control.item(repository, number);
      assert.equal(comments.length, 2, JSON.stringify(comments.map(({ body }) => body)));
      assert.deepEqual(labels.toSorted(), ['Stale', 'closed-stale']);
      assert.equal(state, 'closed');
    }
    assert.equal(world.github.control.readRef(repository, 'refs/heads/fix/a'), null);
    for (const activity of [
      'markStaleItem',
      'closeStaleItem',
      'listStaleItems',
      'ensureStaleLabels',
    ]) {
      assert.ok((losing.lost.get(activity) ?? 0) > 0, activity);
    }

    const [back = 0] = await world.oldIssues(repository, [{ daysAgo: 80 }]);
    await world.sweep(repository);
    const item = world.item(repository, back);
    await item.marked();
    await item.hear({ kind: 'comment', action: 'created' });
    assert.equal((await item.result()).outcome, 'unmarked');
    assert.deepEqual(world.github.control.item(repository, back).labels, ['active']);
    assert.ok((losing.lost.get('unmarkStaleItem') ?? 0) > 0);
  });

  it('are marked once also when the answer of GitHub itself is lost', async () => {
    const { control } = world.github;
    const repository = await world.repository({});
    const [number = 0] = await world.oldIssues(repository, [{ daysAgo: 70 }]);
    control.fault({ operation: 'issues/create-comment', kind: 'errorAfterEffect', status: 502 });
    control.fault({ operation: 'issues/add-labels', kind: 'hangUp' });
    await world.sweep(repository);
    assert.equal((await closeItem(world, repository, number)).outcome, 'closed');
    assert.equal(control.item(repository, number).comments.length, 2);
  });
});

/** A sweep begins a hundred. */
const fewerThanAPass = 50;

describe('stale items with results lost by chance', function () {
  this.timeout(3_600_000);

  it('have one comment for the mark and one for the end, whatever is lost', async () => {
    const seed = crashSeed();
    const runs = crashRuns({ change: 12, full: 350 });
    const losing = loseResults({ seed, share: 0.5 });
    const world = await startItems({ losing, maxCachedWorkflows: 0 });
    try {
      for (let left = runs; left > 0; left -= fewerThanAPass) {
        const repository = await world.repository({ writesPerHour: 500 });
        const numbers = await world.oldIssues(
          repository,
          Array.from({ length: Math.min(left, fewerThanAPass) }, (_, n) => ({
            daysAgo: 90 - n / 100,
          })),
        );
        await world.sweep(repository);
        for (const number of numbers) {
          const { outcome } = await closeItem(world, repository, number);
          assert.equal(outcome, 'closed', `seed ${seed}`);
          const { comments } = world.github.control.item(repository, number);
          assert.equal(comments.length, 2, `seed ${seed}, #${number}`);
        }
      }
      assert.ok([...losing.lost.values()].reduce((a, b) => a + b, 0) > runs / 2, `seed ${seed}`);
    } finally {
      await world.stop();
    }
  });
});

describe('stale items by the token of a person', function () {
  this.timeout(120_000);
  const ann = { login: 'ann', kind: 'person' } as const;

  it('tell that person from themselves by the marker', async () => {
    const world = await startItems({ as: 'ann' });
    try {
      const repository = await world.repository({ relabel: { removeWhenMarked: ['triage'] } });
      const [first = 0, second = 0] = await world.oldIssues(repository, [
        { daysAgo: 71, labels: ['triage'] },
        { daysAgo: 70 },
      ]);
      await world.sweep(repository);
      const item = world.item(repository, first);
      const closesAtMs = await item.marked();
      const [own] = world.github.control.item(repository, first).comments;
      assert.equal(own?.author.login, 'ann');
      const said = { kind: 'comment', action: 'created', actor: ann } as const;
      await item.hear({ ...said, body: own?.body ?? '' });
      await item.hear({ kind: 'issue', action: 'unlabeled', label: 'triage', actor: ann });
      await item.moveTo(closesAtMs + justAfterMs);
      assert.equal((await item.result()).outcome, 'closed');
      const other = world.item(repository, second);
      await other.marked();
      await other.hear({ ...said, body: 'I still want it' });
      assert.equal((await other.result()).outcome, 'unmarked');
    } finally {
      await world.stop();
    }
  });
});

describe('stale pull requests and people', function () {
  this.timeout(120_000);
  let world: ItemsUnderTest;
  let api: ApiUnderTest;

  before(async () => {
    world = await startItems();
    api = await serveApi(world.engine.client);
  });
  after(async () => {
    await api?.stop();
    await world?.stop();
  });

  const branchOf = (repository: RepositoryKey, name: string) =>
    world.github.control.readRef(repository, `refs/heads/${name}`);

  it('lose their branch only where nothing else needs it', async () => {
    const { control } = world.github;
    const repository = await world.repository({ deleteBranch: true });
    const gone = await world.oldPull(repository, 'fix/gone', 90);
    const based = await world.oldPull(repository, 'fix/base', 80);
    await control.commit(repository, {
      branch: 'fix/top',
      from: 'fix/base',
      files: { 'top.txt': 'x' },
    });
    const top = await control.createPull(repository, {
      title: 'top',
      head: 'fix/top',
      base: 'fix/base',
    });
    await world.sweep(repository);
    assert.match(
      (await closeItem(world, repository, gone)).reason,
      /branch deleted fix\/gone at [0-9a-f]{40}/,
    );
    assert.equal(branchOf(repository, 'fix/gone'), null);
    const kept = await closeItem(world, repository, based);
    assert.match(kept.reason, new RegExp(`branch kept: #${top.number} need it`));
    assert.notEqual(branchOf(repository, 'fix/base'), null);
  });

  it('are not closed after a push of old commits that nobody told of', async () => {
    const { control } = world.github;
    const repository = await world.repository({ deleteBranch: true });
    const number = await world.oldPull(repository, 'fix/pushed', 90);
    await world.sweep(repository);
    const item = world.item(repository, number);
    const closesAtMs = await item.marked();
    await item.moveTo(closesAtMs - aDayMs);
    const old = { author: 'bob', atMs: world.startMs - 30 * aDayMs };
    await control.commit(repository, { branch: 'fix/pushed', files: { 'more.txt': 'y' }, ...old });
    await item.moveTo(closesAtMs + justAfterMs);
    assert.equal((await item.result()).outcome, 'unmarked');
    assert.notEqual(branchOf(repository, 'fix/pushed'), null);
  });

  it('are found by the sweep that stays, at the moment they fall due, and each pass begins anew', async () => {
    const { control } = world.github;
    const repository = await world.repository({});
    const [soon = 0, later = 0] = await world.oldIssues(repository, [
      { daysAgo: 59.5 },
      { daysAgo: 58 },
    ]);
    const { client } = world.engine;
    const id = staleSweepId(repository);
    await client.workflow.start(workflowTypes.sweepItems, {
      ...{ workflowId: id, taskQueue: taskQueues.workflows },
      args: [{ repository, dryRun: false }],
    });
    const handle = client.workflow.getHandle(id);
    const view = () => handle.query<StaleSweepView>(queryNames.readStaleSweep);
    const first = await until('a pass', view, ({ passAtMs }) => passAtMs !== null);
    assert.deepEqual([first.plan, first.looked], [[], 0]);
    const wakesAtMs = first.nextAtMs ?? 0;
    const dueAtMs = control.item(repository, soon).updatedAtMs + 60 * aDayMs;
    assert.equal(wakesAtMs, dueAtMs);
    control.clearLog();
    control.clock.set(wakesAtMs + justAfterMs);
    await fastForward(client, id, wakesAtMs + justAfterMs - Date.now());
    const second = await until('the next', view, ({ passAtMs }) => (passAtMs ?? 0) >= wakesAtMs);
    await until('it is watched', view, ({ watched }) => watched === 1);
    assert.deepEqual(
      second.plan.map(({ number }) => number),
      [soon],
    );
    // One list, the policy, the label; the mark itself is its own workflow's.
    const reads = control.log.filter(
      // The first one meets a token that is over.
      ({ operation, status }) => operation === 'issues/list-for-repo' && status < 400,
    );
    assert.equal(reads.length, 1);
    assert.ok((second.nextAtMs ?? 0) >= wakesAtMs + 3_600_000);
    assert.deepEqual(control.item(repository, later).labels, []);
    const metadata = await createOperator(world.engine).metadata(id);
    assert.match(metadata.currentDetails, /1 due, 1 watched/);
    await handle.executeUpdate(updateNames.cancel, { args: [by] });
    assert.equal((await handle.result()).trouble, null);
  });

  it('answer at the command line: plan, list, why, keep, sweep', async () => {
    const repository = await world.repository({ exempt: { labels: ['pinned'] } });
    const path = `${repository.owner}/${repository.name}`;
    const [first = 0, pinned = 0] = await world.oldIssues(repository, [
      { daysAgo: 70 },
      { daysAgo: 65, labels: ['pinned'] },
    ]);
    const sluice = (...argv: string[]) =>
      runSluice(
        argv,
        {},
        {
          fetch,
          env: { SLUICE_API_URL: api.url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
        },
      );
    const writes = () =>
      world.github.control.writes().filter((one) => one.path.includes(`/${repository.name}/`))
        .length;
    const before = writes();
    const planned = await sluice('stale', 'plan', path);
    assert.equal(planned.code, 0, planned.err);
    assert.match(planned.out, new RegExp(`#${first} +mark .* last changed on`));
    assert.match(planned.out, /1 left alone: it has the label pinned/);
    const why = await sluice('stale', 'why', path, String(pinned));
    assert.match(why.out, /left alone: it has the label pinned/);
    assert.match(why.out, /exempt\.labels +pinned/);
    assert.equal(writes(), before);
    assert.match((await sluice('stale', 'why', path, '999')).err, /there is no #999/);
    assert.match((await sluice('stale', 'why', path, 'x')).err, /no number/);
    assert.match((await sluice('stale', 'sweep', path, '--reason', 'now')).out, /it begins now/);
    await world.item(repository, first).marked();
    const listed = await sluice('stale', 'list', path, '--json');
    const { items } = JSON.parse(listed.out) as { items: { number: number; phase: string }[] };
    assert.deepEqual(
      items.map(({ number }) => number),
      [first],
    );
    const kept = await sluice('stale', 'keep', path, `#${first}`, '--reason', 'we want it');
    assert.match(kept.out, /the mark is taken off/);
    assert.equal((await world.item(repository, first).result()).outcome, 'unmarked');
    assert.match((await sluice('stale', 'close', path, `${first}`, '--reason', 'x')).err, /ended/);
    const handle = world.engine.client.workflow.getHandle(`repository-sweep:${path}:stale-items`);
    await handle.terminate('the test is over');
  });
});
