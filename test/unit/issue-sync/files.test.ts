/** Where files lie: renamed, copied, left to another one, unreadable, or waiting to be merged. */
import assert from 'node:assert/strict';
import { syncPolicySchema } from '../../../src/domain/issue-sync/schema.js';
import { begin, issueOf, path, titles } from '../../support/issue-sync/by-hand.js';
import { Crash } from '../../support/issue-sync/pass.js';
import { recordsOf } from '../../support/issue-sync/records.js';
import { commitAt, headOf, mergeInto } from '../../support/issue-sync/tree.js';
import { setBody } from '../../support/issue-sync/world.js';

describe('a file that is not where it was', () => {
  const text = '---\ntitle: A\n---\nIt takes 9 s.\n';

  it('keeps its issue open where nobody can read it for markers', async () => {
    const files = { 'issues/a.md': text, 'issues/other.md': text.replace('title: A', 'title: B') };
    const { world, commit, pass, file } = begin({ onFileDeleted: 'close' }, files);
    await pass();
    const marked = file().replace(
      /title: .*/,
      '<<<<<<< file\ntitle: A\n=======\ntitle: B\n>>>>>>> github',
    );
    const other = 'issues/002-b.md';
    commit({ [path]: marked, [other]: file(other).replace('9 s', '10 s') });
    await pass();
    commit({ [path]: null, 'issues/b.md': marked });
    for (const isFull of [false, true]) {
      await pass(isFull);
      assert.equal(issueOf(world).fields.state, 'open');
    }
    commit({
      'issues/b.md': file('issues/b.md')
        .replace(/^[<=>].*\n/gm, '')
        .replace(/^title: B\n/m, ''),
    });
    await pass();
    assert.equal(recordsOf(world).get(1)?.path, 'issues/b.md');
  });

  it('keeps its issue from a new file in its place while nobody can read it', async () => {
    const { world, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    const marked = file().replace(
      'title: A',
      '<<<<<<< file\ntitle: A\n=======\ntitle: C\n>>>>>>> x',
    );
    commit({ [path]: text.replace('title: A', 'title: B'), 'issues/b.md': marked });
    for (const isFull of [false, true]) {
      await pass(isFull);
      assert.deepEqual(titles(world), ['A']);
    }
    commit({ 'issues/b.md': marked.replace(/^[<=>].*\n/gm, '').replace(/^title: C\n/m, '') });
    await pass();
    assert.deepEqual(titles(world), ['A', 'B']);
    assert.equal(recordsOf(world).get(1)?.path, 'issues/b.md');
  });

  it('is deleted after a write that hid what somebody wrote, and that comes back', async () => {
    const { world, desk, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    commit({ [path]: file().replace('9 s.', '9 s.\n\nAt night.') });
    const people = ['It takes 9 s.\n\nOn Mondays.'];
    Object.assign(desk, { afterCrash: () => 'given up' });
    desk.disturb = (point) => {
      const body = point === 'write' ? people.shift() : undefined;
      if (body !== undefined) setBody(world, issueOf(world), body, 'bob');
      if (point === 'written') throw new Crash();
    };
    await pass();
    assert.equal(issueOf(world).fields.body, 'It takes 9 s.\n\nAt night.');
    desk.disturb = () => undefined;
    commit({ [path]: null });
    await pass();
    assert.match(issueOf(world).fields.body, /At night\.[^]*On Mondays\./);
    const { hostWrites } = world;
    await pass(true);
    assert.equal(world.hostWrites, hostWrites);
  });

  it('leaves its path to another one, also while its link waits', async () => {
    const { world, commit, pass } = begin({ mode: 'pull' }, { 'issues/a.md': text });
    await pass();
    mergeInto(world.repository, 'refs/heads/sync/files', world.nowMs);
    commit({ 'issues/a.md': text.replace('title: A', 'title: B') });
    await pass();
    assert.deepEqual(titles(world), ['A', 'B']);
  });

  it('is pushed, and what waited goes, once files need no merge any more', async () => {
    for (const isTheirs of [false, true]) {
      const { world, desk, commit, pass, file } = begin({ mode: 'pull' }, { 'issues/a.md': text });
      await pass();
      const waiting = 'refs/heads/sync/files';
      if (isTheirs) commit({ 'x.txt': 'mine' }, waiting);
      Object.assign(desk, { policy: syncPolicySchema.parse({ firstPass: 'go' }) });
      await pass();
      assert.match(file(), /number: 1/);
      assert.equal(commitAt(world.repository, waiting) !== null, isTheirs);
      const { hostWrites } = world;
      await pass(true);
      assert.equal(world.hostWrites, hostWrites);
    }
  });

  it('is another issue where its link was merged into a file that nobody can read, and it was renamed', async () => {
    const { world, commit, pass } = begin({ mode: 'pull' }, { 'issues/a.md': text });
    await pass();
    const waiting = 'refs/heads/sync/files';
    const linked = commitAt(world.repository, waiting)?.files.get(path) ?? '';
    const both = '<<<<<<< file\ntitle: A\n=======\ntitle: B\n>>>>>>> github';
    commit({
      ...{ 'issues/a.md': null, 'issues/b.md': text.replace('9 s', '10 s') },
      [path]: linked.replace('title: A', both),
    });
    await pass();
    assert.deepEqual(
      [...world.issues.values()].map(({ fields: { body } }) => body),
      ['It takes 9 s.', 'It takes 10 s.'],
    );
    mergeInto(world.repository, waiting, world.nowMs);
    await pass();
    assert.match(headOf(world.repository).files.get('issues/003-a.md') ?? '', /number: 3,/);
  });

  it('is kept as a branch where the host takes no refs of ours, before what waits is made anew', async () => {
    const { world, commit, pass } = begin({ mode: 'pull' }, { 'issues/a.md': text });
    await pass();
    const { refs } = world.repository;
    const tip = refs.get('refs/heads/sync/files');
    world.isOwnRefTaken = false;
    commit({ 'issues/a.md': text.replace('9 s', '10 s') });
    await pass();
    assert.notEqual(refs.get('refs/heads/sync/files'), tip);
    const backups = [...refs].filter(([ref]) => ref.includes('backup/'));
    assert.deepEqual(
      backups.map(([, sha]) => sha),
      [tip],
    );
    assert.match(backups[0]?.[0] ?? '', /^refs\/heads\/backup\/sync\/files\/\d{8}T\d{6}Z-/);
  });

  it('is still the one of its issue where the pass that saw it move had more to write', async () => {
    const { world, desk, commit, pass, file } = begin(
      { mode: 'pull', fields: { body: 'file' } },
      { 'issues/a.md': `${text}\n/comment\nhello\n` },
    );
    await pass();
    commit({
      'issues/a.md': null,
      'issues/b.md': file('issues/a.md').replace('---\nIt', 'state: closed\n---\nIt'),
    });
    desk.disturb = (point) => {
      if (point === 'after issues.writeIssues') {
        setBody(world, issueOf(world), `${issueOf(world).fields.body}\nMore.`, 'bob');
      }
      if (point !== 'before tree.push') return;
      desk.disturb = () => undefined;
      throw new Crash();
    };
    await pass();
    await pass();
    mergeInto(world.repository, 'refs/heads/sync/files', world.nowMs);
    await pass();
    assert.deepEqual(
      issueOf(world).comments.map(({ body }) => body),
      ['hello'],
    );
    const files = [...headOf(world.repository).files.keys()];
    assert.deepEqual(files, [recordsOf(world).get(1)?.path]);
  });

  it('is another issue where it is a copy whose link was taken away', async () => {
    for (const copy of ['issues/000.md', 'issues/copy.md']) {
      const { world, desk, commit, pass, file } = begin({}, { 'issues/a.md': text });
      await pass();
      commit({ [copy]: file() });
      await pass();
      assert.deepEqual(titles(world), ['A']);
      const [wait] = desk.waits;
      assert.deepEqual([wait?.kind, wait?.path], ['faulty', copy]);
      assert.ok(wait?.reason.includes(`#1, which is ${path}`));
      commit({
        [copy]: file(copy)
          .replace(/^github:.*\n/m, '')
          .replace('9 s', '10 s'),
        [path]: file().replace('9 s', '8 s'),
      });
      await pass();
      assert.deepEqual(titles(world), ['A', 'A'], copy);
      assert.match(issueOf(world).fields.body, /8 s/);
      assert.match(issueOf(world, 2).fields.body, /10 s/);
    }
  });

  it('is told to have markers left in it also where it is a copy', async () => {
    const { world, desk, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    const marked = `${file()}<<<<<<< file\nx\n=======\ny\n>>>>>>> github\n`;
    commit({ [path]: marked, 'issues/copy.md': marked });
    for (const isFull of [false, true]) {
      await pass(isFull);
      const copy = desk.waits.find((wait) => wait.path === 'issues/copy.md');
      assert.match(copy?.reason ?? '', /#1, which is .*; markers of a conflict are left in line 6/);
    }
    assert.deepEqual(titles(world), ['A']);
  });

  it('is the one with the link, also where git takes a new one for it', async () => {
    const { world, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    const moved = { [path]: null, 'issues/moved.md': file() };
    commit({ 'issues/new.md': text.replace('title: A', 'title: B'), ...moved });
    await pass();
    assert.deepEqual(titles(world), ['A', 'B']);
    assert.equal(recordsOf(world).get(1)?.path, 'issues/moved.md');
  });

  it('is the one with the link, also where a new one was put in its place', async () => {
    const { world, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    commit({ [path]: text.replace('title: A', 'title: B'), 'issues/moved.md': file() });
    await pass();
    assert.deepEqual(titles(world), ['A', 'B']);
    assert.equal(recordsOf(world).get(1)?.path, 'issues/moved.md');
  });

  it('waits for whoever can read it, also where its issue is gone meanwhile', async () => {
    const { world, desk, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    const readable = file();
    commit({
      [path]: readable.replace(/title: .*/, '<<<<<<< file\n$&\n=======\ntitle: B\n>>>>>>> github'),
    });
    await pass();
    issueOf(world).gone = 'moved';
    await pass(true);
    assert.equal(recordsOf(world).get(1)?.tombstone, null);
    assert.deepEqual(
      desk.waits.map(({ kind, path: at }) => [kind, at]),
      [['faulty', path]],
    );
    commit({ [path]: readable });
    await pass(true);
    assert.equal(recordsOf(world).get(1)?.tombstone, 'moved');
  });

  it('is told as long as markers are left in it, also where its issue is gone', async () => {
    const { world, desk, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    commit({ [path]: `${file()}<<<<<<< file\nx\n=======\ny\n>>>>>>> github\n` });
    for (const isFull of [false, true]) {
      await pass(isFull);
      assert.match(desk.waits[0]?.reason ?? '', /markers of a conflict are left in line 2/);
      assert.match(file(), />>>>>>> github/);
    }
    issueOf(world).gone = 'deleted';
    for (let again = 0; again < 3; again += 1) {
      await pass(again === 0);
      const said = desk.waits.map(({ reason }) => reason);
      assert.match(said.join('\n'), /deleted.*the markers of a conflict in line 6 and its link/);
    }
  });

  it('becomes no issue before markers are taken away', async () => {
    const marked = `${text}<<<<<<< file\nx\n=======\ny\n>>>>>>> github\n`;
    const { world, desk, commit, pass } = begin({ mode: 'pull' }, { 'issues/b.md': marked });
    for (const isFull of [false, true]) {
      await pass(isFull);
      assert.match(desk.waits[0]?.reason ?? '', /markers of a conflict are left in line 5/);
    }
    commit({ 'issues/b.md': text });
    await pass();
    assert.deepEqual(titles(world), ['A']);
  });
});
