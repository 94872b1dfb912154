/** What GitHub does not take of one issue waits with its reason, and all else goes on; many questions are asked a few at a time. */
import assert from 'node:assert/strict';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

let syncing: SyncingUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
});
after(() => syncing.stop());

const path = 'issues/001-a.md';
const aFile = (title: string, body = 'It takes 9 s.') => `---\ntitle: ${title}\n---\n${body}\n`;

async function begun(): Promise<SyncedRepository> {
  const repository = await syncing.repository({
    files: { 'issues/a.md': aFile('A'), 'issues/b.md': aFile('B') },
  });
  await repository.begin();
  return repository;
}

/** The other issue is written in the same pass. */
async function commit(repository: SyncedRepository, change: (text: string) => string) {
  const a = (await repository.file(path)) ?? '';
  const b = (await repository.file('issues/002-b.md')) ?? '';
  await repository.commit({ [path]: change(a), 'issues/002-b.md': b.replace('9 s', '8 s') });
  const view = await repository.pass();
  assert.equal(view.trouble, null);
  assert.match(repository.issue(2).body ?? '', /8 s/);
  return view;
}

describe('what GitHub does not take', function () {
  this.timeout(120_000);

  it('of comments waits until the file is mended', async () => {
    const repository = await begun();
    const { control } = syncing.github;
    await control.comment(repository.key, 1, 'First words.', 'bob');
    await repository.pass();
    const before = (await repository.file(path)) ?? '';
    const view = await commit(
      repository,
      (text) => `${text.replace('First words.', '')}\n/comment\n${'x'.repeat(65_537)}\n`,
    );
    assert.deepEqual(
      view.waits.map(({ kind, number, reason }) => [kind, number, reason.replace(/\d{4,}/g, 'n')]),
      [
        ['refused', 1, 'the comment n is empty, which GitHub does not take'],
        ['refused', 1, 'a new comment has n characters, and GitHub takes n'],
      ],
    );
    assert.equal((await repository.pass()).waits.length, 2, 'it is told as long as it is so');
    assert.deepEqual(
      repository.issue(1).comments.map(({ body }) => body),
      ['First words.'],
    );
    await repository.commit({ [path]: before.replace('First words.', 'Second words.') });
    assert.deepEqual((await repository.pass()).waits, []);
    assert.equal(repository.issue(1).comments[0]?.body, 'Second words.');
  });

  it('of a body counts with the line by which we know it', async () => {
    const repository = await begun();
    const long = 'y'.repeat(65_530);
    const view = await commit(repository, (text) => text.replace('It takes 9 s.', long));
    const [wait] = view.waits;
    assert.deepEqual([wait?.kind, wait?.number, wait?.field], ['refused', 1, 'body']);
    assert.match(
      wait?.reason ?? '',
      /65530 characters are more than the 65\d{3} that GitHub takes/,
    );
  });

  it('because a comment is not taken for another reason, too', async () => {
    const repository = await begun();
    const { control } = syncing.github;
    control.fault({
      ...{ operation: 'issues/create-comment', kind: 'errorBeforeEffect', status: 422 },
    });
    const view = await commit(repository, (text) => `${text}\n/comment\nSome words.\n`);
    assert.match(view.waits[0]?.reason ?? '', /a comment is not taken/);
    const after = await repository.pass();
    assert.deepEqual(after.waits, []);
    assert.equal(repository.issue(1).comments.length, 1);
  });
});

describe('a file', function () {
  this.timeout(120_000);

  it('that could not be read again is not written, and waits', async () => {
    const repository = await begun();
    const { control } = syncing.github;
    await control.createIssue(repository.key, { title: 'Long', body: 'x', as: 'bob' });
    for (let n = 0; n < 33; n += 1) {
      for (const number of [1, 3]) {
        await control.comment(repository.key, number, '\u00e9'.repeat(33_000), 'bot');
      }
    }
    const text = await repository.file(path);
    const view = await commit(repository, (same) => same);
    assert.deepEqual(
      view.waits
        .map(({ kind, number, reason }) => [kind, number, reason.replace(/\d+/g, 'n')])
        .toSorted(([, a], [, b]) => Number(a) - Number(b)),
      [1, 3].map((number) => [
        ...['refused', number],
        'its file would have n bytes, and more than n cannot be read again: take comments away, or set comments: false',
      ]),
    );
    assert.equal(await repository.file(path), text);
    assert.equal((await repository.pass()).waits.length, 2, 'it is told as long as it is so');
    assert.equal((await repository.files()).length, 2);
  });

  it('with the name that the repository had before is read as ever', async () => {
    const repository = await begun();
    await repository.commit({ 'x.txt': 'x' });
    const { owner, name } = repository.key;
    const view = await commit(repository, (text) =>
      text.replace(`${owner}/${name}`, `${owner}/old-name`).replace('9 s', '7 s'),
    );
    assert.deepEqual(view.waits, []);
    assert.match(repository.issue(1).body ?? '', /7 s/);
    const text = (await repository.file(path)) ?? '';
    assert.ok(text.includes(`repo: ${owner}/${name}`), text);
    await repository.commit({
      'issues/other.md':
        '---\ntitle: O\ngithub: {id: I_x, number: 1, repo: acme/elsewhere}\n---\nx\n',
    });
    const [wait] = (await repository.pass()).waits;
    assert.deepEqual([wait?.kind, wait?.path], ['faulty', 'issues/other.md']);
  });
});

describe('many conflicts', function () {
  this.timeout(180_000);

  it('are asked about ten at a time, each noted, and one that cannot be asked waits', async () => {
    const count = 13;
    const titles = Array.from({ length: count }, (_none, at) => `Issue ${at + 1}`);
    const repository = await syncing.repository({
      files: Object.fromEntries(
        titles.map((title, at) => [`issues/${at + 1}.md`, aFile(title, 'Of the file.')]),
      ),
    });
    const { control } = syncing.github;
    for (const title of titles) {
      await control.createIssue(repository.key, { title, body: 'Of the issue.', as: 'bob' });
    }
    const ruleset = control.addRuleset(repository.key, {
      name: 'no questions about 5',
      conditions: { ref_name: { include: ['refs/heads/sync/conflict-5'], exclude: [] } },
      rules: [{ type: 'creation' }],
    });
    const view = await repository.begin();
    assert.equal(view.trouble, null);
    const pulls = () =>
      [...control.repository(repository.key).items.values()].filter(({ pull }) => pull !== null);
    assert.equal(pulls().length, count - 1);
    assert.equal(view.waits.length, count, JSON.stringify(view.waits));
    const silent = view.waits.filter(({ pull }) => pull === null);
    assert.deepEqual(
      silent.map(({ number }) => number),
      [5],
    );
    assert.match(silent[0]?.reason ?? '', /sync\/conflict-5 takes no pushes/);
    const { events = [] } = await syncing.engine.client.workflow
      .getHandle(repository.id)
      .fetchHistory();
    const commits = (events ?? []).filter(
      (event) =>
        event.activityTaskScheduledEventAttributes?.activityType?.name === 'commitSyncedIssues',
    );
    assert.equal(commits.length, 2);
    ruleset.enforcement = 'disabled';
    await repository.pass();
    assert.equal(pulls().length, count);
    const writes = repository.writes();
    await repository.pass({ full: true });
    assert.equal(repository.writes(), writes);
  });

  it('leave what stood on their branches where it can be had again', async () => {
    const repository = await begun();
    const { control, codeHost } = syncing.github;
    const { key } = repository;
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('9 s', '10 s') });
    await control.editIssue(key, 1, { body: 'It takes 11 s.' }, 'bob');
    await repository.pass();
    const answer = await control.commit(key, {
      ...{ branch: 'sync/conflict-1', files: { [path]: 'half an answer' }, author: 'ann' },
    });
    await repository.tell('resolveSync', {
      ...{ actor: 'ann', reason: 'agreed', issue: 1, field: 'body', take: 'github', text: null },
    });
    await repository.is('settled', ({ phase, waits }) => phase === 'resting' && waits.length === 0);
    assert.equal(repository.head('refs/heads/sync/conflict-1'), null);
    const [backup, ...more] = await codeHost.refs.listRefs(key, 'refs/backup/sync/conflict-1/');
    assert.deepEqual([backup?.sha, more.length], [answer, 0]);
    await codeHost.refs.updateRefs(key, [
      { ref: 'refs/heads/again', before: null, after: answer, force: false },
    ]);
    assert.equal(await repository.file(path, 'again'), 'half an answer');
  });
});
