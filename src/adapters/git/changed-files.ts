/** Which files changed between two commits of a mirror, and who changed each of them last. */
import { fileChange, type TreeEntry } from '../../domain/issue-tree/tree-change.js';
import { folderPrefix } from '../../domain/issue-tree/tree-path.js';
import type { ChangedFile } from '../../ports/issue-tree.js';
import { type Mirror, withinMirror } from './mirror.js';
import { listEntries } from './read-tree.js';

/** The first time, the whole history of a folder is walked. */
const walkMs = 5 * 60_000;
const none = '000000';

export async function readChanges(
  mirror: Mirror,
  from: string | null,
  to: string,
  folder: string,
): Promise<readonly ChangedFile[]> {
  const pairs =
    from === null
      ? (await listEntries(mirror, to, folder)).map((now) => [null, now] as const)
      : await differences(mirror, from, to, folder);
  const changes = pairs.flatMap(([old, now]) => fileChange(old, now, folder) ?? []);
  if (changes.length === 0) return [];
  const within = await readAuthors(mirror, from, to, folder);
  // Where history was rewritten, a file may be as an older commit left it.
  const isRewound = from !== null && changes.some(({ path }) => !within.has(path));
  const authors = isRewound ? await readAuthors(mirror, null, to, folder) : within;
  const isUnknown = changes.some(({ path }) => !authors.has(path));
  const [last] = isUnknown ? (await readAuthors(mirror, null, to, null)).values() : [];
  return changes.flatMap((change) => {
    const author = authors.get(change.path) ?? last;
    return author === undefined ? [] : [{ ...change, author }];
  });
}

type Pair = readonly [old: TreeEntry | null, now: TreeEntry | null];

async function differences(
  { git }: Mirror,
  from: string,
  to: string,
  folder: string,
): Promise<readonly Pair[]> {
  const told = await git.run(
    ['diff-tree', '-r', '-z', '-M', '-l1000', '--raw', '--no-abbrev', from, to, ...under(folder)],
    { env: withinMirror, forMs: walkMs },
  );
  const words = told.split('\0');
  const pairs: Pair[] = [];
  for (let at = 0; at + 1 < words.length; ) {
    const [oldMode = '', mode = '', oldSha = '', sha = '', letter = ''] = (words[at] ?? '')
      .slice(1)
      .split(' ');
    const path = words[at + 1] ?? '';
    const isMoved = /^[RC]/.test(letter);
    const newPath = isMoved ? (words[at + 2] ?? '') : path;
    at += isMoved ? 3 : 2;
    pairs.push([
      oldMode === none || letter.startsWith('C') ? null : { path, mode: oldMode, sha: oldSha },
      mode === none ? null : { path: newPath, mode, sha },
    ]);
  }
  return pairs;
}

/** By path, the newest commit of the range that touched it; null for the folder: of the last commit, by its name. */
async function readAuthors(
  { git }: Mirror,
  from: string | null,
  to: string,
  folder: string | null,
): Promise<ReadonlyMap<string, ChangedFile['author']>> {
  // A merge counts where it is like none of its parents.
  const shown =
    folder === null
      ? ['--max-count=1', '--no-patch']
      : ['--topo-order', '-c', '--raw', '--no-renames'];
  const told = await git.run(
    [
      ...['log', '-z', '--encoding=UTF-8', '--format=%H%x00%an%x00%ae%x00%at', ...shown],
      ...['--end-of-options', from === null ? to : `${from}..${to}`],
      ...(folder === null ? ['--'] : under(folder)),
    ],
    { env: withinMirror, forMs: walkMs },
  );
  const words = told.split('\0');
  const authors = new Map<string, ChangedFile['author']>();
  for (let at = 0; at + 3 < words.length; ) {
    const [commit = '', name = '', email = '', atS = ''] = words.slice(at, at + 4);
    const author = { name, email, atMs: Number(atS.trim()) * 1000, commit: commit.trim() };
    at += 4;
    if (folder === null) authors.set(commit, author);
    for (; at < words.length; at += 1) {
      const word = words[at] ?? '';
      if (word === '') continue;
      if (!/^\n?:/.test(word)) break;
      const path = words[at + 1] ?? '';
      if (!authors.has(path)) authors.set(path, author);
      at += 1;
    }
  }
  return authors;
}

function under(folder: string): string[] {
  const prefix = folderPrefix(folder);
  return prefix === '' ? ['--'] : ['--', prefix];
}
