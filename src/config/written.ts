/** Looks into the data as it was written, before any of it was checked. */
import { valueAt } from './explain-issues.js';

/** Entries of the mapping at the path; none for anything else. */
export function entriesAt(
  written: unknown,
  path: readonly PropertyKey[],
): readonly [string, unknown][] {
  const value = valueAt(written, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}
