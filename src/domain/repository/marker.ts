/** The unseen line in an issue or comment by which its author finds it again. */

const textPattern = /^[A-Za-z0-9][A-Za-z0-9_.:/#%@+-]{0,999}$/;

/**
 * `<!-- sluice:stale-branch/fix%2Fa -->`; a marker in this form already stays as it is.
 * @throws RangeError for what could end the comment early
 */
export function markerComment(marker: string): string {
  const text = /^<!-- sluice:(.+) -->$/.exec(marker)?.[1] ?? marker;
  if (!textPattern.test(text) || text.includes('--')) {
    throw new RangeError(`"${marker.slice(0, 100)}" cannot stand in a marker`);
  }
  return `<!-- sluice:${text} -->`;
}

/** The body with its marker as the last line, once: for whoever edits a body that is to be found again. */
export function withMarker(body: string, marker: string): string {
  const comment = markerComment(marker);
  return body.includes(comment) ? body : `${body.trimEnd()}\n\n${comment}`;
}

export function hasMarker(body: string, marker: string): boolean {
  return body.includes(markerComment(marker));
}
