/** What two trees tell of a path, as a change of a file that people wrote. */
import { isIssuePath, isPlainFile } from './tree-path.js';

/** Of one side: where it is, what it is; null where there is none. */
export interface TreeEntry {
  readonly path: string;
  /** Six digits of octal, as git writes them. */
  readonly mode: string;
  readonly sha: string;
}

export interface FileChange {
  readonly path: string;
  readonly previousPath: string | null;
  readonly change: 'added' | 'modified' | 'deleted' | 'renamed';
}

/** Null for what is no change of a file under the folder: a link, another kind of file, its permissions alone. */
export function fileChange(
  old: TreeEntry | null,
  now: TreeEntry | null,
  folder: string,
): FileChange | null {
  const counts = (entry: TreeEntry | null): entry is TreeEntry =>
    entry !== null && isPlainFile(entry.mode) && isIssuePath(entry.path, folder);
  if (!counts(now)) {
    return counts(old) ? { path: old.path, previousPath: null, change: 'deleted' } : null;
  }
  const { path } = now;
  if (!counts(old)) return { path, previousPath: null, change: 'added' };
  if (old.path !== path) return { path, previousPath: old.path, change: 'renamed' };
  return old.sha === now.sha ? null : { path, previousPath: null, change: 'modified' };
}
