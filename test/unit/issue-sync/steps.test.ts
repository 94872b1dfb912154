/** Steps of a pass over both sides in memory: answers while both go on being written, and one issue for each intent. */
import assert from 'node:assert/strict';
import { conflictLabel } from '../../../src/domain/issue-sync/hear.js';
import { begin, issueOf, path, titles } from '../../support/issue-sync/by-hand.js';
import { Crash } from '../../support/issue-sync/pass.js';
import { recordsOf } from '../../support/issue-sync/records.js';
import {
  commitAt,
  commitFiles,
  headOf,
  main,
  mergeInto,
  move,
} from '../../support/issue-sync/tree.js';
import { setBody, setMilestone, setTitle } from '../../support/issue-sync/world.js';

const ref = 'refs/heads/sync/conflict-1';
const markers = /<<<<<<< file[^]*>>>>>>> github/;

describe('an answer to a conflict', () => {
  /** Issue 1 with its file, and other lines on both sides. */
  async function withConflict(sync: object = {}) {
    const files = { 'issues/a.md': '---\ntitle: A\n---\nIt takes 9 s.\n\nAnd more.\n' };
    const begun = begin(sync, files);
    const { world, commit, pass, file } = begun;
    const write = (body: string) => {
      world.nowMs += 1_000;
      setBody(world, issueOf(world), body, 'bob');
    };
    await pass();
    commit({ [path]: file().replace('9 s', '10 s') });
    write('It takes 11 s.\n\nAnd more.');
    await pass();
    assert.match(file(path, ref), /10 s[^]*11 s/);
    const push = (text: string) => commit({ [path]: file(path, ref).replace(markers, text) }, ref);
    const merge = () => {
      const pull = [...world.pulls.values()].find(({ state }) => state === 'open');
      assert.ok(pull);
      const merged = mergeInto(world.repository, ref, world.nowMs) ?? assert.fail('not mergeable');
      Object.assign(pull, { state: 'closed', mergeSha: merged.sha });
    };
    const bodies = () => [issueOf(world).fields.body, file().split('---\n').at(-1)?.trim()];
    return { ...begun, write, push, merge, bodies };
  }

  it('has seen what its pull request showed, and not what was written since', async () => {
    const { world, pass, push, merge, write, bodies } = await withConflict();
    const { sha } = push('It takes 12 s.');
    write('It takes 11 s.\n\nAnd more.\n\nA new fact.');
    await pass();
    assert.equal(world.checks.get(sha), 'success', 'the answer is whole');
    merge();
    await pass();
    const both = 'It takes 12 s.\n\nAnd more.\n\nA new fact.';
    assert.deepEqual(bodies(), [both, both]);
    assert.deepEqual(recordsOf(world).get(1)?.questions, {});
  });

  it('is the text of the file where that is what it leaves', async () => {
    const { world, pass, push, merge, bodies } = await withConflict();
    push('It takes 10 s.');
    merge();
    await pass();
    const both = 'It takes 10 s.\n\nAnd more.';
    assert.deepEqual(bodies(), [both, both]);
    assert.ok(!issueOf(world).fields.labels.includes(conflictLabel));
    const writes = world.hostWrites;
    await pass(true);
    assert.equal(world.hostWrites, writes);
  });

  it('with markers in it is none until somebody takes them away', async () => {
    const { world, pass, push, merge, write, bodies, file, commit } = await withConflict();
    push('$&\nmore');
    merge();
    await pass();
    await pass();
    assert.equal(recordsOf(world).get(1)?.questions.body?.kind, 'conflict');
    write('It takes 11 s.\n\nAnd more.\n\nA new fact.');
    await pass();
    assert.match(issueOf(world).fields.body, /11 s/);
    commit({ [path]: file().replace(/<<<<<<< file[^]*>>>>>>> github\nmore/, 'It takes 12 s.') });
    await pass();
    const both = 'It takes 12 s.\n\nAnd more.\n\nA new fact.';
    assert.deepEqual(bodies(), [both, both]);
  });

  it('is one to what was noted as it was given, and not to what the same pass noted since', async () => {
    const { world, desk, pass, write, commit, file, bodies } = await withConflict();
    desk.answers = [{ number: 1, field: 'body', take: 'file', text: null, actor: 'ann' }];
    commit({ [path]: file().replace('10 s', '12 s') });
    write('It takes 13 s.\n\nAnd more.');
    // Made, and its comment is still to be posted: the pass goes on.
    commit({ 'issues/b.md': '---\ntitle: B\n---\n\n/comment\nHello\n' });
    await pass();
    assert.equal([...world.issues.values()].at(-1)?.comments[0]?.body, 'Hello');
    assert.deepEqual(bodies(), ['It takes 13 s.\n\nAnd more.', 'It takes 12 s.\n\nAnd more.']);
    assert.equal(recordsOf(world).get(1)?.questions.body?.kind, 'conflict');
  });

  it('is none where it went into a branch that was put back, and GitHub’s side is wanted', async () => {
    const { world, pass, merge, bodies } = await withConflict({ rewritten: 'github' });
    const { commits } = world.repository;
    const before = commits.get(headOf(world.repository).parent ?? '') ?? assert.fail();
    move(world.repository, main, before);
    merge();
    await pass();
    await pass();
    const both = 'It takes 11 s.\n\nAnd more.';
    assert.deepEqual(bodies(), [both, both]);
    assert.ok(!issueOf(world).fields.labels.includes(conflictLabel));
  });

  it('is left alone by us also where it amends our commit, and our branch follows its file', async () => {
    const { world, pass, file, commit, write } = await withConflict();
    commit({ [path]: file().replace('title: A', 'title: A\nx: 1') });
    await pass();
    assert.match(file(path, ref), /x: 1[^]*<<<<<<< file/);
    const tip = commitAt(world.repository, ref);
    await pass(true);
    assert.equal(commitAt(world.repository, ref), tip, 'nothing is asked twice');
    const text = file(path, ref).replace(markers, 'It takes 12 s.');
    const amended = commitFiles(world.repository, [{ path, text }], { ref });
    world.repository.commits.set(amended.sha, { ...amended, message: tip?.message ?? '' });
    write('It takes 11 s.\n\nAnd more.\n\nA new fact.');
    await pass();
    assert.match(file(path, ref), /12 s/);
  });
});

describe('an intent to make an issue', () => {
  const text = '---\ntitle: A\n---\nIt takes 9 s.\n';

  it('is known again where the branch was put back to before its link', async () => {
    for (const rewritten of ['edit', 'github']) {
      const { world, commit, pass, file } = begin({ rewritten }, { 'issues/a.md': text });
      const start = headOf(world.repository);
      await pass();
      move(world.repository, main, start);
      commit({ 'issues/a.md': text.replace('9 s', '10 s'), 'x.txt': 'x' });
      await pass();
      await pass(true);
      assert.deepEqual(titles(world), ['A'], rewritten);
      const at = recordsOf(world).get(1)?.path ?? '';
      assert.match(file(at), /number: 1/);
      assert.match(issueOf(world).fields.body, rewritten === 'edit' ? /10 s/ : /9 s/);
    }
  });

  it('is known again there where files wait, and what waits then is what GitHub has', async () => {
    const sync = { rewritten: 'github', mode: 'pull' };
    const { world, commit, pass, file } = begin(sync, { 'issues/a.md': text });
    const start = headOf(world.repository);
    await pass();
    mergeInto(world.repository, 'refs/heads/sync/files', world.nowMs);
    await pass();
    move(world.repository, main, start);
    commit({ 'issues/a.md': text.replace('9 s', '10 s') });
    await pass();
    assert.match(file('issues/a.md'), /10 s/);
    assert.notEqual(mergeInto(world.repository, 'refs/heads/sync/files', world.nowMs), null);
    await pass();
    assert.match(file('issues/a.md'), /number: 1[^]*9 s/);
    assert.match(issueOf(world).fields.body, /9 s/);
  });

  it('is asked for again where its merged file was put back before anybody looked', async () => {
    const { world, commit, pass, file } = begin({ mode: 'pull' }, { 'issues/a.md': text });
    await pass();
    const start = headOf(world.repository);
    const merge = () => {
      const pull = [...world.pulls.values()].find(({ state }) => state === 'open');
      assert.ok(pull, 'nobody is asked');
      const { sha } = mergeInto(world.repository, 'refs/heads/sync/files', 0) ?? assert.fail();
      Object.assign(pull, { state: 'closed', mergeSha: sha });
    };
    merge();
    move(world.repository, main, start);
    commit({ 'x.txt': 'x' });
    await pass();
    merge();
    await pass();
    assert.match(file(), /number: 1/);
    assert.deepEqual(titles(world), ['A']);
    assert.equal(world.pulls.size, 2);
  });

  it('is known again by its title where its file was renamed and changed since, too', async () => {
    const { world, commit, pass } = begin({ rewritten: 'edit' }, { 'issues/a.md': text });
    const start = headOf(world.repository);
    await pass();
    move(world.repository, main, start);
    commit({ 'issues/a.md': null, 'issues/b.md': text.replace('9 s', '10 s') });
    await pass();
    assert.deepEqual(titles(world), ['A']);
    assert.match(issueOf(world).fields.body, /10 s/);
  });

  it('is known again where its file is renamed while the link waits', async () => {
    const { world, commit, pass, file } = begin({ mode: 'pull' }, { 'issues/a.md': text });
    await pass();
    commit({ 'issues/a.md': null, 'issues/b.md': text });
    await pass();
    assert.deepEqual(titles(world), ['A']);
    const waiting = commitAt(world.repository, 'refs/heads/sync/files');
    const files = [...(waiting?.files.keys() ?? [])];
    assert.deepEqual(files, ['issues/001-a.md'], 'it is made of the file as it lies now');
    assert.notEqual(mergeInto(world.repository, 'refs/heads/sync/files', world.nowMs), null);
    await pass();
    assert.match(file(), /number: 1/);
  });

  it('has a marker of its own where its path was used before and a record has gone since', async () => {
    const { world, commit, pass, file } = begin(
      {},
      { 'issues/a.md': text, 'issues/b.md': text.replace(': A', ': B') },
    );
    await pass();
    commit({ [path]: null });
    issueOf(world).gone = 'deleted';
    await pass(true);
    assert.match(file('issues/002-b.md'), /number: 2/);
    for (const title of ['C', 'D']) {
      commit({ 'issues/a.md': text.replace(': A', `: ${title}`) });
      await pass();
      const at = [...recordsOf(world).values()].find((record) => record.file.title === title)?.path;
      commit({ [at ?? '']: null });
      const made = [...world.issues.values()].at(-1) ?? assert.fail();
      made.gone = 'deleted';
      await pass(true);
    }
    const made = [...world.issues.values()].flatMap(({ markers: own }) => own);
    assert.equal(new Set(made).size, 4);
  });

  it('is told again as long as its issue is gone and its file was changed', async () => {
    const { world, commit, pass, file } = begin({}, { 'issues/a.md': text });
    await pass();
    commit({ [path]: file().replace('9 s', '10 s') });
    issueOf(world).gone = 'deleted';
    await pass(true);
    const state = () => commitAt(world.repository, 'refs/sync/issues')?.files.get('state.json');
    for (let again = 0; again < 2; again += 1) {
      assert.deepEqual(JSON.parse(state() ?? '').open, [1]);
      await pass(true);
    }
    commit({ [path]: file().replace(/^github:.*\n/m, '') });
    await pass();
    await pass();
    assert.deepEqual(titles(world), ['A', 'A'], 'another issue, where its link was taken away');
    assert.equal(recordsOf(world).get(1), undefined);
  });
});

describe('a path where the file of another issue was', () => {
  const text = (title: string) => `---\ntitle: ${title}\n---\nIt takes 9 s.\n`;
  const linked = (number: number) => new RegExp(`number: ${number},`);

  it('is of the one that lies there after the branch was put back, and the other has its file again', async () => {
    for (const rewritten of ['edit', 'github']) {
      const onFileDeleted = rewritten === 'edit' ? 'restore' : 'close';
      const sync = { rewritten, names: 'keep', onFileDeleted };
      const { world, commit, pass, file } = begin(sync, { 'issues/a.md': text('A') });
      await pass();
      const start = headOf(world.repository);
      commit({ 'issues/a.md': null, 'issues/b.md': file('issues/a.md') });
      await pass();
      commit({ 'issues/a.md': text('B') });
      await pass();
      assert.match(file('issues/a.md'), linked(2));
      move(world.repository, main, start);
      for (let again = 0; again < 3; again += 1) await pass(true);
      assert.deepEqual(titles(world), ['A', 'B'], rewritten);
      assert.equal(issueOf(world, 2).fields.state, 'open', rewritten);
      assert.match(file('issues/a.md'), linked(1), rewritten);
      assert.match(file(recordsOf(world).get(2)?.path ?? ''), linked(2), rewritten);
      const { refs } = world.repository;
      const before = JSON.stringify([...refs]);
      await pass(true);
      assert.equal(JSON.stringify([...refs]), before, 'it rests');
    }
  });

  it('is the end of the file that another was moved over', async () => {
    const files = { 'issues/a.md': text('A'), 'issues/b.md': text('B') };
    const { world, desk, commit, pass, file } = begin({ names: 'keep' }, files);
    await pass();
    commit({ 'issues/a.md': null, 'issues/b.md': file('issues/a.md') });
    await pass();
    assert.deepEqual(titles(world), ['A', 'B']);
    assert.equal(recordsOf(world).get(1)?.path, 'issues/b.md');
    assert.equal(recordsOf(world).get(2)?.path, null);
    assert.deepEqual(
      desk.waits.map(({ kind, number }) => [kind, number]),
      [['gone', 2]],
    );
  });
});

describe('twenty new files', () => {
  it('cost a list, a creation and a push', async () => {
    const files = (word: string, count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`issues/${word}-${at}.md`, `# ${word} ${at}\n`]),
      );
    const { world, desk, commit, pass } = begin({}, files('a', 30));
    await pass();
    commit(files('b', 20));
    const asked: string[] = [];
    desk.disturb = (point) => {
      if (/^before (?:issues|items|pulls|refs|tree\.push)|^after issues\.changed/.test(point))
        asked.push(point);
    };
    await pass();
    assert.equal(world.issues.size, 50);
    assert.deepEqual(asked, [
      'after issues.changedIssues',
      'before issues.createIssues',
      'before tree.push',
    ]);
  });
});

describe('what a write took the place of', () => {
  it('is told where the host does not take it back, and tried once', async () => {
    const { world, desk, commit, pass, file } = begin(
      {},
      { 'issues/a.md': '---\ntitle: A\n---\n' },
    );
    await pass();
    commit({ [path]: file().replace('title: A', 'title: A\nmilestone: v2') });
    desk.disturb = (point) => {
      if (point !== 'write' || issueOf(world).milestones.length > 0) return;
      setMilestone(world, issueOf(world), 'no-such', 'bob');
    };
    await pass();
    assert.equal(issueOf(world).fields.milestone, 'v2');
    assert.deepEqual(world.ledger.filter((line) => line.includes('issueNotRecovered')).length, 1);
    const writes = world.hostWrites;
    await pass(true);
    assert.equal(world.hostWrites, writes);
  });

  it('is put back where nothing of the issue was noted yet, also after a crash', async () => {
    for (const isCrash of [false, true]) {
      const text = '---\ntitle: A\n---\n';
      const { world, desk, commit, pass, file } = begin({}, { 'issues/a.md': text });
      const done = new Set<string>();
      const isFirst = (point: string, at: string) =>
        point === at && !done.has(at) && done.add(at).size > 0;
      desk.disturb = (point) => {
        // Outrun: the issue is made, and nothing of it noted.
        if (isFirst(point, 'before tree.push')) {
          world.nowMs += 1_000;
          commit({ 'issues/a.md': text.replace('A', 'A\nmilestone: v1') });
        }
        if (isFirst(point, 'write')) setMilestone(world, issueOf(world), 'v2', 'bob');
        if (isCrash && isFirst(point, 'written')) throw new Crash();
      };
      await pass();
      assert.equal(issueOf(world).fields.milestone, 'v2', `crash: ${isCrash}`);
      assert.match(file(), /milestone: v1/);
      assert.equal(recordsOf(world).get(1)?.questions.milestone?.kind, 'conflict');
    }
  });

  it('is told in a comment where another took its place who had not seen it', async () => {
    for (const isCrash of [false, true]) {
      const text = '---\ntitle: A\n---\n';
      const { world, desk, commit, pass, file } = begin({ names: 'keep' }, { 'issues/a.md': text });
      await pass();
      commit({ 'issues/a.md': file('issues/a.md').replace('A', 'B') });
      const people = ['Bob', 'Eve'];
      desk.disturb = (point) => {
        const isNow = people.length === 2 ? point === 'write' : point === 'written';
        const title = isNow ? people.shift() : undefined;
        if (title === undefined) return;
        setTitle(world, issueOf(world), title, title.toLowerCase());
        if (isCrash && point === 'written') throw new Crash();
      };
      await pass();
      assert.equal(issueOf(world).fields.title, 'Eve', `crash: ${isCrash}`);
      assert.match(file('issues/a.md'), /title: B\n[^]*In between, the title was[^]*\nBob\n/);
      const writes = world.hostWrites;
      await pass(true);
      assert.equal(world.hostWrites, writes, 'it is told once');
    }
  });
});
