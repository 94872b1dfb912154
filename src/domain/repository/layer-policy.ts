/** One written policy over another: the repository's own words over its organisation's. */

/** Mappings are joined key by key; everything else, lists included, is the upper one's alone. */
export function layer(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isMapping(below) || !isMapping(above)) return above;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  const entries = [...keys].map((key) => [key, layer(own(below, key), own(above, key))] as const);
  return Object.fromEntries(entries);
}

function own(mapping: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
