/** What a pass costs over the API alone, as the stand-in counts it, and that every call is as GitHub describes it. */
import assert from 'node:assert/strict';
import type { TreeCommit } from '../../src/ports/issue-tree.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { atMs, base, main, type Planted, treeScene } from '../support/tree-scene.js';

const issue = (n: number) => `issues/${String(n).padStart(3, '0')}-x.md`;
const record = (n: number) => `issues/0/${n}.json`;
const numbers = Array.from({ length: 20 }, (_none, n) => n + 1);
const all = (pathOf: (n: number) => string, text: string): Planted =>
  Object.fromEntries(numbers.map((n) => [pathOf(n), `${text} ${n}`]));

describe('calls of a pass over the API alone', function () {
  this.timeout(60_000);
  let github: GithubUnderTest;
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: atMs });
  });
  after(() => github.stop());

  /** Twenty files, and records of them that are one commit behind where people wrote them. */
  async function start(isChanged: boolean) {
    const scene = await treeScene(github, all(issue, 'old'));
    const settled = scene.head();
    const records = await scene.plant(
      { ...all(record, 'record'), 'state.json': settled },
      { parent: null },
    );
    await scene.move(base, records);
    if (isChanged) {
      await scene.commit(all(issue, 'between'));
      await scene.commit(all(issue, 'new'));
    }
    github.control.clearLog();
    return { ...scene, tree: github.issueTreeOverApi, settled };
  }
  /** Without signing in, which lasts an hour. */
  const calls = () =>
    github.control.log
      .map(({ operation, fields }) => fields[0] ?? operation)
      .filter((name) => !name.startsWith('apps/'));
  const commitOf = (ref: string, before: string, planted: Planted): TreeCommit => ({
    ...{ ref, before, parent: before, message: 'Pass', author: null, atMs },
    writes: Object.entries(planted).map(([path, text]) => ({ path, text: text as string })),
  });

  it('is 7 for 20 files that people changed', async () => {
    const { repository, tree, settled } = await start(true);
    const heads = await tree.readHeads(repository, 'main');
    assert.ok(heads.base);
    const state = await tree.readFiles(repository, heads.base, ['state.json']);
    assert.equal(state.get('state.json'), settled);
    assert.ok(await tree.isAncestor(repository, settled, heads.head));
    const found = await tree.changedFiles(repository, settled, heads.head, 'issues');
    assert.equal(found.length, 20);
    const texts = await tree.readFiles(
      repository,
      heads.head,
      found.map(({ path }) => path),
    );
    assert.equal(texts.get(issue(7)), 'new 7');
    const known = await tree.readFiles(repository, heads.base, numbers.map(record));
    assert.equal(known.get(record(7)), 'record 7');
    // The same step again, in another activity.
    await tree.readFiles(repository, heads.base, numbers.map(record));
    await tree.readFiles(repository, heads.head, numbers.map(issue));
    const moved = [commitOf(base, heads.base, { ...all(record, 'new'), 'state.json': heads.head })];
    assert.equal((await tree.push(repository, moved)).kind, 'pushed');
    assert.deepEqual(calls(), [
      ...['repository', 'repos/compare-commits-with-basehead', 'repository', 'repository'],
      ...['git/create-tree', 'git/create-commit', 'updateRefs'],
    ]);
  });

  it('is 8 for 20 issues that changed at the host, whose files are written', async () => {
    const { repository, tree } = await start(false);
    const heads = await tree.readHeads(repository, 'main');
    assert.ok(heads.base);
    await tree.readFiles(repository, heads.base, ['state.json']);
    await tree.readFiles(repository, heads.base, numbers.map(record));
    await tree.readFiles(repository, heads.head, numbers.map(issue));
    const push = await tree.push(repository, [
      commitOf(main, heads.head, all(issue, 'theirs')),
      commitOf(base, heads.base, { ...all(record, 'theirs'), 'state.json': 'x' }),
    ]);
    assert.equal(push.kind, 'pushed');
    const made = ['git/create-tree', 'git/create-commit'];
    assert.deepEqual(calls(), [
      ...['repository', 'repository', 'repository', ...made, ...made, 'updateRefs'],
    ]);
    // What was just written is known.
    const [head = ''] = push.kind === 'pushed' ? push.shas : [];
    github.control.clearLog();
    assert.equal((await tree.readFiles(repository, head, [issue(3)])).get(issue(3)), 'theirs 3');
    assert.equal(calls().length, 0);
  });

  it('is less where it made the last pass itself: what that did not write is known', async () => {
    const { repository, tree } = await start(false);
    const heads = await tree.readHeads(repository, 'main');
    const before = heads.base ?? '';
    const paths = [...numbers.map(record), 'issues/a.md/1.md', 'issues/b.md'];
    const first = await tree.push(repository, [
      commitOf(base, before, {
        ...all(record, 'ours'),
        'issues/a.md/1.md': 'a',
        'issues/b.md': 'b',
      }),
    ]);
    const [made = ''] = first.kind === 'pushed' ? first.shas : [];
    const second = await tree.push(repository, [
      // A file in place of a folder, and a folder in place of a file.
      commitOf(base, made, { [record(1)]: 'again 1', 'issues/a.md': 'x', 'issues/b.md/1.md': 'y' }),
    ]);
    const [last = ''] = second.kind === 'pushed' ? second.shas : [];
    github.control.clearLog();
    const known = await tree.readFiles(repository, last, numbers.map(record));
    assert.deepEqual([known.get(record(1)), known.get(record(2))], ['again 1', 'ours 2']);
    assert.deepEqual(calls(), []);
    const both = await tree.readFiles(repository, last, paths);
    assert.deepEqual([both.get('issues/a.md/1.md'), both.get('issues/b.md')], [null, null]);
    assert.equal(calls().length, 1);
  });

  it('is 1 where nothing changed', async () => {
    const { repository, tree, settled } = await start(false);
    const { head, base: records } = await tree.readHeads(repository, 'main');
    await tree.readFiles(repository, records ?? '', ['state.json']);
    assert.ok(await tree.isAncestor(repository, settled, head));
    assert.deepEqual(await tree.changedFiles(repository, settled, head, 'issues'), []);
    assert.deepEqual(calls(), ['repository']);
  });

  it('reads both trees where a comparison would not tell all', async () => {
    const { repository, tree, commit } = await start(false);
    const many = Object.fromEntries(
      Array.from({ length: 310 }, (_none, n) => [`issues/many/${n}.md`, `text ${n}`]),
    );
    const from = await commit(many);
    const renamed = Object.fromEntries(
      Object.entries(many).flatMap(([path, text]) => [
        [path, null],
        [path.replace('many', 'moved'), text],
      ]),
    );
    const to = await commit({ ...renamed, [issue(1)]: 'one' }, { who: 'bob' });
    github.control.clearLog();
    const found = await tree.changedFiles(repository, from, to, 'issues');
    assert.equal(found.length, 311);
    assert.equal(found.filter(({ change }) => change === 'renamed').length, 310);
    assert.ok(found.every(({ author }) => author.name === 'bob'));
    assert.ok(calls().length <= 6, calls().join(' '));
  });
});
