/** What pushing files and bases must fulfil, whoever pushes: all or none, under leases, known again after a loss. */
import assert from 'node:assert/strict';
import { Failure } from '../../src/domain/failures.js';
import type { IssueTree, TreePush } from '../../src/ports/issue-tree.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { atMs, base, main, type TreeUnderTest, treeScene } from '../support/tree-scene.js';

const file = 'issues/1-a.md';

export function describeTreePushes({ name, pushes, ...way }: TreeUnderTest): void {
  const { connect, connectHasty } = way;
  describe(`files of issues pushed by ${name}`, function () {
    this.timeout(60_000);
    let github: GithubUnderTest;
    let tree: IssueTree;
    before(async () => {
      github = await startGithub();
      tree = connect(github);
    });
    afterEach(() => github.control.clearFaults());
    after(() => github.stop());

    const start = async () => {
      const scene = await treeScene(github, { [file]: 'a', 'issues/2.md': 'b', 'src/x.ts': 'x' });
      return { ...scene, heads: await tree.readHeads(scene.repository, 'main') };
    };
    const shasOf = (push: TreePush) =>
      push.kind === 'pushed' ? push.shas : assert.fail(push.kind);

    it('moves branch and base together, and writes what it was told, no more', async () => {
      const { repository, git, heads, at, textAt, head } = await start();
      const author = { name: 'Ada\n<root> Löwe', email: 'ada@shop.test> <x' };
      const text = 'über\r\nall\n\n';
      const [sha = '', baseSha] = shasOf(
        await tree.push(repository, [
          {
            ...{ ref: main, before: heads.head, parent: heads.head, author, atMs: atMs + 999 },
            writes: [
              { path: file, text },
              { path: 'issues/2.md/now-a-folder.md', text: 'b' },
              { path: 'issues/2.md', text: null },
              { path: 'issues/never.md', text: null },
              { path: 'issues/new/"3"\n.md', text: 'c' },
            ],
            message: 'Sync #1\n\nSync-Run: r1\n',
          },
          {
            ...{ ref: base, before: null, parent: null, author: null, atMs },
            writes: [{ path: 'issues/0/1.json', text: '{}' }],
            message: 'Base',
          },
        ]),
      );
      assert.deepEqual([at(main), at(base)], [sha, baseSha]);
      assert.equal(await textAt(head(), file), text);
      assert.equal(await textAt(head(), 'src/x.ts'), 'x');
      assert.equal(await textAt(sha, 'issues/0/1.json'), null);
      const names = await tree.listFiles(repository, sha, '');
      assert.deepEqual([...names].sort(), [
        ...['README.md', file, 'issues/2.md/now-a-folder.md', 'issues/new/"3"\n.md', 'src/x.ts'],
      ]);
      assert.deepEqual(await tree.listFiles(repository, baseSha ?? '', ''), ['issues/0/1.json']);
      const made = await git.commit(sha);
      assert.deepEqual(made?.parents, [heads.head]);
      assert.equal(made.message.trimEnd(), 'Sync #1\n\nSync-Run: r1');
      assert.doesNotMatch(made.author.name + made.author.email, /[<>\n]/);
      assert.match(made.author.name, /^Ada.*Löwe$/);
      assert.deepEqual(made.committer, { name: 'sluice', email: 'sluice@localhost', atMs });
      assert.equal(made.author.atMs, atMs);
      assert.deepEqual((await git.commit(baseSha ?? ''))?.parents, []);
    });

    it('makes the same again, and pushes what is there already no second time', async () => {
      const { repository, heads, pass, subjects } = await start();
      const first = await tree.push(repository, pass(heads, 'b'));
      github.control.clearLog();
      assert.deepEqual(await tree.push(repository, pass(heads, 'b')), first);
      // As another worker would, which knows nothing of the first.
      assert.deepEqual(await connect(github).push(repository, pass(heads, 'b')), first);
      assert.equal((await subjects(main)).length, 3);
    });

    for (const broken of [main, base]) {
      it(`moves nothing where ${broken} is elsewhere, and says where`, async () => {
        const { repository, heads, pass, at, plant, move } = await start();
        const theirs = await plant({ 'issues/2.md': 'theirs' });
        await move(broken, theirs);
        const others = { [main]: at(main), [base]: at(base) };
        const push = await tree.push(repository, pass(heads, 'b'));
        assert.deepEqual(push, { kind: 'moved', ref: broken, now: theirs });
        assert.deepEqual({ [main]: at(main), [base]: at(base) }, others);
      });
    }

    it('makes no branch anew that somebody deleted', async () => {
      const { repository, heads, pass, at, move, head } = await start();
      await move('refs/heads/side', head());
      const [first, second] = pass(heads, 'b');
      await move('refs/heads/side', null);
      const gone = [{ ...(first ?? assert.fail()), ref: 'refs/heads/side' }];
      const push = await tree.push(repository, second ? [...gone, second] : gone);
      assert.deepEqual(push, { kind: 'moved', ref: 'refs/heads/side', now: null });
      assert.equal(at(base), null);
    });

    it('makes a new branch, and puts one elsewhere when it is told to', async () => {
      const { repository, heads, commit, at, pass, git } = await start();
      const later = await commit({ [file]: 'later' });
      const [write] = pass(heads, 'c');
      const commits = ['refs/heads/sync/new', main].map((ref) => ({
        ...(write ?? assert.fail()),
        ...{ ref, before: ref === main ? later : null },
      }));
      const shas = shasOf(await tree.push(repository, commits));
      assert.deepEqual([at('refs/heads/sync/new'), at(main)], shas);
      assert.deepEqual((await git.commit(at(main) ?? ''))?.parents, [heads.head]);
    });

    it('says that the host lets nobody push there, and moves nothing', async () => {
      const { control } = github;
      const guards = [
        (where: Parameters<typeof control.protect>[0]) =>
          control.protect(where, 'main', {
            ...{ enforceAdmins: true, reviews: { count: 1 } as never },
          }),
        (where: Parameters<typeof control.protect>[0]) =>
          void control.addRuleset(where, { name: 'r', rules: [{ type: 'pull_request' }] as never }),
      ];
      for (const guard of guards) {
        const { repository, heads, pass, at } = await start();
        guard(repository);
        const push = await tree.push(repository, pass(heads, 'b'));
        assert.equal(push.kind, 'denied');
        assert.equal(push.ref, main);
        assert.match(push.reason, /pull request/i);
        assert.deepEqual([at(main), at(base)], [heads.head, null]);
      }
    });

    for (const kind of ['hangUp', 'errorAfterEffect'] as const) {
      it(`knows its push again when the answer was lost: ${kind}`, async () => {
        const { repository, heads, pass, at, subjects } = await start();
        github.control.fault({ operation: pushes, kind });
        const shas = shasOf(await tree.push(repository, pass(heads, 'b')));
        assert.deepEqual([at(main), at(base)], shas);
        assert.equal((await subjects(main)).length, 3);
      });
    }

    it('knows its push again when others went on from it meanwhile', async () => {
      const { repository, heads, pass, commit } = await start();
      const shas = shasOf(await tree.push(repository, pass(heads, 'b')));
      await commit({ 'issues/2.md': 'further' });
      assert.deepEqual(await connect(github).push(repository, pass(heads, 'b')), {
        ...{ kind: 'pushed', shas },
      });
    });

    it('fails while nothing came there, and pushes when it is asked again', async () => {
      const { repository, heads, pass, at } = await start();
      github.control.fault({ operation: pushes, kind: 'errorBeforeEffect' });
      await assert.rejects(
        tree.push(repository, pass(heads, 'b')),
        (error) => error instanceof Failure && error.code === 'Unavailable',
      );
      assert.deepEqual([at(main), at(base)], [heads.head, null]);
      const shas = shasOf(await tree.push(repository, pass(heads, 'b')));
      assert.deepEqual([at(main), at(base)], shas);
    });

    it('bears a push that is done long after nobody waits for it any more', async () => {
      const { repository, heads, pass, at, subjects } = await start();
      const hasty = connectHasty(github);
      await assert.rejects(
        hasty.tree.push(repository, pass(heads, 'b')),
        (error) => error instanceof Failure && error.code === 'Unavailable',
      );
      assert.deepEqual([at(main), at(base)], [heads.head, null]);
      await hasty.release();
      assert.notEqual(at(base), null);
      const shas = shasOf(await tree.push(repository, pass(heads, 'b')));
      assert.deepEqual([at(main), at(base)], shas);
      assert.equal((await subjects(main)).length, 3);
    });

    it('writes nowhere outside the tree', async () => {
      const { repository, heads, pass, at } = await start();
      for (const path of ['../x', '/x', 'a//b', '.git/config', 'a/.GIT/hooks/x', '', 'a\0b']) {
        const writes = [{ path, text: 'x' }];
        await assert.rejects(
          tree.push(repository, pass(heads, 'b', { writes })),
          (error) => error instanceof Failure && error.code === 'InvalidInput',
          JSON.stringify(path),
        );
      }
      for (const ref of ['main', 'refs/heads/a:b', '--upload-pack=x', 'refs/heads/a..b']) {
        await assert.rejects(
          tree.push(repository, pass(heads, 'b', { ref })),
          (error) => error instanceof Failure && error.code === 'InvalidInput',
          ref,
        );
      }
      assert.deepEqual([at(main), at(base)], [heads.head, null]);
    });
  });
}
