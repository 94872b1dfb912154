/** Names of branches for issues: `feature/issue-{n}-{slug}`, and which branch is an issue's. */

const longestSlug = 50;

/** Letters that lose no accent, because they have none, and still have a plain form. */
const plain: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};

/**
 * The words of a title in a–z, 0–9 and hyphens, cut between words; empty when nothing of it can be written so.
 * @example slugOf('Größe: „naïve“ search is slow!') === 'grosse-naive-search-is-slow'
 * @example slugOf('検索が遅い') === ''
 */
export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøđðþłı]/g, (letter) => plain[letter] ?? letter)
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (slug.length <= longestSlug) return slug;
  const cut = slug.slice(0, longestSlug + 1);
  const end = cut.lastIndexOf('-');
  return cut.slice(0, end > longestSlug / 2 ? end : longestSlug).replace(/-+$/, '');
}

/**
 * The pattern filled in; without a slug its place and the sign before it fall away.
 * @example branchNameOf('feature/issue-{n}-{slug}', { number: 12, title: '検索' }) === 'feature/issue-12'
 */
export function branchNameOf(
  pattern: string,
  issue: { readonly number: number; readonly title: string },
): string {
  const slug = slugOf(issue.title);
  const filled =
    slug === ''
      ? pattern.replace(/[-_/.]?\{slug\}/g, '').replace(/^[-_/.]+/, '')
      : pattern.replaceAll('{slug}', slug);
  return filled.replace('{n}', String(issue.number));
}

/** What every branch for the issue begins with, so that they can be asked for. */
export function branchPrefixOf(pattern: string, number: number): string {
  const filled = pattern.replace('{n}', String(number));
  const at = filled.indexOf('{slug}');
  return at < 0 ? filled : filled.slice(0, at).replace(/[-_/.]$/, '');
}

/**
 * Whether the branch was named by the pattern for this issue, under whatever title it had then.
 * @example isBranchOf('feature/issue-{n}-{slug}', 1, 'feature/issue-12-x') === false
 */
export function isBranchOf(pattern: string, number: number, name: string): boolean {
  if (name === branchNameOf(pattern, { number, title: '' })) return true;
  const form = pattern
    .split(/(\{slug\}|\{n\})/)
    .map((part) => {
      if (part === '{n}') return String(number);
      return part === '{slug}' ? '[a-z0-9-]+' : literal(part);
    })
    .join('');
  return new RegExp(`^${form}$`).test(name);
}

/** The issue that a branch was named for by the pattern; null for any other branch. */
export function issueOfBranch(pattern: string, name: string): number | null {
  const numbers = new Set([...name.matchAll(/[0-9]{1,9}/g)].map(([digits]) => Number(digits)));
  return [...numbers].find((number) => number > 0 && isBranchOf(pattern, number, name)) ?? null;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
