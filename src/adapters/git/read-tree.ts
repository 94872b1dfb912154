/** Trees and texts of commits in a mirror: lists of files, and their contents in one go. */
import { Failure } from '../../domain/failures.js';
import { fileText, largestFileBytes } from '../../domain/issue-tree/file-text.js';
import type { TreeEntry } from '../../domain/issue-tree/tree-change.js';
import { folderPrefix, isPlainFile, isPlainPath } from '../../domain/issue-tree/tree-path.js';
import { type Mirror, withinMirror } from './mirror.js';

/** Of texts asked for at once, so that memory stays small whatever lies there. */
const batchBytes = 16 * 1024 * 1024;
/** Of arguments; systems take two megabytes. */
const batchFolders = 500;
const listMs = 120_000;

/** All plain files under the folder. */
export async function listEntries(
  { git }: Mirror,
  commit: string,
  folder: string,
): Promise<readonly TreeEntry[]> {
  const prefix = folderPrefix(folder);
  const under = prefix === '' ? [] : ['--', prefix];
  const told = await git.run(['ls-tree', '-r', '-z', commit, ...under], {
    ...{ env: withinMirror, forMs: listMs },
  });
  return plainEntries(told);
}

function plainEntries(told: string): TreeEntry[] {
  return told.split('\0').flatMap((row) => {
    const tab = row.indexOf('\t');
    const [mode = '', , sha = ''] = row.slice(0, tab).split(' ');
    const path = row.slice(tab + 1);
    return tab > 0 && isPlainFile(mode) && isPlainPath(path) ? [{ path, mode, sha }] : [];
  });
}

export async function readTexts(
  mirror: Mirror,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const { memory } = mirror;
  const texts = new Map<string, string | null>(paths.map((path) => [path, null]));
  const pathsOf = new Map<string, string[]>();
  for (const { path, sha } of await entriesAt(mirror, commit, paths.filter(isPlainPath))) {
    if (!texts.has(path)) continue;
    const known = memory.text(sha);
    if (known) texts.set(path, known.text);
    else pathsOf.set(sha, [...(pathsOf.get(sha) ?? []), path]);
  }
  for (const batch of await batchesOf(mirror, [...pathsOf.keys()])) {
    for (const [sha, text] of await readBlobs(mirror, batch)) {
      memory.keepText(sha, text);
      for (const path of pathsOf.get(sha) ?? []) texts.set(path, text);
    }
  }
  return texts;
}

/** What lies in the folders of these paths: costs what is there, and not what the repository has. */
async function entriesAt(
  { git, memory }: Mirror,
  commit: string,
  paths: readonly string[],
): Promise<readonly TreeEntry[]> {
  const asked = [...new Set(paths.map(folderOf))];
  const entries: TreeEntry[] = [];
  const folders = asked.filter((folder) => {
    const known = memory.folder(commit, folder);
    entries.push(...(known ?? []));
    return known === null;
  });
  const lists: string[][] = folders.includes('') ? [['']] : [];
  const named = folders.filter((folder) => folder !== '');
  for (let at = 0; at < named.length; at += batchFolders) {
    lists.push(named.slice(at, at + batchFolders));
  }
  for (const list of lists) {
    const under = list.filter((folder) => folder !== '');
    const told = await git.run(
      ['ls-tree', '-z', commit, ...(under.length > 0 ? ['--', ...under] : [])],
      { env: withinMirror, forMs: listMs },
    );
    const found = new Map<string, TreeEntry[]>(list.map((folder) => [folder, []]));
    for (const entry of plainEntries(told)) found.get(folderOf(entry.path))?.push(entry);
    for (const [folder, there] of found) {
      memory.keepFolder(commit, folder, there);
      entries.push(...there);
    }
  }
  return entries;
}

/** '' or with its slash. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Blobs that are not too large, in parts that fit in memory. */
async function batchesOf({ git }: Mirror, shas: readonly string[]): Promise<string[][]> {
  if (shas.length === 0) return [];
  const told = await git.run(['cat-file', '--batch-check=%(objectname) %(objectsize)'], {
    ...{ input: `${shas.join('\n')}\n`, env: withinMirror, forMs: listMs },
  });
  const batches: string[][] = [];
  let room = 0;
  for (const row of told.split('\n')) {
    const [sha = '', bytes = ''] = row.split(' ');
    if (!/^\d+$/.test(bytes) || Number(bytes) > largestFileBytes) continue;
    if (batches.length === 0 || Number(bytes) > room) {
      batches.push([]);
      room = batchBytes;
    }
    batches.at(-1)?.push(sha);
    room -= Number(bytes);
  }
  return batches;
}

async function readBlobs(
  { git }: Mirror,
  shas: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const told = await git.run(['cat-file', '--batch'], {
    input: `${shas.join('\n')}\n`,
    ...{ env: withinMirror, forMs: listMs, encoding: 'latin1' },
  });
  const texts = new Map<string, string | null>();
  let at = 0;
  for (const sha of shas) {
    const end = told.indexOf('\n', at);
    const [name, , bytes = ''] = told.slice(at, end).split(' ');
    const from = end + 1;
    at = from + Number(bytes) + 1;
    if (name !== sha || !(at <= told.length)) {
      throw new Failure('Unavailable', 'git did not tell a file to its end', {
        ...{ where: 'git cat-file', seen: sha },
      });
    }
    texts.set(sha, fileText(Buffer.from(told.slice(from, at - 1), 'latin1')));
  }
  return texts;
}
