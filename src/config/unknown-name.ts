/** What is said of a name that stands for nothing. */
import { type Explained, formatPath } from './explain-issues.js';
import { nearest } from './nearest.js';

/** @param what `platform`, `environment` */
export function unknownName(
  path: readonly PropertyKey[],
  what: string,
  name: string,
  known: readonly string[],
): Explained {
  const meant = nearest(name, known);
  const hint = meant === null ? '' : `; did you mean "${meant}"?`;
  const there = known.length === 0 ? 'there are none' : `there are: ${known.join(', ')}`;
  const message = `${formatPath(path)}: there is no ${what} "${name}", ${there}${hint}`;
  return { path, message };
}
