/** The unseen lines by which an issue or comment that the sync made is known for what it was made of. */
import { markerComment } from '../repository/marker.js';

/** Of the issue that is made of a file. @param epoch of the base: a path may be used again later */
export function newIssueMarker(path: string, epoch: string): string {
  return markerComment(`issue-sync/new/${epoch}/${inMarker(path)}`);
}

/** The path in a marker of {@link newIssueMarker}, as it stands there; null for any other marker. */
export function pathInMarker(marker: string): string | null {
  return /^<!-- sluice:issue-sync\/new\/[^/]+\/(.+) -->$/.exec(marker)?.[1] ?? null;
}

/**
 * Of a comment that was written in the file.
 * @param after the greatest id among the comments of the base: the same words may be said again later
 * @param ordinal among new comments with the same words
 */
export function newCommentMarker(
  number: number,
  text: string,
  { after, ordinal }: { readonly after: number; readonly ordinal: number },
): string {
  return markerComment(`issue-sync/comment/${number}/${after}/${ordinal}/${shortHash(text)}`);
}

/** Of a comment that keeps a text which another one took the place of. */
export function keptTextMarker(number: number, of: string, text: string): string {
  return markerComment(`issue-sync/kept/${number}/${of}/${shortHash(text)}`);
}

/** 53 bits in base 36 (cyrb53): tells the texts of one issue apart, and proves nothing. */
export function shortHash(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}

/** A path as {@link pathInMarker} has it. */
export function inMarker(path: string): string {
  const text = encodeURIComponent(path)
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('--', '-%2D')
    .replace(/-$/, '%2D');
  return text.length <= 800 ? text : shortHash(path);
}
