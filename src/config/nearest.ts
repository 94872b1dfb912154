/** The nearest of the allowed words, for "did you mean". */

/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * The candidate that was probably meant; null when none is near.
 * @example nearest('stratgy', ['strategy', 'soak']) === 'strategy'; nearest('x', ['strategy']) === null
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: { readonly candidate: string; readonly edits: number } | null = null;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (best === null || edits < best.edits) best = { candidate, edits };
  }
  if (best === null) return null;
  return best.edits <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : null;
}
