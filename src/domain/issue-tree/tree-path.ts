/** Which paths of a repository a sync may read and write, and whose name stands on a commit. */

/** Files of people's own making: not a link, not another repository. */
export function isPlainFile(mode: string): boolean {
  return /^100\d{3}$/.test(mode);
}

/** Relative, without a step that leaves the tree or enters git's own folder, and text all through. */
export function isPlainPath(path: string): boolean {
  // A name that is no UTF-8 is read with this character in place of what is not.
  if (path === '' || /[\0\uFFFD]|\p{Surrogate}/u.test(path)) return false;
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/^\.git$/i.test(part));
}

/** `issues/` for `issues`; empty for the whole tree. */
export function folderPrefix(folder: string): string {
  const inner = folder.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `${inner}/`;
}

export function isIssuePath(path: string, folder: string): boolean {
  return path.startsWith(folderPrefix(folder)) && path.endsWith('.md') && isPlainPath(path);
}

/** Of every commit that we make. */
export const ourselves = { name: 'sluice', email: 'sluice@localhost' } as const;

/** As git takes it: on one line, without the brackets that end a name. Ourselves where nothing is left of it. */
export function personOf(author: { readonly name: string; readonly email: string } | null): {
  readonly name: string;
  readonly email: string;
} {
  if (author === null) return ourselves;
  const [name, email] = [author.name, author.email].map((text) =>
    text
      // Brackets, control characters and halves of characters.
      .replace(/[<>\p{Cc}\p{Surrogate}]+/gu, ' ')
      .trim()
      .slice(0, 200)
      .trim(),
  );
  if (!name || !email) return ourselves;
  return { name, email: email.replaceAll(' ', '') };
}
