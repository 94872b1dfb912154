/** Which branches are never put away, and why. */
import type { Branch } from '../repository/shapes.js';
import { archiveBranchPrefix } from './archive-name.js';
import type { StaleBranchPolicy } from './schema.js';

/**
 * The reason in words, or null when the policy may touch it. The default branch and protected ones are exempt whatever is
 * written. @example exemptReason(policy, {name: 'main', …}, 'main') === 'it is the default branch'
 */
export function exemptReason(
  policy: Pick<StaleBranchPolicy, 'exempt' | 'openPulls'>,
  branch: Branch,
  defaultBranch: string,
): string | null {
  const { name } = branch;
  if (name === defaultBranch) return 'it is the default branch';
  if (branch.isProtected) return 'it is protected';
  if (name.startsWith(archiveBranchPrefix)) return 'it is an archive';
  if (name.startsWith('gh-readonly-queue/')) return 'it belongs to the merge queue';
  const { names, patterns, authors } = policy.exempt;
  const known = names.find((each) => matches(each, name));
  if (known !== undefined) return `exempt.names has ${known}`;
  const pattern = patterns.find((each) => new RegExp(each, 'u').test(name));
  if (pattern !== undefined) return `exempt.patterns has ${pattern}`;
  const login = branch.author.login?.toLowerCase();
  const author = authors.find((each) => each.toLowerCase() === login);
  if (author !== undefined) return `exempt.authors has ${author}`;
  if (policy.openPulls === 'exempt' && branch.openPulls.length > 0) {
    return `pull request ${branch.openPulls.map((n) => `#${n}`).join(', ')} is open`;
  }
  return null;
}

/** Whole name; `*` is any text, slashes too. Linear: pieces are found one after the other. */
function matches(glob: string, name: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return glob === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
