/** Merges worked out by the git program in bare mirrors of our own, one for a repository. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { MergeHead, MergeTrees, TreeMerge } from '../../ports/merge-trees.js';

/** A git program at work in one bare repository, as the adapter is given it. */
export interface MirrorGit {
  ask(
    args: readonly string[],
    call?: GitCall,
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** @throws Unavailable when it ends otherwise than well */
  run(args: readonly string[], call?: GitCall): Promise<string>;
}

interface GitCall {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly forMs?: number;
}

export interface MergeTreesOptions {
  /** Holds the mirrors; they can be made again at any time. */
  readonly folder: string;
  readonly gitIn: (folder: string) => MirrorGit;
  /** Address to clone from, without a credential in it. */
  readonly urlOf: (repository: RepositoryKey) => string;
  /** Variables by which git is let in there; asked for at every use. */
  readonly accessTo: (repository: RepositoryKey) => Promise<Readonly<Record<string, string>>>;
}

/** A first mirror of a large repository takes minutes. */
const distantMs = 20 * 60_000;

export function createMergeTrees(options: MergeTreesOptions): MergeTrees {
  const mirrors = new Map<string, Promise<Mirror>>();

  function mirrorOf(repository: RepositoryKey): Promise<Mirror> {
    const path = repositoryPath(repository).toLowerCase();
    const known = mirrors.get(path);
    if (known) return known;
    const opened = openMirror(options, repository);
    mirrors.set(path, opened);
    opened.catch(() => mirrors.delete(path));
    return opened;
  }

  return {
    async mergeTree(repository, base, head) {
      const mirror = await mirrorOf(repository);
      await mirror.have([base, head.sha]);
      return mirror.merge(base, head);
    },

    async pushTrial(repository, { branch, baseSha, heads, atMs }) {
      const mirror = await mirrorOf(repository);
      await mirror.have([baseSha, ...heads.map(({ sha }) => sha)]);
      const [only, ...others] = heads;
      if (only && others.length === 0 && (await mirror.isAncestor(baseSha, only.sha))) {
        const merges = [await mirror.merge(baseSha, only)];
        return { sha: only.sha, merges, isHead: true };
      }
      let tip = baseSha;
      const merges: TreeMerge[] = [];
      for (const head of heads) {
        const merge = await mirror.merge(tip, head);
        merges.push(merge);
        if (merge.kind === 'merged') {
          tip = await mirror.commit(merge.tree, tip, `#${head.number} at ${head.sha}`, atMs);
        }
      }
      if (tip === baseSha) return null;
      await mirror.push(tip, branch);
      return { sha: tip, merges, isHead: false };
    },
  };
}

type Mirror = Awaited<ReturnType<typeof openMirror>>;

async function openMirror(
  { folder, gitIn, urlOf, accessTo }: MergeTreesOptions,
  repository: RepositoryKey,
) {
  // Names differ in case on one disk and not on another; a digest does not.
  const path = repositoryPath(repository).toLowerCase();
  const home = join(folder, createHash('sha256').update(path).digest('hex').slice(0, 32));
  await mkdir(home, { recursive: true });
  const git = gitIn(home);
  await git.run(['init', '--bare', '--quiet', home]);
  const url = urlOf(repository);
  /** Two fetches at once would wait for each other's locks. */
  let fetching: Promise<unknown> = Promise.resolve();

  async function missing(shas: readonly string[]): Promise<string[]> {
    const asked = [...new Set(shas)];
    const told = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
      input: `${asked.join('\n')}\n`,
    });
    const there = new Set(
      told.split('\n').flatMap((line) => (line.endsWith(' commit') ? [line.split(' ')[0]] : [])),
    );
    return asked.filter((sha) => !there.has(sha));
  }

  async function fetch(shas: readonly string[]): Promise<void> {
    const absent = await missing(shas);
    if (absent.length === 0) return;
    // A ref for each keeps it, and tells the next fetch what is here.
    const specs = absent.map((sha) => `+${sha}:refs/sluice/seen/${sha}`);
    const env = await accessTo(repository);
    await git.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', url, ...specs], {
      env,
      forMs: distantMs,
    });
  }

  return {
    async have(shas: readonly string[]): Promise<void> {
      const mine = fetching.catch(() => undefined).then(() => fetch(shas));
      fetching = mine;
      await mine;
    },

    async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
      return (await git.ask(['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
    },

    async merge(base: string, { number, sha }: MergeHead): Promise<TreeMerge> {
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
    },

    /** One parent, as a squash leaves it; nothing in it depends on when or where it is made. */
    async commit(tree: string, parent: string, message: string, atMs: number): Promise<string> {
      const date = `@${Math.floor(atMs / 1000)} +0000`;
      const person = { NAME: 'sluice', EMAIL: 'sluice@localhost', DATE: date };
      const env = Object.fromEntries(
        Object.entries(person).flatMap(([key, value]) => [
          [`GIT_AUTHOR_${key}`, value],
          [`GIT_COMMITTER_${key}`, value],
        ]),
      );
      const made = await git.run(['commit-tree', tree, '-p', parent, '-m', message], { env });
      return made.trim();
    },

    async push(sha: string, branch: string): Promise<void> {
      const env = await accessTo(repository);
      await git.run(['push', '--quiet', '--force', url, `${sha}:refs/heads/${branch}`], {
        env,
        forMs: distantMs,
      });
    },
  };
}
