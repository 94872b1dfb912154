/** What reading the files of a branch must fulfil, whoever reads them. */
import assert from 'node:assert/strict';
import { Failure } from '../../src/domain/failures.js';
import type { IssueTree } from '../../src/ports/issue-tree.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { atMs, base, main, type TreeUnderTest, treeScene } from '../support/tree-scene.js';

const failsWith = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code;

export function describeTreeReading({ name, connect }: TreeUnderTest): void {
  describe(`files of issues read by ${name}`, function () {
    this.timeout(60_000);
    let github: GithubUnderTest;
    let tree: IssueTree;
    before(async () => {
      github = await startGithub();
      tree = connect(github);
    });
    after(() => github.stop());

    it('says where branch and base are, and that there is no such branch', async () => {
      const scene = await treeScene(github, { 'issues/1.md': 'a' });
      const { repository } = scene;
      assert.deepEqual(await tree.readHeads(repository, 'main'), {
        head: scene.head(),
        base: null,
      });
      const other = await scene.plant({ 'state.json': '{}' }, { parent: null });
      await scene.move(base, other);
      await scene.move('refs/heads/feat/ä+1%20', scene.head());
      // Its name ends like that of the branch.
      await scene.move('refs/sync/refs/heads/main', other);
      const heads = { head: scene.head(), base: other };
      assert.deepEqual(await tree.readHeads(repository, 'main'), heads);
      assert.deepEqual(await tree.readHeads(repository, 'feat/ä+1%20'), heads);
      for (const wrong of ['gone', 'refs/heads/main']) {
        await assert.rejects(tree.readHeads(repository, wrong), failsWith('NotFound'));
      }
    });

    it('knows what lies in the history of what, also of what is nowhere', async () => {
      const scene = await treeScene(github, { 'issues/1.md': 'a' });
      const { repository } = scene;
      const first = scene.head();
      const second = await scene.commit({ 'issues/1.md': 'b' });
      const aside = await scene.plant({ 'issues/1.md': 'c' }, { parent: first });
      await scene.move('refs/heads/aside', aside);
      const cases = [
        [first, second, true],
        [second, first, false],
        [second, second, true],
        [aside, second, false],
        ['f'.repeat(40), second, false],
      ] as const;
      for (const [ancestor, head, expected] of cases) {
        assert.equal(await tree.isAncestor(repository, ancestor, head), expected);
      }
    });

    it('tells what changed under the folder, and who changed it last', async () => {
      const text = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n';
      const scene = await treeScene(github, {
        ...{ 'issues/1.md': 'a', 'issues/2.md': text, 'issues/3.md': 'c' },
        ...{ 'issues/4.md': 'd', 'issues/run.md': 'r', 'notes/9.md': 'n' },
      });
      const { repository } = scene;
      const from = scene.head();
      await scene.commit({ 'issues/1.md': 'a2', 'issues/x.txt': 'x', 'notes/9.md': 'n2' });
      const moved = await scene.commit(
        { 'issues/2.md': null, 'issues/archive/2-two.md': text },
        { who: 'bob', at: atMs + 60_000 },
      );
      const deleted = await scene.commit({ 'issues/3.md': null }, { who: 'cleo' });
      await scene.commit({ 'issues/run.md': { mode: '100755', text: 'r' } });
      const to = await scene.commit({ 'issues/1.md': 'a3', 'issues/5.md': 'e' }, { who: 'dan' });
      const by = (who: string, commit: string, at = atMs) => ({
        author: { name: who, email: `${who}@shop.test`, atMs: at, commit },
      });
      const found = await tree.changedFiles(repository, from, to, 'issues');
      const sorted = [...found].sort((a, b) => (a.path < b.path ? -1 : 1));
      const none = { previousPath: null };
      assert.deepEqual(sorted, [
        { path: 'issues/1.md', ...none, change: 'modified', ...by('dan', to) },
        { path: 'issues/3.md', ...none, change: 'deleted', ...by('cleo', deleted) },
        { path: 'issues/5.md', ...none, change: 'added', ...by('dan', to) },
        {
          ...{ path: 'issues/archive/2-two.md', previousPath: 'issues/2.md', change: 'renamed' },
          ...by('bob', moved, atMs + 60_000),
        },
      ]);
      assert.deepEqual(await tree.changedFiles(repository, to, to, 'issues'), []);
      const all = await tree.changedFiles(repository, null, to, 'issues');
      assert.deepEqual(all.map(({ path, change }) => `${change} ${path}`).sort(), [
        ...['added issues/1.md', 'added issues/4.md', 'added issues/5.md'],
        ...['added issues/archive/2-two.md', 'added issues/run.md'],
      ]);
    });

    it('compares trees, not histories, where history was rewritten', async () => {
      const scene = await treeScene(github, { 'issues/1.md': 'a', 'issues/2.md': 'b' });
      const { repository } = scene;
      const first = scene.head();
      const from = await scene.commit({ 'issues/2.md': 'theirs', 'issues/3.md': 'c' });
      await tree.readHeads(repository, 'main');
      const to = await scene.plant({ 'issues/1.md': 'ours' }, { parent: first, who: 'eve' });
      await scene.move(main, to);
      const found = await tree.changedFiles(repository, from, to, 'issues');
      const told = found.map(({ path, change, author }) => `${change} ${path} ${author.name}`);
      assert.deepEqual(told.sort(), [
        ...['deleted issues/3.md eve', 'modified issues/1.md eve', 'modified issues/2.md ada'],
      ]);
    });

    it('reads names that are made to mislead, and no link and no submodule', async () => {
      const odd = [
        ...['a\nb.md', 'tab\tquote".md', '-rf.md', '--output=x.md', ':(top)x.md', '*.md', ' .md'],
        ...['ü/☃.md', 'a\\b.md', "o'clock $(id) `id`.md", '%2e%2e.md', '{sha}.md', 'x:y.md'],
      ].map((one) => `issues/${one}`);
      const scene = await treeScene(github, {});
      const { repository } = scene;
      const from = scene.head();
      const to = await scene.commit({
        ...Object.fromEntries(odd.map((path) => [path, path])),
        'issues/link.md': { mode: '120000', text: '/etc/passwd' },
        'issues/sub.md': { mode: '160000', text: 'a'.repeat(40) },
        'issues/deep/folder.md/inner.txt': 'x',
      });
      const none = ['issues/link.md', 'issues/sub.md', 'issues/deep/folder.md', 'issues', 'no.md'];
      for (const start of [from, null]) {
        const found = await tree.changedFiles(repository, start, to, 'issues');
        assert.deepEqual(found.map(({ path }) => path).sort(), [...odd].sort());
      }
      const files = await tree.listFiles(repository, to, 'issues');
      assert.deepEqual([...files].sort(), [...odd, 'issues/deep/folder.md/inner.txt'].sort());
      const texts = await tree.readFiles(repository, to, [...odd, ...none, '../x', '/etc/passwd']);
      for (const path of odd) assert.equal(texts.get(path), path);
      for (const path of [...none, '../x', '/etc/passwd']) assert.equal(texts.get(path), null);
      // A link that becomes a file is new, and a file that becomes a link is gone.
      const turned = await scene.commit({
        'issues/link.md': 'now text',
        'issues/a\nb.md': { mode: '120000', text: 'x' },
      });
      const found = await tree.changedFiles(repository, to, turned, 'issues');
      assert.deepEqual(found.map(({ path, change }) => `${change} ${path}`).sort(), [
        ...['added issues/link.md', 'deleted issues/a\nb.md'],
      ]);
      // Nor is a name a pattern.
      for (const path of ['issues/*.md', 'issues/:(top)x.md', 'issues/-rf.md']) {
        const log = await tree.readLog(repository, turned, { path, atMost: 5 });
        assert.deepEqual(
          log.map(({ sha }) => sha),
          [to],
        );
      }
    });

    it('reads texts byte for byte, and says null for what is none', async () => {
      const large = 'x'.repeat(2 * 1024 * 1024);
      const files = {
        ...{ 'issues/crlf.md': 'a\r\nb\r\n', 'issues/bom.md': '\uFEFFa', 'issues/empty.md': '' },
        ...{ 'issues/wide.md': '☃🎈 e\u0301\n', 'issues/large.md': large, 'top.md': 'top' },
      };
      const scene = await treeScene(github, {
        ...files,
        'issues/too-large.md': `${large}x`,
        'issues/latin.md': Buffer.from([0x61, 0xe4, 0x62]),
        'issues/binary.md': Buffer.from([0x61, 0, 0x62]),
      });
      const none = ['issues/too-large.md', 'issues/latin.md', 'issues/binary.md', 'issues/no.md'];
      const asked = [...Object.keys(files), ...none];
      const texts = await tree.readFiles(scene.repository, scene.head(), asked);
      assert.equal(texts.size, asked.length);
      for (const [path, text] of Object.entries(files)) assert.ok(texts.get(path) === text, path);
      for (const path of none) assert.equal(texts.get(path), null, path);
      assert.equal((await tree.readFiles(scene.repository, scene.head(), [])).size, 0);
    });

    it('reads the log of a ref, of all and of a path', async () => {
      const scene = await treeScene(github, { 'issues/1.md': 'a' });
      const { repository } = scene;
      const message = 'Sync\n\nSync-Run: r1\nSync-Issue: 1\n';
      const [second, third] = [
        await scene.commit({ 'issues/1.md': 'b' }, { at: atMs + 1000, message }),
        await scene.commit({ 'issues/2.md': 'c' }, { at: atMs + 2000, message: 'Ü\n\nü ☃\n' }),
      ];
      const log = await tree.readLog(repository, third, { path: null, atMost: 2 });
      assert.deepEqual(log, [
        { sha: third, atMs: atMs + 2000, message: 'Ü\n\nü ☃' },
        { sha: second, atMs: atMs + 1000, message: message.trimEnd() },
      ]);
      const ofPath = await tree.readLog(repository, third, { path: 'issues/1.md', atMost: 10 });
      assert.deepEqual(
        ofPath.map(({ message: one }) => one.split('\n')[0]),
        ['Sync', 'First'],
      );
    });
  });
}
