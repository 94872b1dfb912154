/** Trailers of a commit message, in order: `git interpret-trailers` reads them too. */

export type Trailer = readonly [name: string, value: string];

/** A value has one line: what ends one becomes a space. */
export function printTrailers(trailers: readonly Trailer[]): string {
  return trailers
    .map(([name, value]) => `${name}: ${value.replace(/\s+/g, ' ').trim()}`.trimEnd())
    .join('\n');
}

/** Those of the last paragraph; none where it holds anything else. */
export function readTrailers(message: string): readonly Trailer[] {
  const last =
    message
      .trimEnd()
      .split(/\n[ \t]*\n/)
      .at(-1) ?? '';
  const trailers = last.split('\n').map((line): Trailer | null => {
    const match = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/.exec(line);
    return match === null ? null : [match[1] ?? '', (match[2] ?? '').trim()];
  });
  return trailers.includes(null) ? [] : trailers.filter((trailer) => trailer !== null);
}
