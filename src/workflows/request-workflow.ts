/** Remembers an idempotency key: its id is the key, its memo the answer; it has nothing to do. */

export async function rememberRequest(): Promise<void> {}
