/** What is read out of a file that people edit: read again soon after it changed, but not for every request. */
import type { Failure } from '../domain/failures.js';

const keptMs = 2_000;

/**
 * What was read last stays in force while it cannot be read anew.
 * @param options.unreadable what is thrown while it never could be read
 */
export function keepReading<Reading>(options: {
  readonly read: () => Promise<Reading>;
  readonly unreadable: (cause: unknown) => Failure;
  readonly clock: () => number;
}): () => Promise<Reading> {
  const { read, unreadable, clock } = options;
  let last: { readonly reading: Reading } | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (last !== null && clock() - readAtMs < keptMs) return last.reading;
    readAtMs = clock();
    try {
      last = { reading: await read() };
    } catch (error) {
      if (last === null) throw unreadable(error);
    }
    return last.reading;
  };
}
