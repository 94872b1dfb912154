/** One bare repository: refs moved in git's own transactions, history, merges and differences asked of git. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHistory, type History } from './history.js';
import { type Objects, openObjects } from './objects.js';
import { openRefWriter } from './ref-writer.js';
import { gitText } from './run-git.js';
import { type CommitObject, parseCommit, printCommit } from './tree.js';

export const zeroSha = '0'.repeat(40);

export interface RefMove {
  /** Full name. */
  readonly ref: string;
  /** Null: it must not exist; undefined: wherever it is. */
  readonly before?: string | null;
  /** Null deletes. */
  readonly after: string | null;
}

export interface GitStore extends History {
  readonly folder: string;
  readonly objects: Objects;
  /** Full name to object id, as git last told; sorted. */
  readonly refs: () => ReadonlyMap<string, string>;
  /** Reads refs anew, after somebody else wrote them (a push). */
  readonly reload: () => Promise<void>;
  /** All or none. @returns null, or why git refused */
  readonly move: (moves: readonly RefMove[]) => Promise<string | null>;
  readonly commit: (sha: string) => Promise<CommitObject | null>;
  readonly writeCommit: (commit: Omit<CommitObject, 'sha'>) => Promise<string>;
  readonly close: () => void;
}

export async function openGitStore(folder: string, defaultBranch: string): Promise<GitStore> {
  // What `git init --bare` would write, without its hooks and samples.
  await Promise.all([
    mkdir(join(folder, 'objects', 'pack'), { recursive: true }),
    mkdir(join(folder, 'refs', 'heads'), { recursive: true }),
    mkdir(join(folder, 'refs', 'tags'), { recursive: true }),
  ]);
  await writeFile(join(folder, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  await writeFile(
    join(folder, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tbare = true\n[gc]\n\tauto = 0\n[http]\n\treceivepack = true\n[receive]\n\tadvertiseAtomic = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n',
  );
  const objects = openObjects(folder);
  const writer = openRefWriter(folder);
  let refs = new Map<string, string>();
  const sort = () => {
    refs = new Map([...refs].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const commit = async (sha: string) => {
    const found = await objects.read(sha);
    return found?.type === 'commit' ? parseCommit(found.sha, found.content) : null;
  };
  return {
    folder,
    objects,
    ...createHistory(folder),
    refs: () => refs,
    reload: async () => {
      const text = await gitText(folder, ['for-each-ref', '--format=%(objectname) %(refname)']);
      refs = new Map(
        text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => [line.slice(41), line.slice(0, 40)]),
      );
      sort();
    },
    move: async (moves) => {
      if (moves.length === 0) return null;
      const lines = moves.map(({ ref, before, after }) => {
        const old = before === undefined ? '' : ` ${before ?? zeroSha}`;
        return after === null ? `delete ${ref}${old}` : `update ${ref} ${after}${old}`;
      });
      const refusal = await writer.run(lines);
      if (refusal !== null) return refusal;
      for (const { ref, after } of moves) {
        if (after === null) refs.delete(ref);
        else refs.set(ref, after);
      }
      sort();
      return null;
    },
    commit,
    writeCommit: (value) => objects.write('commit', printCommit(value)),
    close: () => {
      objects.close();
      writer.close();
    },
  };
}
