/** What git knows about commits together: ancestry, ranges, differences, merges. Answers are of ids, so they are kept. */
import { gitText, runGit } from './run-git.js';

export interface FileChange {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed' | 'changed';
  readonly additions: number;
  readonly deletions: number;
  /** Of the blob; null when it is removed. */
  readonly sha: string | null;
}

export interface History {
  readonly isAncestor: (older: string, newer: string) => Promise<boolean>;
  readonly mergeBase: (a: string, b: string) => Promise<string | null>;
  /** Commits of `head` that `base` has not, newest first, as git lists them. */
  readonly range: (base: string | null, head: string) => Promise<readonly string[]>;
  readonly changes: (from: string, to: string) => Promise<readonly FileChange[]>;
  readonly patch: (from: string, to: string, path: string) => Promise<string>;
  /** Tree of both merged; null when they conflict. */
  readonly mergeTree: (base: string, head: string) => Promise<string | null>;
  /** Commits that touched a path, newest first. */
  readonly touching: (head: string, path: string) => Promise<readonly string[]>;
}

export function createHistory(folder: string): History {
  const kept = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const old = kept.get(key);
    if (old !== undefined) return old as Promise<T>;
    const fresh = ask();
    kept.set(key, fresh);
    fresh.catch(() => kept.delete(key));
    return fresh;
  };
  const lines = async (args: readonly string[]) =>
    (await gitText(folder, args)).split('\n').filter((line) => line !== '');
  const mergeBase = (a: string, b: string) =>
    once(`base ${a} ${b}`, async () => {
      if (a === b) return a;
      const { code, stdout } = await runGit(folder, ['merge-base', a, b]);
      return code === 0 ? stdout.trim() : null;
    });
  return {
    mergeBase,
    isAncestor: async (older, newer) => (await mergeBase(older, newer)) === older,
    range: (base, head) =>
      once(`range ${base} ${head}`, async () => {
        if (base === head) return [];
        return await lines([
          'rev-list',
          '--topo-order',
          head,
          ...(base === null ? [] : [`^${base}`]),
          '--',
        ]);
      }),
    touching: (head, path) =>
      once(`touching ${head} ${path}`, () =>
        lines(['--literal-pathspecs', 'rev-list', head, '--', path]),
      ),
    changes: (from, to) => once(`changes ${from} ${to}`, () => readChanges(folder, from, to)),
    patch: async (from, to, path) => {
      const text = await gitText(folder, ['diff', '--no-color', '-M', from, to, '--', path]);
      const at = text.indexOf('@@');
      return at < 0 ? '' : text.slice(at).replace(/\n$/, '');
    },
    mergeTree: (base, head) =>
      once(`merge ${base} ${head}`, async () => {
        const { code, stdout, stderr } = await runGit(folder, [
          'merge-tree',
          '--write-tree',
          '--no-messages',
          base,
          head,
        ]);
        if (code === 0) return stdout.trim();
        if (code === 1) return null;
        throw new Error(`git merge-tree: ${stderr.trim()}`);
      }),
  };
}

async function readChanges(folder: string, from: string, to: string): Promise<FileChange[]> {
  if (from === to) return [];
  const flags = ['diff-tree', '-r', '-M', '-z', '--no-commit-id'];
  const [raw, counts] = await Promise.all([
    gitText(folder, [...flags, '--raw', '--no-abbrev', from, to]),
    gitText(folder, [...flags, '--numstat', from, to]),
  ]);
  const numbers = parseNumstat(counts);
  const words = raw.split('\0');
  const changes: FileChange[] = [];
  for (let at = 0; at + 1 < words.length; ) {
    const [, , , sha = '', letter = ''] = (words[at] ?? '').split(' ');
    const isRename = letter.startsWith('R') || letter.startsWith('C');
    const first = words[at + 1] ?? '';
    const path = isRename ? (words[at + 2] ?? '') : first;
    at += isRename ? 3 : 2;
    const { additions, deletions } = numbers.get(path) ?? { additions: 0, deletions: 0 };
    changes.push({
      path,
      previousPath: isRename ? first : null,
      status: statuses[letter[0] ?? ''] ?? 'changed',
      additions,
      deletions,
      sha: /^0+$/.test(sha) ? null : sha,
    });
  }
  return changes;
}

const statuses: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'removed',
  R: 'renamed',
};

function parseNumstat(text: string): Map<string, { additions: number; deletions: number }> {
  const found = new Map<string, { additions: number; deletions: number }>();
  const words = text.split('\0');
  for (let at = 0; at < words.length; at += 1) {
    const [plus = '', minus = '', path] = (words[at] ?? '').split('\t');
    if (path === undefined) continue;
    // A rename says its two names in the next two words; a binary file counts dashes.
    const name = path === '' ? (words[at + 2] ?? '') : path;
    if (path === '') at += 2;
    found.set(name, { additions: Number(plus) || 0, deletions: Number(minus) || 0 });
  }
  return found;
}
