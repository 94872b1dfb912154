/** Which file is an issue's, and where it goes when the issue is closed. */

/** The folder that issues lie in: the one above the archive. @example issueFolderOf('issues/archive') === 'issues' */
export function issueFolderOf(archive: string): string {
  return archive.split('/').slice(0, -1).join('/');
}

/** @example archivedPath('issues/archive', 'issues/007-slow.md') === 'issues/archive/007-slow.md' */
export function archivedPath(archive: string, path: string): string {
  return `${archive}/${path.split('/').at(-1) ?? path}`;
}

/** The number that the file's name begins with; null without one. @example numberInName('issues/007-slow.md') === 7 */
export function numberInName(path: string): number | null {
  const match = /(?:^|\/)0*(\d{1,9})(?:-[^/]*)?\.md$/.exec(path);
  return match ? Number(match[1]) : null;
}
