/** What is at the bottom of a failure: Temporal wraps errors in errors, and the innermost one names the trouble. */

export function innermostError(error: unknown): unknown {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error)
    innermost = innermost.cause;
  return innermost;
}

export function innermostMessage(error: unknown): string {
  const innermost = innermostError(error);
  return innermost instanceof Error ? innermost.message : String(innermost);
}
