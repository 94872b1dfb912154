/** Answers to conflicts by their pull request, while both sides go on being written: what was shown is what an answer has seen. */
import assert from 'node:assert/strict';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

const path = 'issues/001-a.md';
const branch = 'sync/conflict-1';

describe('an answer to a conflict', function () {
  this.timeout(120_000);
  let syncing: SyncingUnderTest;
  before(async () => {
    syncing = await startSyncing();
  });
  after(() => syncing.stop());

  /** Issue 1 with its file, and other lines on both sides. */
  async function withConflict(): Promise<SyncedRepository> {
    const files = { 'issues/a.md': '---\ntitle: A\n---\nIt takes 9 s.\n\nAnd more.\n' };
    const repository = await syncing.repository({ files });
    await repository.begin();
    await edit(repository, '9 s', '10 s');
    await write(repository, 'It takes 11 s.\n\nAnd more.');
    await repository.pass();
    assert.match((await repository.file(path, branch)) ?? '', /10 s[\s\S]*11 s/);
    return repository;
  }
  const edit = async (repository: SyncedRepository, from: string | RegExp, to: string) => {
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace(from, to) });
  };
  const write = (repository: SyncedRepository, body: string) =>
    syncing.github.control.editIssue(repository.key, 1, { body }, 'bob');
  const pullOf = (repository: SyncedRepository) =>
    [...syncing.github.control.repository(repository.key).items.values()].findLast(
      ({ pull }) => pull !== null,
    );
  const markers = /<<<<<<< file[\s\S]*>>>>>>> github/;
  const push = async (repository: SyncedRepository, text: string): Promise<string> => {
    const asked = (await repository.file(path, branch)) ?? '';
    const files = { [path]: asked.replace(markers, text) };
    return syncing.github.control.commit(repository.key, { branch, files, author: 'ann' });
  };
  const merge = async (repository: SyncedRepository, headSha: string): Promise<void> => {
    const number = pullOf(repository)?.number ?? 0;
    const { pulls } = syncing.github.codeHost;
    const merged = await pulls.mergePull(repository.key, number, { headSha, method: 'squash' });
    assert.equal(merged.kind, 'merged');
  };
  const bodies = async (repository: SyncedRepository) => [
    repository.issue(1).body?.split('\n\n<!--')[0],
    ((await repository.file(path)) ?? '').split('---\n').at(-1)?.trim(),
  ];

  it('has seen what its pull request showed, and not what was written since', async () => {
    const repository = await withConflict();
    const sha = await push(repository, 'It takes 12 s.');
    await repository.pass();
    await write(repository, 'It takes 11 s.\n\nAnd more.\n\nA new fact.');
    await repository.pass();
    const checks = await syncing.github.codeHost.checks.listRuns(repository.key, sha);
    assert.deepEqual(
      checks.map(({ conclusion }) => conclusion),
      ['success'],
      'the answer is whole',
    );
    await merge(repository, sha);
    const { waits } = await repository.pass();
    assert.deepEqual(waits, []);
    const both = 'It takes 12 s.\n\nAnd more.\n\nA new fact.';
    assert.deepEqual(await bodies(repository), [both, both]);
  });

  it('is the text of the file where that is what it leaves', async () => {
    const repository = await withConflict();
    const sha = await push(repository, 'It takes 10 s.');
    await merge(repository, sha);
    const { waits } = await repository.pass();
    assert.deepEqual(waits, []);
    const both = 'It takes 10 s.\n\nAnd more.';
    assert.deepEqual(await bodies(repository), [both, both]);
    assert.ok(!repository.issue(1).labels.includes('sync:conflict'));
  });

  it('with markers in it is none until somebody takes them away', async () => {
    const repository = await withConflict();
    const sha = await push(repository, '$&');
    await merge(repository, sha);
    for (let pass = 0; pass < 2; pass += 1) {
      const { waits } = await repository.pass();
      assert.deepEqual(
        waits.map(({ kind, reason }) => [kind, reason]),
        [['conflict', 'markers of a conflict are left in line 1 of the text']],
      );
    }
    await write(repository, 'It takes 11 s.\n\nAnd more.\n\nA new fact.');
    await repository.pass();
    await edit(repository, markers, 'It takes 12 s.');
    const { waits } = await repository.pass();
    assert.deepEqual(waits, []);
    const both = 'It takes 12 s.\n\nAnd more.\n\nA new fact.';
    assert.deepEqual(await bodies(repository), [both, both]);
  });

  it('is left alone by whoever amends our commit, and a branch of ours follows its file', async () => {
    const repository = await withConflict();
    const tip = repository.head(`refs/heads/${branch}`);
    await edit(repository, 'title: A', 'title: A\nx: 1');
    await repository.pass();
    assert.notEqual(
      repository.head(`refs/heads/${branch}`),
      tip,
      'it is made of the file as it is',
    );
    assert.match((await repository.file(path, branch)) ?? '', /x: 1[\s\S]*<<<<<<< file/);
    const writes = repository.writes();
    await repository.pass({ full: true });
    assert.equal(repository.writes(), writes);
    const ours = repository.head(`refs/heads/${branch}`) ?? '';
    const { message } = await syncing.github.codeHost.refs.readCommit(repository.key, ours);
    const asked = (await repository.file(path, branch)) ?? '';
    const amended = await syncing.github.issueTree.push(repository.key, [
      {
        ...{ ref: `refs/heads/${branch}`, before: ours, parent: repository.head(), message },
        writes: [{ path, text: asked.replace(markers, 'It takes 12 s.') }],
        ...{ author: null, atMs: syncing.github.control.now() },
      },
    ]);
    assert.equal(amended.kind, 'pushed');
    await write(repository, 'It takes 11 s.\n\nAnd more.\n\nA new fact.');
    await repository.pass();
    assert.match((await repository.file(path, branch)) ?? '', /12 s/);
  });
});
