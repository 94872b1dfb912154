/** Merges worked out by git itself, in mirrors of a real repository. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createMergeTrees } from '../../../src/adapters/git/merge-trees.js';
import { createMirrors } from '../../../src/adapters/git/mirror.js';
import { createGit } from '../../../src/adapters/gitops/git.js';
import { Failure } from '../../../src/domain/failures.js';
import type { MergeTrees } from '../../../src/ports/merge-trees.js';
import { createGitRepository, type GitRepository } from '../../support/git-repository.js';

const repository = { owner: 'acme', name: 'shop' };

describe('merge trees', () => {
  let origin: GitRepository;
  let trees: MergeTrees;
  let base: string;
  const heads = new Map<string, string>();
  const sha = (name: string): string => heads.get(name) ?? assert.fail(name);

  before(async () => {
    origin = await createGitRepository({ 'a.txt': '1\n2\n3\n4\n5\n', 'b.txt': 'b\n' });
    base = await origin.tip();
    /** A branch of one commit on the first one, known to the host by its SHA. */
    const branch = async (name: string, files: Record<string, string>) => {
      await origin.git('update-ref', 'refs/heads/main', base);
      heads.set(name, await origin.pushAs(name, files));
      await origin.git('update-ref', `refs/pull/${name}/head`, sha(name));
    };
    await branch('top', { 'a.txt': 'one\n2\n3\n4\n5\n' });
    await branch('bottom', { 'a.txt': '1\n2\n3\n4\nfive\n' });
    await branch('clash', { 'a.txt': 'uno\n2\n3\n4\n5\n' });
    await origin.git('update-ref', 'refs/heads/main', base);
    trees = createMergeTrees(
      createMirrors({
        folder: join(origin.folder, 'mirrors'),
        gitIn: (folder) => createGit({ program: 'git', folder, environment: process.env }),
        urlOf: () => origin.url,
        accessTo: async () => ({}),
      }),
    );
  });
  after(() => origin.dispose());

  const textAt = (tree: string) => origin.git('cat-file', '-p', `${tree}:a.txt`);

  it('yields the tree of a merge, and the paths of a conflict', async () => {
    const clean = await trees.mergeTree(repository, sha('top'), { number: 2, sha: sha('bottom') });
    assert.equal(clean.kind, 'merged');
    const clash = await trees.mergeTree(repository, sha('top'), { number: 3, sha: sha('clash') });
    assert.deepEqual(clash, { number: 3, kind: 'conflicts', paths: ['a.txt'] });
  });

  it('pushes heads one after the other, leaves out what conflicts, and makes the same again', async () => {
    const trial = {
      ...{ branch: 'sluice/queue/main/1', baseSha: base, atMs: 1_700_000_000_000 },
      heads: ['top', 'clash', 'bottom'].map((name, n) => ({ number: n + 1, sha: sha(name) })),
    };
    const made = await trees.pushTrial(repository, trial);
    assert.deepEqual(
      made?.merges.map(({ kind }) => kind),
      ['merged', 'conflicts', 'merged'],
    );
    const at = (await origin.git('rev-parse', 'refs/heads/sluice/queue/main/1')).trim();
    assert.equal(at, made?.sha);
    assert.equal(await textAt(at), 'one\n2\n3\n4\nfive\n');
    const count = await origin.git('rev-list', '--count', `${base}..${at}`);
    assert.equal(count.trim(), '2');
    assert.deepEqual(await trees.pushTrial(repository, trial), made);
  });

  it('pushes nothing for one head that holds the base', async () => {
    const [head] = [{ number: 1, sha: sha('top') }];
    const trial = { branch: 'sluice/queue/main/2', baseSha: base, heads: [head], atMs: 0 };
    const made = await trees.pushTrial(repository, trial);
    assert.deepEqual([made?.sha, made?.isHead], [sha('top'), true]);
    assert.equal(await origin.git('for-each-ref', 'refs/heads/sluice/queue/main/2'), '');
  });

  it('makes nothing where every head conflicts', async () => {
    const heads = [{ number: 3, sha: sha('clash') }];
    const trial = { branch: 'sluice/queue/main/3', baseSha: sha('top'), heads, atMs: 0 };
    assert.equal(await trees.pushTrial(repository, trial), null);
  });

  it('fails, and does not say "conflict", for a commit that is not there', async () => {
    const lost = { number: 4, sha: 'f'.repeat(40) };
    await assert.rejects(
      trees.mergeTree(repository, base, lost),
      (error) => error instanceof Failure && error.code === 'Unavailable',
    );
  });

  it('serves many at once from one mirror', async () => {
    const asked = Array.from({ length: 8 }, (_, n) =>
      trees.mergeTree(repository, base, { number: n, sha: sha(n % 2 ? 'top' : 'bottom') }),
    );
    for (const answer of await Promise.all(asked)) assert.equal(answer.kind, 'merged');
  });
});
