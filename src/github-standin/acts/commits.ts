/** Commits made over the API: files changed on a branch, under a lease. */
import { changeTree, type Signature } from '../git/tree.js';
import { Problem } from '../problem.js';
import type { Scene } from './items.js';
import { moveRefs } from './refs.js';

/** Null deletes. */
export type FileContents = ReadonlyMap<string, Buffer | null>;

export interface CommitWish {
  readonly branch: string;
  readonly files: FileContents;
  readonly message: string;
  readonly author: Signature;
  readonly committer?: Signature;
  /** Undefined: wherever it is. */
  readonly expectedHead?: string;
  /** Where a branch that is not there begins; without it from the default branch's head. */
  readonly from?: string | null;
}

export async function commitFiles(scene: Scene, wish: CommitWish): Promise<string> {
  const { git, defaultBranch } = scene.repository;
  const ref = `refs/heads/${wish.branch}`;
  const head = git.refs().get(ref) ?? null;
  if (wish.expectedHead !== undefined && wish.expectedHead !== head) {
    throw new Problem(
      409,
      `Expected branch to point to "${wish.expectedHead}" but it points to "${head}".`,
      { type: 'STALE_DATA' },
    );
  }
  const start =
    wish.from === undefined ? (git.refs().get(`refs/heads/${defaultBranch}`) ?? null) : wish.from;
  const parent = head ?? start;
  const changes = new Map<string, { mode: string; sha: string } | null>();
  for (const [path, content] of wish.files) {
    const sha = content === null ? null : await git.objects.write('blob', content);
    changes.set(path, sha === null ? null : { mode: '100644', sha });
  }
  const base = parent === null ? null : ((await git.commit(parent))?.tree ?? null);
  const sha = await git.writeCommit({
    tree: await changeTree(git.objects, base, changes),
    parents: parent === null ? [] : [parent],
    author: wish.author,
    committer: wish.committer ?? wish.author,
    message: wish.message,
  });
  await moveRefs(scene, [{ ref, before: head, after: sha, isForced: false }]);
  return sha;
}
