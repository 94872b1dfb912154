/** What has to be said in a JSON merge patch (RFC 7386) to make one value another. */
import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Empty when both are the same; fields that are to go are null. Lists are replaced as a whole. */
export function mergePatch(present: object, wanted: object): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const old = present as Fields;
  const next = wanted as Fields;
  for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const before = old[name];
    const after = next[name];
    if (isDeepStrictEqual(before, after)) continue;
    if (after === undefined) patch[name] = null;
    else patch[name] = isFields(before) && isFields(after) ? mergePatch(before, after) : after;
  }
  return patch;
}
