/** Trees and commits as values: parsed, printed in git's canonical order, changed by path. */
import type { Objects } from './objects.js';

export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

export interface CommitObject {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Epoch milliseconds, whole seconds. */
  readonly atMs: number;
}

/** Null deletes the path. */
export type Changes = ReadonlyMap<string, { readonly mode: string; readonly sha: string } | null>;

export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const zero = content.indexOf(0, space);
    entries.push({
      mode: content.subarray(at, space).toString('ascii'),
      name: content.subarray(space + 1, zero).toString('utf8'),
      sha: content.subarray(zero + 1, zero + 21).toString('hex'),
    });
    at = zero + 21;
  }
  return entries;
}

export function isFolder({ mode }: { readonly mode: string }): boolean {
  return mode === '40000' || mode === '040000';
}

/** Git sorts a folder as if its name ended with a slash. */
function printTree(entries: readonly TreeEntry[]): Buffer {
  const key = (entry: TreeEntry) => Buffer.from(isFolder(entry) ? `${entry.name}/` : entry.name);
  const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, sha }) => [
      Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`),
      Buffer.from(sha, 'hex'),
    ]),
  );
}

export async function readTree(objects: Objects, sha: string): Promise<TreeEntry[]> {
  if (sha === emptyTree) return [];
  const found = await objects.read(sha);
  if (found === null || found.type !== 'tree') throw new Error(`${sha} is no tree`);
  return parseTree(found.content);
}

/** @returns id of the new tree; folders that become empty disappear */
export async function changeTree(
  objects: Objects,
  base: string | null,
  changes: Changes,
): Promise<string> {
  const entries = new Map<string, TreeEntry>();
  for (const entry of base === null ? [] : await readTree(objects, base)) {
    entries.set(entry.name, entry);
  }
  const below = new Map<string, Map<string, { mode: string; sha: string } | null>>();
  for (const [path, change] of changes) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      if (change === null) entries.delete(path);
      else entries.set(path, { name: path, ...change });
      continue;
    }
    const folder = path.slice(0, slash);
    const inside = below.get(folder) ?? new Map<string, { mode: string; sha: string } | null>();
    inside.set(path.slice(slash + 1), change);
    below.set(folder, inside);
  }
  for (const [name, inside] of below) {
    const old = entries.get(name);
    const oldTree = old !== undefined && isFolder(old) ? old.sha : null;
    const sha = await changeTree(objects, oldTree, inside);
    if (sha === emptyTree) entries.delete(name);
    else entries.set(name, { mode: '40000', name, sha });
  }
  if (entries.size === 0) {
    await objects.write('tree', Buffer.alloc(0));
    return emptyTree;
  }
  return await objects.write('tree', printTree([...entries.values()]));
}

export function parseCommit(sha: string, content: Buffer): CommitObject {
  const text = content.toString('utf8');
  const split = text.indexOf('\n\n');
  const head = text.slice(0, split).split('\n');
  const valuesOf = (key: string) =>
    head.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    sha,
    tree: valuesOf('tree')[0] ?? '',
    parents: valuesOf('parent'),
    author: parseSignature(valuesOf('author')[0] ?? ''),
    committer: parseSignature(valuesOf('committer')[0] ?? ''),
    message: text.slice(split + 2),
  };
}

function parseSignature(text: string): Signature {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(text);
  return {
    name: match?.[1] ?? '',
    email: match?.[2] ?? '',
    atMs: Number(match?.[3] ?? 0) * 1000,
  };
}

const safe = (text: string) => text.replace(/[<>\n\0]/g, '');

export function printCommit(commit: Omit<CommitObject, 'sha'>): Buffer {
  const sign = ({ name, email, atMs }: Signature) =>
    `${safe(name)} <${safe(email)}> ${Math.floor(atMs / 1000)} +0000`;
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${sign(commit.author)}`,
    `committer ${sign(commit.committer)}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${commit.message}`);
}
