/** Labels and logins of both sides become one set: what either side added or took away counts. */
import { canonicalNames, nameKey } from './canon.js';

export interface MergedSets {
  /** As the file is to have it, in its own letters where it has them. */
  readonly file: readonly string[];
  readonly host: readonly string[];
}

interface Sides {
  readonly file: readonly string[];
  readonly host: readonly string[];
}

/** Each side gets what the other did since its own base; with equal bases both end with the same. */
export function mergeSets(base: Sides, now: Sides): MergedSets {
  return {
    file: after(now.file, base.host, now.host),
    host: after(now.host, base.file, now.file),
  };
}

/** Named in `a` and not in `b`, compared without case. */
export function without(a: readonly string[], b: readonly string[]): readonly string[] {
  const keys = new Set(b.map(nameKey));
  return a.filter((name) => !keys.has(nameKey(name)));
}

function after(mine: readonly string[], before: readonly string[], now: readonly string[]) {
  const kept = without(mine, without(before, now));
  return canonicalNames([...kept, ...without(now, before)]);
}
