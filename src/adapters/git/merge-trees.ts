/** Merges worked out by the git program in bare mirrors of our own, one for a repository. */
import { Failure } from '../../domain/failures.js';
import type { MergeHead, MergeTrees, TreeMerge } from '../../ports/merge-trees.js';
import { distantMs, type Mirror, type Mirrors } from './mirror.js';

export function createMergeTrees(mirrors: Mirrors): MergeTrees {
  return {
    async mergeTree(repository, base, head) {
      const mirror = await mirrors.of(repository);
      await mirror.have([base, head.sha]);
      return merge(mirror, base, head);
    },

    async pushTrial(repository, { branch, baseSha, heads, atMs }) {
      const mirror = await mirrors.of(repository);
      await mirror.have([baseSha, ...heads.map(({ sha }) => sha)]);
      const [only, ...others] = heads;
      if (only && others.length === 0 && (await mirror.isAncestor(baseSha, only.sha))) {
        const merges = [await merge(mirror, baseSha, only)];
        return { sha: only.sha, merges, isHead: true };
      }
      let tip = baseSha;
      const merges: TreeMerge[] = [];
      for (const head of heads) {
        const merged = await merge(mirror, tip, head);
        merges.push(merged);
        if (merged.kind === 'merged') {
          tip = await commit(mirror, merged.tree, tip, `#${head.number} at ${head.sha}`, atMs);
        }
      }
      if (tip === baseSha) return null;
      await push(mirror, tip, branch);
      return { sha: tip, merges, isHead: false };
    },
  };
}

async function merge({ git }: Mirror, base: string, head: MergeHead): Promise<TreeMerge> {
  const { number, sha } = head;
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', base, sha];
  const { code, stdout, stderr } = await git.ask(args);
  const [tree = '', ...paths] = stdout.split('\0').filter((part) => part !== '');
  if (code === 0 && /^[0-9a-f]{40,64}$/.test(tree)) return { number, kind: 'merged', tree };
  if (code === 1) return { number, kind: 'conflicts', paths: [...new Set(paths)] };
  throw new Failure('Unavailable', 'git cannot merge trees here', {
    where: 'git merge-tree',
    seen: stderr.trim().slice(0, 200) || String(code),
    next: 'install git 2.38 or newer on every worker',
  });
}

/** One parent, as a squash leaves it; nothing in it depends on when or where it is made. */
async function commit(
  { git }: Mirror,
  tree: string,
  parent: string,
  message: string,
  atMs: number,
): Promise<string> {
  const date = `@${Math.floor(atMs / 1000)} +0000`;
  const person = { NAME: 'sluice', EMAIL: 'sluice@localhost', DATE: date };
  const env = Object.fromEntries(
    Object.entries(person).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  );
  return (await git.run(['commit-tree', tree, '-p', parent, '-m', message], { env })).trim();
}

async function push({ git, url, access }: Mirror, sha: string, branch: string): Promise<void> {
  const env = await access();
  await git.run(['push', '--quiet', '--force', url, `${sha}:refs/heads/${branch}`], {
    env,
    forMs: distantMs,
  });
}
