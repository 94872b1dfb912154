/** What was read of mirrors: what a commit holds never changes, so nothing is asked of git twice while it is remembered. */
import { LRUCache } from 'lru-cache';
import type { TreeEntry } from '../../domain/issue-tree/tree-change.js';

/** About ten megabytes each, for all mirrors of a worker together. */
const mostEntries = 50_000;
const mostCharacters = 5_000_000;

/** Of one mirror: what another repository has by the same name is not shown here. */
export interface TreeMemory {
  /** What lies in a folder itself, as the commit has it; null: not read yet, or forgotten. @param folder '' or with its slash */
  folder(commit: string, folder: string): readonly TreeEntry[] | null;
  keepFolder(commit: string, folder: string, entries: readonly TreeEntry[]): void;
  /** Of a blob; its `text` is null where it is none. Undefined: not read yet, or forgotten. */
  text(sha: string): { readonly text: string | null } | undefined;
  keepText(sha: string, text: string | null): void;
}

export function createTreeMemory(): (mirror: string) => TreeMemory {
  const folders = new LRUCache<string, readonly TreeEntry[]>({
    maxSize: mostEntries,
    sizeCalculation: (entries) => entries.length + 1,
  });
  const texts = new LRUCache<string, { readonly text: string | null }>({
    maxSize: mostCharacters,
    sizeCalculation: ({ text }) => (text?.length ?? 0) + 100,
  });
  return (mirror) => ({
    folder: (commit, folder) => folders.get(`${mirror} ${commit} ${folder}`) ?? null,
    keepFolder: (commit, folder, entries) => {
      folders.set(`${mirror} ${commit} ${folder}`, entries);
    },
    text: (sha) => texts.get(`${mirror} ${sha}`),
    keepText: (sha, text) => {
      texts.set(`${mirror} ${sha}`, { text });
    },
  });
}
