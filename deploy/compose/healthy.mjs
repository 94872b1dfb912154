/** Ends with 0 when the address answers that all is well: a health check for an image without curl. */
const answer = await fetch(process.argv[2] ?? '', { signal: AbortSignal.timeout(3_000) });
process.exit(answer.ok ? 0 : 1);
