/** When to come again: never all at the same moment. */

/** Milliseconds between `ms` and half as much more, so that those who were turned away together do not come back together. */
export function soon(ms: number): number {
  return Math.round(ms * (1 + Math.random() / 2));
}
