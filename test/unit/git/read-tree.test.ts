/** Trees of a mirror are asked of git once, and never for another repository. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createGitIssueTree } from '../../../src/adapters/git/issue-tree.js';
import { createMirrors } from '../../../src/adapters/git/mirror.js';
import { createTreeMemory } from '../../../src/adapters/git/tree-memory.js';
import { createGit } from '../../../src/adapters/gitops/git.js';
import type { IssueTree } from '../../../src/ports/issue-tree.js';
import { createGitRepository, type GitRepository } from '../../support/git-repository.js';

const repository = { owner: 'acme', name: 'shop' };
const blob = 'a'.repeat(40);

describe('a tree that was read', () => {
  let origin: GitRepository;
  let tree: IssueTree;
  const asked: string[] = [];

  before(async () => {
    origin = await createGitRepository({ 'issues/1.md': 'one\n', 'a.txt': 'a\n' });
    tree = createGitIssueTree(
      createMirrors({
        folder: join(origin.folder, 'mirrors'),
        gitIn: (folder) => {
          const git = createGit({ program: 'git', folder, environment: process.env });
          const run: typeof git.run = (args, call) => {
            asked.push(args[0] ?? '');
            return git.run(args, call);
          };
          return { ...git, run };
        },
        urlOf: () => origin.url,
        accessTo: async () => ({}),
      }),
    );
  });
  after(() => origin.dispose());

  it('is asked for once, what is not there too', async () => {
    const { head } = await tree.readHeads(repository, 'main');
    const paths = ['issues/1.md', 'issues/2.md', 'a.txt', 'docs/none.md'];
    const read = () => tree.readFiles(repository, head, paths);
    const texts = new Map([
      ...[['issues/1.md', 'one\n'] as const, ['issues/2.md', null] as const],
      ...[['a.txt', 'a\n'] as const, ['docs/none.md', null] as const],
    ]);
    assert.deepEqual(await read(), texts);
    asked.length = 0;
    assert.deepEqual(await read(), texts);
    assert.deepEqual(asked, []);
  });

  it('is read again where another commit has it, but for the texts that are the same', async () => {
    const next = await origin.pushAs('ann', { 'issues/2.md': 'one\n' });
    await tree.readHeads(repository, 'main');
    await tree.readFiles(repository, next, []);
    asked.length = 0;
    const texts = await tree.readFiles(repository, next, ['issues/1.md', 'issues/2.md']);
    assert.deepEqual([...texts.values()], ['one\n', 'one\n']);
    assert.deepEqual(asked, ['ls-tree']);
  });

  it('is forgotten when there is too much of it', () => {
    const memory = createTreeMemory()('acme/shop');
    memory.keepText(blob, 'x'.repeat(3_000_000));
    assert.equal(memory.text(blob)?.text?.length, 3_000_000);
    memory.keepText('b'.repeat(40), 'x'.repeat(3_000_000));
    assert.equal(memory.text(blob), undefined);
  });

  it('is not shown to another repository', () => {
    const memoryOf = createTreeMemory();
    memoryOf('acme/shop').keepText(blob, 'secret');
    memoryOf('acme/shop').keepFolder(blob, '', []);
    assert.equal(memoryOf('acme/site').text(blob), undefined);
    assert.equal(memoryOf('acme/site').folder(blob, ''), null);
  });
});
