/** What the file of an issue is called and where it lies: `NNN-slug.md`, a view of the issue that people may change. */
import { slugOf } from '../issue/branch-name.js';

/** @example fileNameOf(7, 'Search is slow') === '007-search-is-slow.md' */
export function fileNameOf(number: number, title: string): string {
  const slug = slugOf(title);
  const digits = String(number).padStart(3, '0');
  return slug === '' ? `${digits}.md` : `${digits}-${slug}.md`;
}

export interface Place {
  readonly folder: string;
  readonly archive: string | false;
  readonly names: 'follow' | 'keep';
}

export interface Placed {
  readonly number: number;
  readonly title: string;
  readonly isClosed: boolean;
}

/** Where the file of an issue goes that has none. */
export function newPath({ folder, archive }: Place, issue: Placed, isTaken: IsTaken): string {
  const into = issue.isClosed && archive !== false ? archive : folder;
  return freePath(`${into}/${fileNameOf(issue.number, issue.title)}`, isTaken);
}

type IsTaken = (path: string) => boolean;

/**
 * Where a file is to lie after its issue changed: a changed title changes a name that was made of the title before, and
 * an issue that was closed or opened goes to the archive or comes back. Otherwise it lies where somebody put it.
 * @param before null: the issue was just made of this file
 */
export function movedPath(
  place: Place,
  path: string,
  before: Placed | null,
  issue: Placed,
  isTaken: IsTaken,
): string {
  const at = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, Math.max(0, at - 1)), path.slice(at)];
  const isView = before === null || name === fileNameOf(issue.number, before.title);
  const isRetitled = before === null || before.title !== issue.title;
  const wantedName =
    place.names === 'follow' && isView && isRetitled ? fileNameOf(issue.number, issue.title) : name;
  const wanted = `${folderAfter(place, folder, before, issue)}/${wantedName}`.replace(/^\//, '');
  return wanted === path ? path : freePath(wanted, (other) => other !== path && isTaken(other));
}

/** In the archive, under the name it has. */
export function archivedPathOf(archive: string | false, path: string, isTaken: IsTaken): string {
  if (archive === false || path.startsWith(`${archive}/`)) return path;
  return freePath(`${archive}/${path.split('/').at(-1) ?? path}`, isTaken);
}

function folderAfter(
  { folder, archive }: Place,
  now: string,
  before: Placed | null,
  { isClosed }: Placed,
): string {
  if (archive === false || (before?.isClosed ?? false) === isClosed) return now;
  const isArchived = now === archive || now.startsWith(`${archive}/`);
  if (isClosed) return isArchived ? now : archive;
  return isArchived ? folder : now;
}

/** `a.md`, `a-2.md`, `a-3.md`, …: the first that is nobody else's. */
function freePath(path: string, isTaken: IsTaken): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? path : path.replace(/\.md$/, `-${count}.md`);
    if (!isTaken(candidate)) return candidate;
  }
}
