/** When to come again: those who were turned away at the same moment do not come back at the same moment. */

const mostMs = 5000;

/** Milliseconds from `ms` to half as much more, but at most 5 s. */
export function soon(ms: number): number {
  return Math.round(ms + Math.random() * Math.min(ms / 2, mostMs));
}
