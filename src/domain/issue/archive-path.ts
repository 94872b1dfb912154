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

const frontMatter = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/;
const linked = [
  /^github:\s*\{[^}\n]*\bnumber:\s*(\d+)/m,
  /^github:[ \t]*\r?\n(?:[ \t]+.*\r?\n)*?[ \t]+number:[ \t]*(\d+)/m,
];

/**
 * The number of the issue that the file's front matter links it with; null when it links it with none.
 * @example linkedNumber('---\ngithub: {id: I_1, number: 7}\n---\n') === 7
 */
export function linkedNumber(text: string): number | null {
  const matter = frontMatter.exec(text)?.[1];
  if (matter === undefined) return null;
  for (const form of linked) {
    const match = form.exec(`${matter}\n`);
    if (match) return Number(match[1]);
  }
  return null;
}

/** A link counts more than a name: files made before they were synchronised have numbers of their own. */
export function isFileOf(number: number, path: string, text: string): boolean {
  const link = linkedNumber(text);
  return link === null ? numberInName(path) === number : link === number;
}
