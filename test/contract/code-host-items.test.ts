/** Issues, comments and labels through the port, at the stand-in: nothing missed, nothing made twice. */
import assert from 'node:assert/strict';
import type { Creation } from '../../src/ports/code-host/call.js';
import type { ItemQuery } from '../../src/ports/code-host/items.js';
import type { Item } from '../../src/domain/repository/shapes.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('items of a code host', () => {
  let github: GithubUnderTest;
  const atMs = Date.parse('2030-03-01T12:00:00Z');
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: atMs });
  });
  beforeEach(() => github.control.clearLog());
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  const items = () => github.codeHost.items;
  const first = (marker: string): Creation => ({ marker, retriedSinceMs: null });
  const again = (marker: string): Creation => ({ marker, retriedSinceMs: atMs });
  const issue = { title: 'Old branch', body: 'It is old.', labels: ['stale'], assignees: ['ada'] };
  const write = (operation: string) =>
    github.control.writes().filter((entry) => entry.operation === operation).length;

  async function list(query: ItemQuery) {
    const found: Item[] = [];
    for await (const item of items().listItems(github.repository, query)) found.push(item);
    return found;
  }

  it('reads an issue and a pull request as items', async () => {
    const { control, repository } = github;
    await control.commit(repository, { branch: 'fix/a', files: { 'a.txt': 'a' } });
    const made = await control.createIssue(repository, { title: 'One', as: 'ada' });
    const pull = await control.createPull(repository, { title: 'Two', head: 'fix/a', as: 'ada' });
    const item = await items().readItem(repository, made.number);
    assert.equal(item?.title, 'One');
    assert.deepEqual(item.author, { login: 'ada', kind: 'person' });
    assert.deepEqual([item.isPull, item.state, item.createdAtMs], [false, 'open', atMs]);
    assert.equal((await items().readItem(repository, pull.number))?.isPull, true);
    assert.equal(await items().readItem(repository, 9999), null);
  });

  it('sees an item that is told of before it can be read', async () => {
    const { control, repository } = github;
    const made = await control.createIssue(repository, { title: 'Early' });
    control.fault({ operation: 'issues/get', kind: 'errorBeforeEffect', status: 404 });
    assert.equal((await items().readItem(repository, made.number))?.title, 'Early');
  });

  it('makes an issue once, however often it is asked', async () => {
    const { repository } = github;
    const made = await items().createIssue(repository, issue, first('stale/one'));
    assert.match(made.body, /^It is old\.\n\n<!-- sluice:stale\/one -->$/);
    assert.equal(made.author.login, await github.codeHost.ownLogin());
    const same = await items().createIssue(repository, issue, again('stale/one'));
    assert.equal(same.number, made.number);
    assert.equal(write('issues/create'), 1);
  });

  it('does not take an issue of somebody else for its own', async () => {
    const { control, repository } = github;
    const body = 'Look: <!-- sluice:stale/forged -->';
    const forged = await control.createIssue(repository, { title: 'Forged', body, as: 'mallory' });
    const made = await items().createIssue(repository, issue, again('stale/forged'));
    assert.notEqual(made.number, forged.number);
  });

  for (const fault of ['errorAfterEffect', 'hangUp'] as const) {
    it(`finds the issue that was made when the answer is lost (${fault})`, async () => {
      const { control, repository } = github;
      control.fault({ operation: 'issues/create', kind: fault });
      const made = await items().createIssue(repository, issue, first(`lost/${fault}`));
      const marked = (await list({ state: 'all', order: 'updatedAscending' })).filter(({ body }) =>
        body.includes(`lost/${fault}`),
      );
      assert.deepEqual(
        marked.map(({ number }) => number),
        [made.number],
      );
    });

    it(`finds the comment that was made when the answer is lost (${fault})`, async () => {
      const { control, repository } = github;
      const { number } = await control.createIssue(repository, { title: 'Talk' });
      control.clearLog();
      control.fault({ operation: 'issues/create-comment', kind: fault });
      const made = await items().createComment(repository, number, 'Hello', first('ping/1'));
      const same = await items().createComment(repository, number, 'Hello', again('ping/1'));
      assert.equal(same.id, made.id);
      assert.equal((await items().listComments(repository, number)).length, 1);
    });
  }

  it('says that nobody knows when an issue was not made', async () => {
    const { control, repository } = github;
    control.fault({ operation: 'issues/create', kind: 'errorBeforeEffect', status: 502 });
    await assert.rejects(items().createIssue(repository, issue, first('lost/before')), {
      code: 'Unavailable',
    });
    assert.equal(write('issues/create'), 1);
  });

  it('reads all comments, also beyond a page', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Long' });
    for (let n = 0; n < 205; n += 1) await control.comment(repository, number, `No ${n}`, 'ada');
    const comments = await items().listComments(repository, number);
    assert.deepEqual([comments.length, comments.at(-1)?.body], [205, 'No 204']);
  });

  it('fails as a whole when one page fails', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Torn' });
    for (let n = 0; n < 150; n += 1) await control.comment(repository, number, `No ${n}`, 'ada');
    control.fault({
      ...{ operation: 'issues/list-comments', kind: 'errorBeforeEffect', status: 500, after: 1 },
    });
    await assert.rejects(items().listComments(repository, number), { code: 'Unavailable' });
  });

  it('changes only what is named', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Keep', body: 'Body' });
    const closed = await items().editItem(repository, number, {
      ...{ state: 'closed', stateReason: 'not_planned' },
    });
    assert.deepEqual(
      [closed.title, closed.body, closed.state, closed.stateReason],
      ['Keep', 'Body', 'closed', 'not_planned'],
    );
    control.fault({ operation: 'issues/update', kind: 'errorAfterEffect' });
    assert.equal((await items().editItem(repository, number, { title: 'New' })).title, 'New');
  });

  it('adds and takes away labels, leaves all others, and writes nothing that is so already', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, {
      title: 'Labels',
      labels: ['theirs', 'old'],
    });
    const change = { add: ['ours'], remove: ['old', 'never-there'] };
    await items().changeLabels(repository, number, change);
    assert.deepEqual([...((await items().readItem(repository, number))?.labels ?? [])].sort(), [
      'ours',
      'theirs',
    ]);
    control.clearLog();
    await items().changeLabels(repository, number, change);
    assert.equal(control.writes().length, 0);
  });

  it('makes a label once and leaves one that is there', async () => {
    const { control, repository } = github;
    const label = { name: 'Asleep', color: 'ededed', description: 'Nobody cares' };
    await items().ensureLabel(repository, label);
    await items().ensureLabel(repository, { ...label, name: 'asleep', color: 'ff0000' });
    assert.equal(control.writes().length, 1);
  });

  it('edits a comment', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Edit' });
    const { id } = await items().createComment(repository, number, 'a', first('edit/1'));
    control.fault({ operation: 'issues/update-comment', kind: 'errorAfterEffect' });
    await items().editComment(repository, id, 'b <!-- sluice:edit/1 -->');
    assert.match((await items().listComments(repository, number))[0]?.body ?? '', /^b/);
    assert.equal(write('issues/update-comment'), 1);
  });

  it('tells the timeline with who and when', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Time' });
    await control.label(repository, number, ['stale'], 'ada');
    await control.comment(repository, number, 'still here', 'ben');
    const events = await items().listEvents(repository, number);
    const labelled = events.find(({ kind }) => kind === 'labeled');
    assert.deepEqual(
      [labelled?.label, labelled?.actor?.login, labelled?.atMs],
      ['stale', 'ada', atMs],
    );
    assert.equal(events.find(({ kind }) => kind === 'commented')?.actor?.login, 'ben');
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  });

  describe('in a long list', () => {
    const long = { owner: 'acme', name: 'long' };
    before(async () => {
      await github.control.createRepository(long);
      for (let n = 0; n < 230; n += 1) {
        await github.control.createIssue(long, {
          title: `No ${n}`,
          atMs: atMs - 86_400_000 + Math.floor(n / 3) * 1000,
        });
      }
    });

    it('misses nothing although items change while it is read', async () => {
      const seen = new Set<number>();
      for await (const { number } of items().listItems(long, {
        state: 'open',
        order: 'updatedAscending',
      })) {
        seen.add(number);
        // What was at the beginning goes to the end, and all else moves up.
        if (number % 10 === 1)
          await items().changeLabels(long, number, { add: ['seen'], remove: [] });
      }
      assert.equal(seen.size, 230);
    });

    it('gives them by creation, and since a time', async () => {
      const all: Item[] = [];
      for await (const item of items().listItems(long, { state: 'all', order: 'createdAscending' }))
        all.push(item);
      assert.deepEqual(
        all.map(({ number }) => number),
        [...all].map(({ number }) => number).sort((a, b) => a - b),
      );
      const sinceMs = atMs;
      const young: Item[] = [];
      for await (const item of items().listItems(long, {
        state: 'open',
        order: 'updatedAscending',
        updatedSinceMs: sinceMs,
      }))
        young.push(item);
      assert.equal(young.length, 23);
    });

    it('reads no further than it is asked to', async () => {
      github.control.clearLog();
      for await (const _ of items().listItems(long, { state: 'open', order: 'updatedAscending' }))
        break;
      assert.equal(
        github.control.log.filter(({ operation }) => operation === 'issues/list-for-repo').length,
        1,
      );
    });
  });

  it('has both kinds in one list, filtered by label', async () => {
    const { control, repository } = github;
    await control.createIssue(repository, { title: 'L1', labels: ['only'] });
    assert.deepEqual(
      (await list({ state: 'open', labels: ['only'], order: 'updatedAscending' })).map(
        ({ title }) => title,
      ),
      ['L1'],
    );
  });
});
