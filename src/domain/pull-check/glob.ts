/** Paths by globs: any of them, and none of those after `!`; only such globs as end soon on whatever path somebody chooses. */
import { Minimatch } from 'minimatch';

export type PathTest = (path: string) => boolean;

const options = {
  dot: true,
  nonegate: true,
  nocomment: true,
  // `+(a|b)` can take exponential time.
  noext: true,
  platform: 'linux',
} as const;

const longestGlob = 200;
const mostExpansions = 50;
/** Each one more makes the longest search a power longer. */
const mostStars = 2;
/** Nobody works on longer ones: they are of none of the globs. */
const longestPath = 1_000;
const longestName = 255;

/** @example pathTest(['src/**', '!src/*.md'])('src/a.ts') === true; globs that are not safe match nothing */
export function pathTest(globs: readonly string[]): PathTest {
  const safe = globs.filter(isSafeGlob);
  const excluding = safe
    .filter((glob) => glob.startsWith('!'))
    .map((glob) => compile(glob.slice(1)));
  const including = safe.filter((glob) => !glob.startsWith('!')).map(compile);
  return (path) =>
    isUsual(path) && including.some((one) => one(path)) && !excluding.some((one) => one(path));
}

/**
 * False for what may take very long: several `*` in one name, several `**`, and braces in braces, with ranges or with
 * many combinations. @example isSafeGlob('src/**\/*.{test,spec}.*') === true; isSafeGlob('*a*a*a*') === false
 */
export function isSafeGlob(glob: string): boolean {
  if (glob.length > longestGlob) return false;
  const flat = glob.replace(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(flat)) return false;
  const groups = glob.match(/\{[^{}]*\}/g) ?? [];
  if (groups.some((group) => group.includes('..') || group.includes('/'))) return false;
  const expansions = groups.reduce((product, group) => product * group.split(',').length, 1);
  if (expansions > mostExpansions) return false;
  const names = glob.split('/');
  const starsIn = (name: string): number => name.match(/\*+/g)?.length ?? 0;
  const globstars = names.filter((name) => /^!?\*\*$/.test(name)).length;
  return globstars <= mostStars && names.every((name) => starsIn(name) <= mostStars);
}

function isUsual(path: string): boolean {
  return path.length <= longestPath && path.split('/').every((name) => name.length <= longestName);
}

function compile(glob: string): PathTest {
  const compiled = new Minimatch(glob, options);
  return (path) => compiled.match(path);
}
