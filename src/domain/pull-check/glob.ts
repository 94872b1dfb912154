/** Paths by globs: any of them, and none of those after `!`. */
import { Minimatch } from 'minimatch';

export type PathTest = (path: string) => boolean;

const options = { dot: true, nonegate: true, nocomment: true, platform: 'linux' } as const;

/** @example pathTest(['src/**', '!src/*.md'])('src/a.ts') === true */
export function pathTest(globs: readonly string[]): PathTest {
  const excluding = globs
    .filter((glob) => glob.startsWith('!'))
    .map((glob) => compile(glob.slice(1)));
  const including = globs.filter((glob) => !glob.startsWith('!')).map(compile);
  return (path) => including.some((one) => one(path)) && !excluding.some((one) => one(path));
}

function compile(glob: string): PathTest {
  const compiled = new Minimatch(glob, options);
  return (path) => compiled.match(path);
}
