/** What of a file is text that a sync reads. */

/** A larger one is none of an issue. */
export const largestFileBytes = 2 * 1024 * 1024;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Byte for byte; null for what is not UTF-8, holds a zero, or is larger than {@link largestFileBytes}. */
export function fileText(bytes: Uint8Array): string | null {
  if (bytes.length > largestFileBytes || bytes.includes(0)) return null;
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
